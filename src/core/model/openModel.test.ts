// Model folders opened and written again: the golden checkpoints with a fitting tokenizer.
import { describe, expect, it } from 'vitest';
import { goldenBytes } from '../../testing/golden';
import { type FolderOptions, type TinyName, tinyConfig, tinyFolder } from '../../testing/modelFolder';
import { jsonSource } from '../../testing/tokenizerFixtures';
import { type ByteSource, bytesSource, FileError } from '../files/byteSource';
import type { OutFile } from '../files/writeCheckpoint';
import { fromBfloat16Bits, toBfloat16Bits } from '../halfFloats';
import { openSafetensors, writeSafetensors } from '../safetensors';
import { parameterCount, tensorSpecs } from './config';
import { openModel } from './openModel';

const NAMES: readonly TinyName[] = ['llama_tiny', 'gpt2_tiny'];
const weightsFile = (files: readonly ByteSource[]): ByteSource =>
  files.find(({ name }) => name === 'model.safetensors')!;
const bytesOf = (source: ByteSource): Promise<Uint8Array> => source.read(0, source.size);
const without = (files: readonly ByteSource[], name: string): ByteSource[] =>
  files.filter((file) => file.name !== name);
const instead = (files: readonly ByteSource[], source: ByteSource): ByteSource[] => [
  ...without(files, source.name),
  source,
];

async function written({ size, chunks }: OutFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  expect(at).toBe(size);
  return bytes;
}

describe.each(NAMES)('%s', (name) => {
  it('opens: sizes, tokenizer, files to take along, weights to the bit', async () => {
    const model = await openModel(tinyFolder(name), 'tiny');
    const { summary, config, tokenizer } = model;
    expect(summary).toMatchObject({
      name: 'tiny',
      modelType: tinyConfig(name).model_type,
      parameters: parameterCount(config),
    });
    expect(summary.checkpoint).toMatchObject({ format: 'safetensors', files: 1, bytes: 4 * summary.parameters });
    expect(summary.checkpoint.dtypes).toEqual([{ dtype: 'F32', parameters: summary.parameters }]);
    expect(summary.tokenizer).toMatchObject({ tokens: tinyConfig(name).vocab_size, form: 'plain' });
    expect(summary.carried).toEqual([
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'generation_config.json',
    ]);
    expect(tokenizer.vocabulary).toHaveLength(config.vocabularySize);
    expect(tokenizer.decode(tokenizer.encodeResponse('The answer is 7'))).toBe('The answer is 7');
    expect(tokenizer.encodeResponse('The answer is 7')).toHaveLength(5);
    const weights = await model.weights();
    const golden = openSafetensors(goldenBytes(`${name}.safetensors`));
    expect([...weights.keys()]).toEqual(tensorSpecs(config).map((spec) => spec.name));
    for (const [tensor, values] of weights) expect(values).toEqual(golden.readFloats(tensor));
  });

  it.each<FolderOptions>([
    {},
    { dtype: 'BF16' },
    { dtype: 'F16', prefix: false },
    { dtype: 'BF16', secondHead: true },
    { prefix: false, secondHead: true },
    { prefix: false, buffers: true },
  ])('written unchanged it is the same to the byte: %o', async (options) => {
    const files = tinyFolder(name, options);
    const model = await openModel(files);
    const plan = await model.plan(await model.weights());
    expect(plan.files.map((file) => file.name)).toEqual(['model.safetensors']);
    expect([plan.changed, plan.roundedAway]).toEqual([0, 0]);
    const [before, after] = [await bytesOf(weightsFile(files)), await written(plan.files[0]!)];
    const [a, b] = [openSafetensors(before), openSafetensors(after)];
    expect(b.entries.map(({ name: tensor, dtype, shape }) => [tensor, dtype, shape])).toEqual(
      a.entries.map(({ name: tensor, dtype, shape }) => [tensor, dtype, shape]),
    );
    expect(b.metadata).toEqual(a.metadata);
    for (const { name: tensor } of a.entries) expect(b.read(tensor)).toEqual(a.read(tensor));
    for (const file of model.carried) {
      expect(await written(file)).toEqual(await bytesOf(files.find((source) => source.name === file.name)!));
    }
  });

  it('trained weights go back under the names that came, the bare model’s too, and buffers stay as they are', async () => {
    const files = tinyFolder(name, { prefix: false, buffers: true });
    const model = await openModel(files);
    expect(model.summary.notes.join()).toContain(`${name === 'gpt2_tiny' ? 4 : 1} buffers that hold no weights`);
    const weights = await model.weights();
    // Every weight moves.
    for (const values of weights.values()) for (let i = 0; i < values.length; i++) values[i] = values[i]! + 1;
    const plan = await model.plan(weights);
    expect(plan.changed).toBe(model.summary.parameters);
    const before = openSafetensors(await bytesOf(weightsFile(files)));
    const after = openSafetensors(await written(plan.files[0]!));
    expect(after.entries).toEqual(before.entries);
    const named = before.entries.map((entry) => entry.name);
    expect(named.filter((one) => /^(model|transformer)\./.test(one))).toEqual([]);
    const kept = named.filter((one) => /\.attn\.(bias|masked_bias)$|inv_freq$/.test(one));
    expect(kept).toHaveLength(name === 'gpt2_tiny' ? 4 : 1);
    for (const one of named) {
      const [old, now] = [before.readFloats(one), after.readFloats(one)];
      expect(now).toEqual(kept.includes(one) ? old : old.map((value) => value + 1));
    }
    expect(JSON.parse(Buffer.from(await written(model.carried[0]!)).toString())).toEqual(tinyConfig(name));
  });

  it('changed entries are written in the file’s dtype; a tied head follows the embedding', async () => {
    const model = await openModel(tinyFolder(name, { dtype: 'BF16', secondHead: true }));
    const weights = await model.weights();
    const [embedding] = [...weights.keys()];
    const values = weights.get(embedding!)!;
    values[5] = 0.3;
    // Far less than the distance to the next number of 8 bits.
    values[6] = values[6]! * (1 + 2 ** -20);
    const plan = await model.plan(weights);
    expect([plan.changed, plan.roundedAway]).toEqual([2, 1]);
    const again = await openModel(
      instead(tinyFolder(name), bytesSource('model.safetensors', await written(plan.files[0]!))),
    );
    expect(again.summary.checkpoint.dtypes[0]!.dtype).toBe('BF16');
    const read = (await again.weights()).get(embedding!)!;
    expect(read[5]).toBe(fromBfloat16Bits(toBfloat16Bits(0.3)));
    expect(read).toEqual(values.map((value) => fromBfloat16Bits(toBfloat16Bits(value))));
    const file = openSafetensors(await written(plan.files[0]!));
    expect(file.readFloats('lm_head.weight')).toEqual(read);
  });

  it('a tied head with values of its own is refused when weights are read', async () => {
    const files = tinyFolder(name, { secondHead: true });
    const bytes = (await bytesOf(weightsFile(files))).slice();
    // The last value of the last tensor, which is the head.
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, 9, true);
    const model = await openModel(instead(files, bytesSource('model.safetensors', bytes)));
    const reading = model.weights();
    await expect(reading).rejects.toBeInstanceOf(FileError);
    await expect(reading).rejects.toThrow('tensor “lm_head.weight”: is not the embedding, though config.json ties');
  });

  it('says how far it has read, and stops when asked to', async () => {
    const model = await openModel(tinyFolder(name));
    const seen: number[] = [];
    await model.weights({ onProgress: (done, total) => seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    await expect(model.weights({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

interface Plain {
  name: string;
  shape: readonly number[];
  dtype: string;
  values: Float32Array;
}

describe('what is refused', () => {
  const refused = async (files: readonly ByteSource[]): Promise<string> => {
    const error: unknown = await openModel(files).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileError);
    return (error as FileError).message;
  };
  const folder = (): ByteSource[] => tinyFolder('llama_tiny');
  const withTensors = async (change: (tensors: Plain[]) => unknown[]) => {
    const file = openSafetensors(await bytesOf(weightsFile(folder())));
    const tensors = file.entries.map(({ name, shape }) => ({
      name,
      shape,
      dtype: 'F32',
      values: file.readFloats(name),
    }));
    const bytes = writeSafetensors(change(tensors) as Parameters<typeof writeSafetensors>[0]);
    return instead(folder(), bytesSource('model.safetensors', bytes));
  };

  it('names the file that is missing', async () => {
    expect(await refused(without(folder(), 'config.json'))).toMatch(/^config\.json: is missing/);
    expect(await refused(without(folder(), 'tokenizer.json'))).toMatch(/^tokenizer\.json: is missing/);
    const old = [...without(folder(), 'tokenizer.json'), jsonSource('vocab.json', {}), jsonSource('merges.txt', '')];
    expect(await refused(old)).toMatch(/older form.*save_pretrained/);
    expect(await refused(without(folder(), 'model.safetensors'))).toMatch(/no safetensors file/);
    expect(await refused([])).toMatch(/No file was given/);
    expect(await refused([...folder(), ...folder()])).toMatch(/config\.json: is there 2 times/);
  });

  it('names what config.json has that is not supported', async () => {
    const config = (change: object) =>
      instead(folder(), jsonSource('config.json', { ...tinyConfig('llama_tiny'), ...change }));
    expect(await refused(config({ model_type: 'mamba' }))).toMatch(
      /“model_type”.*"mamba" is not supported; supported: .*llama/,
    );
    expect(await refused(config({ hidden_act: 'gelu' }))).toMatch(/“hidden_act”/);
    expect(await refused(instead(folder(), jsonSource('config.json', '{')))).toMatch(/not valid JSON/);
    expect(await refused(instead(folder(), jsonSource('config.json', '7')))).toMatch(/model_type/);
  });

  it('names tensors that are missing, left over, of another shape or no floats', async () => {
    expect(await refused(await withTensors((tensors) => tensors.slice(1)))).toMatch(
      /lacks “model\.embed_tokens\.weight”/,
    );
    const extra = { name: 'adapter.weight', shape: [1], dtype: 'F32', values: new Float32Array(1) };
    expect(await refused(await withTensors((tensors) => [...tensors, extra]))).toMatch(/has “adapter\.weight”/);
    const reshaped = await withTensors((tensors) =>
      tensors.map((tensor) => (tensor.name.endsWith('0.mlp.up_proj.weight') ? { ...tensor, shape: [24, 40] } : tensor)),
    );
    expect(await refused(reshaped)).toMatch(
      /up_proj\.weight”: has the shape \[24, 40\]; by config\.json it is \[40, 24\]/,
    );
    const quantised = await withTensors((tensors) =>
      tensors.map((tensor) =>
        tensor.name === 'model.norm.weight' ? { ...tensor, dtype: 'U8', values: new Uint8Array(24) } : tensor,
      ),
    );
    expect(await refused(quantised)).toMatch(/“model\.norm\.weight”: is stored as U8/);
  });

  it('a tokenizer of another model', async () => {
    const other = tinyFolder('gpt2_tiny').find(({ name }) => name === 'tokenizer.json')!;
    expect(await refused(instead(folder(), other))).toMatch(/tokenizer_config\.json.*bos_token/);
    const small = await withTensors((tensors) => tensors);
    const config = jsonSource('config.json', { ...tinyConfig('llama_tiny'), vocab_size: 20 });
    expect(await refused(instead(small, config))).toMatch(/embed_tokens\.weight”: has the shape \[64, 24\]/);
  });

  it('weights that are no numbers, when they are read', async () => {
    const files = await withTensors((tensors) =>
      tensors.map((tensor) =>
        tensor.name === 'model.norm.weight' ? { ...tensor, values: tensor.values.fill(Number.NaN, 3, 4) } : tensor,
      ),
    );
    const model = await openModel(files);
    await expect(model.weights()).rejects.toThrow(/“model\.norm\.weight”: holds NaN at 3/);
  });
});
