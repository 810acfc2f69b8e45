// A model from files, aligned and written again: what comes out is the run's model, and only what the masks let move is different.
import { beforeAll, describe, expect, it } from 'vitest';
import { type FolderOptions, sumsFile, type TinyName, tinyFolder } from '../testing/modelFolder';
import { eventsOf } from '../testing/tinyModel';
import type { RunConfig } from './config';
import { createImportedDataset } from './data/imported';
import { parseImport } from './data/importFile';
import { previewImport } from './data/importPreview';
import type { BackendReport, RunEvent } from './events';
import { bytesSource } from './files/byteSource';
import type { OutFile } from './files/writeCheckpoint';
import { fromBfloat16Bits, fromFloat16Bits, toBfloat16Bits, toFloat16Bits } from './halfFloats';
import type { ModelConfig } from './model/config';
import { packed } from './model/generate';
import { forwardLogits, Model, type Weights } from './model/model';
import { openModel } from './model/openModel';
import { parseConfig } from './parseConfig';
import { broughtSettings } from './presets';
import { createRun } from './run';
import { openSafetensors } from './safetensors';
import { tf } from './tf';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};

async function bytesOf({ size, chunks }: OutFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function aligned(
  name: TinyName,
  kind: 'pairs' | 'answers',
  options: FolderOptions = {},
  changes: Partial<RunConfig> = {},
) {
  const files = tinyFolder(name, options);
  const opened = await openModel(files, name);
  const { tokenizer, config: model, summary } = opened;
  const { maxPositions } = model;
  const data = { name: 'sums', vocabularySize: 0, maxSequence: Math.min(64, maxPositions), maxPositions, tokenizer };
  const parsed = await parseImport(sumsFile(kind), 'sums');
  const preview = previewImport(parsed, data);
  const settings = broughtSettings(summary, {
    longestAnswer: preview.responseTokens.max,
    longestPrompt: preview.promptTokens.max,
    sequence: preview.sequenceTokens.median,
  });
  const steps = {
    warmupSteps: 2,
    forgettingSteps: 2,
    improvingSteps: 2,
    rewardSteps: 2,
    klPrompts: 10,
    heldOutPrompts: 10,
  };
  const { config, problems } = parseConfig({ ...settings, ...steps, improvingLearningRate: 1e-3, ...changes });
  expect(problems).toEqual([]);
  const given = { name, config: model, weights: await opened.weights() };
  const dataset = createImportedDataset(parsed, data);
  const loadStarter = () => Promise.reject(new Error('a model of one’s own needs no starter'));
  const run = createRun({ config, dataset, given, backend: BACKEND, loadStarter });
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  const result = await run.checkpoints();
  run.dispose();
  return { files, opened, events, dataset, ...result };
}

async function logitsOf(config: ModelConfig, weights: Weights, ids: readonly number[]) {
  const model = new Model(config, weights);
  const logits = tf.tidy(() => forwardLogits(model, packed([ids])));
  const values = await logits.data();
  logits.dispose();
  model.dispose();
  return [...values];
}
const ROUNDED = {
  F32: (value: number) => value,
  F16: (value: number) => fromFloat16Bits(toFloat16Bits(value)),
  BF16: (value: number) => fromBfloat16Bits(toBfloat16Bits(value)),
};

describe.each([
  ['llama_tiny', 'answers', { config: { max_position_embeddings: 1024 } }],
  ['llama_tiny', 'pairs', { dtype: 'BF16', secondHead: true }],
  ['gpt2_tiny', 'pairs', { prefix: false }],
  ['gpt2_tiny', 'answers', { dtype: 'F16' }],
] as [TinyName, 'pairs' | 'answers', FolderOptions][])('%s on %s, %o', (name, kind, options) => {
  it('comes out as the run has it; what the masks hold still is the same to the bit', async () => {
    const { files, opened, events, dataset, model, sft, masks, config } = await aligned(name, kind, options);
    expect(eventsOf(events, 'run.done')).toHaveLength(1);
    const source = eventsOf(events, 'rewards')[0]!.source;
    // A pair file has no answers to rewrite towards, and into 24 positions no rewriting prompt fits.
    expect(source).toBe(name === 'llama_tiny' && kind === 'answers' ? 'gold as rewrite' : 'substitute');
    const plan = await opened.plan(model);
    expect(plan.changed).toBeGreaterThan(50);

    const original = openSafetensors(await files.at(-1)!.read(0, files.at(-1)!.size));
    const bytes = await bytesOf(plan.files[0]!);
    const file = openSafetensors(bytes);
    let moved = 0;
    for (const { name: theirs, dtype, shape } of original.entries) {
      expect(file.entry(theirs)).toMatchObject({ dtype, shape });
      const ours = ourName(name, theirs);
      const [before, after] = [original.readFloats(theirs), file.readFloats(theirs)];
      const [forget, improve] = [masks.forgetting!.get(ours)!, masks.improving!.get(ours)!];
      for (let i = 0; i < before.length; i++) {
        if (before[i] === after[i]) continue;
        moved++;
        if (!forget[i] && !improve[i]) throw new Error(`${theirs}[${i}] moved outside both masks`);
      }
    }
    expect(moved).toBeGreaterThan(50);

    const again = await openModel([...files.slice(0, -1), bytesSource('model.safetensors', bytes)]);
    const weights = await again.weights();
    const ids = [...dataset.encodePrompt('3+4?'), ...again.tokenizer.encodeResponse('The answer is 7')];
    // As the file's dtype has them; the logits are those very weights'.
    const rounded = new Map(
      [...model].map(([tensor, values]) => [tensor, values.map(ROUNDED[options.dtype ?? 'F32'])]),
    );
    expect([...weights]).toEqual([...rounded]);
    expect(await logitsOf(config, weights, ids)).toEqual(await logitsOf(config, rounded, ids));
    expect(await logitsOf(config, model, ids)).not.toEqual(await logitsOf(config, sft, ids));
  });
});

it.each(['llama_tiny', 'gpt2_tiny'] as const)(
  'takes the same steps with %s in parts and with activations computed again',
  async (name) => {
    const lossesOf = async (changes: Partial<RunConfig>) => {
      const { events } = await aligned(name, 'pairs', {}, changes);
      const steps = eventsOf(events, 'step');
      expect(steps.map(({ stage }) => stage)).toEqual(
        ['warm-up', 'forgetting', 'improving'].flatMap((stage) => [stage, stage]),
      );
      return steps.flatMap(({ metrics }) => [metrics.loss, metrics.gradientNorm]);
    };
    const plain = await lossesOf({ accumulate: 1, recompute: false });
    const cut = await lossesOf({ accumulate: 4, recompute: true });
    cut.forEach((value, i) => {
      expect(Math.abs(value - plain[i]!) / Math.abs(plain[i]!)).toBeLessThan(1e-4);
    });
  },
);

function ourName(name: TinyName, theirs: string): string {
  if (theirs === 'lm_head.weight') return 'model.embed_tokens.weight';
  const prefix = name === 'llama_tiny' ? 'model.' : 'transformer.';
  return theirs.startsWith(prefix) ? theirs : prefix + theirs;
}
