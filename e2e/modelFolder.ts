// A small Llama as a Hugging Face folder: random weights, and the byte-level tokenizer with its chat template that the unit tests use.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tensorSpecs } from '../src/core/model/config';
import { createRng } from '../src/core/rng';
import { openSafetensors, writeSafetensors } from '../src/core/safetensors';

const VOCABULARY = 448;
const CONFIG = {
  ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', torch_dtype: 'float32', _name_or_path: 'ada/tiny' },
  ...{ vocab_size: VOCABULARY, hidden_size: 64, intermediate_size: 160, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 512, rms_norm_eps: 1e-5 },
  ...{ rope_theta: 10000, tie_word_embeddings: true, hidden_act: 'silu', bos_token_id: 1, eos_token_id: 2 },
};

const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
const fixture = (name: string): Buffer => readFileSync(`src/testing/fixtures/tokenizers/byteLevel/${name}`);

/** The folder's files; `config` replaces fields of config.json. */
export function llamaFolder(config: Record<string, unknown> = {}): Map<string, Buffer> {
  const rng = createRng(3, 'e2e llama');
  const specs = tensorSpecs({
    ...{ architecture: 'llama', vocabularySize: VOCABULARY, width: 64, layers: 2, heads: 4, kvHeads: 2, mlpWidth: 160 },
    ...{ normEpsilon: 1e-5, ropeTheta: 10000, tiedHead: true, attentionBias: false, maxPositions: 512 },
  });
  const tensors = specs.map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const isNorm = shape.length === 1;
    const values = Float32Array.from({ length: size }, () => (isNorm ? 1 : 0.05 * rng.normal()));
    return { name, shape, dtype: 'F32' as const, values };
  });
  return new Map([
    ['config.json', json({ ...CONFIG, ...config })],
    ['tokenizer.json', fixture('tokenizer.json')],
    ['tokenizer_config.json', fixture('tokenizer_config.json')],
    ['generation_config.json', json({ eos_token_id: 2 })],
    ['model.safetensors', Buffer.from(writeSafetensors(tensors, { metadata: { format: 'pt' } }))],
  ]);
}

/** The same folder with its weights in two shards. */
export function sharded(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const weights = openSafetensors(new Uint8Array(files.get('model.safetensors')!));
  const half = Math.ceil(weights.entries.length / 2);
  const shards = [weights.entries.slice(0, half), weights.entries.slice(half)].map((entries, i) => {
    const tensors = entries.map(({ name, shape }) => ({
      name,
      shape,
      dtype: 'F32' as const,
      values: weights.readFloats(name),
    }));
    return [`model-0000${i + 1}-of-00002.safetensors`, tensors] as const;
  });
  const weightMap = Object.fromEntries(shards.flatMap(([file, tensors]) => tensors.map(({ name }) => [name, file])));
  return new Map([
    ...[...files].filter(([name]) => name !== 'model.safetensors'),
    ...shards.map(([file, tensors]) => [file, Buffer.from(writeSafetensors(tensors))] as const),
    ['model.safetensors.index.json', json({ metadata: { total_size: 4 }, weight_map: weightMap })],
  ]);
}

export function writeFolder(folder: string, files: ReadonlyMap<string, Buffer | Uint8Array>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return folder;
}
