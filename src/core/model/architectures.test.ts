// Every architecture against PyTorch's numbers: the naive float64 forward, and the model itself on cpu and wasm (on webgpu: `npm test` runs the same
// vectors in Chromium). Fixtures: src/testing/fixtures/architectures, and the golden Llama and GPT-2.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { naiveForward, naiveLogps } from '../../testing/naiveForward';
import { openSafetensors } from '../safetensors';
import { tf } from '../tf';
import { fieldsOf, isGoldenArray, parseGoldenCase, parseGoldenFile } from '../vectors/format';
import { runVectors } from '../vectors/runVectors';
import { tensorSpecs } from './config';
import { parseHfConfig } from './hf';
import { nameMap } from './nameMap';

const pathOf = (folder: string, name: string): string =>
  fileURLToPath(new URL(`../../testing/${folder}/${name}`, import.meta.url));
const FIXTURES = 'fixtures/architectures';
const NAMES = ['llama3', 'mistral', 'qwen2', 'qwen3', 'neox_parallel', 'neox_sequential'];
const ALL: [name: string, folder: string][] = [
  ...NAMES.map((name): [string, string] => [name, FIXTURES]),
  ['llama_tiny', 'golden'],
  ['gpt2_tiny', 'golden'],
];

function open(name: string, folder: string) {
  const file = parseGoldenFile(readFileSync(pathOf(folder, `${name}.json`), 'utf8'));
  const weightsFile = openSafetensors(readFileSync(pathOf(folder, `${name}.safetensors`)));
  const weights = new Map(weightsFile.entries.map((entry) => [entry.name, weightsFile.readFloats(entry.name)]));
  const vector = file.cases.map(parseGoldenCase).find(({ id }) => id === 'full_batch')!;
  const { data, shape } = fieldsOf(vector.inputs, 'inputs').array('input_ids');
  const length = shape[1]!;
  const rows = Array.from({ length: shape[0]! }, (_, b) => [...data.subarray(b * length, (b + 1) * length)]);
  return { config: parseHfConfig(file.config), weightsFile, weights, rows, expected: vector.expected };
}

/** The largest |got − expected| over 1 + |expected|. */
const worst = (got: readonly number[], expected: readonly number[]): number =>
  Math.max(...got.map((value, i) => Math.abs(value - expected[i]!) / (1 + Math.abs(expected[i]!))));
const numbersOf = (value: unknown): number[] => {
  if (!isGoldenArray(value)) throw new Error('no array');
  return value.data.map(Number);
};

describe.each(ALL)('%s', (name, folder) => {
  it('has the tensors of the file, name by name and shape by shape', () => {
    const { config, weightsFile } = open(name, folder);
    const shapes = new Map(weightsFile.entries.map((entry) => [entry.name, entry.shape]));
    expect(new Map(tensorSpecs(config).map((spec) => [spec.name, spec.shape]))).toEqual(shapes);
    expect(nameMap(config, shapes.keys())).toMatchObject({ missing: [], unexpected: [], ignored: [] });
  });

  it('is what the naive forward computes, to 1e-10', () => {
    const { config, weights, rows, expected } = open(name, folder);
    const logits = rows.map((ids) => naiveForward(config, weights, ids));
    const wanted = numbersOf(expected.logits);
    expect(wanted).toHaveLength(rows.length * rows[0]!.length * config.vocabularySize);
    expect(
      worst(
        logits.flat().flatMap((row) => [...row]),
        wanted,
      ),
    ).toBeLessThan(1e-10);
    // Empty slots are 0 in the file.
    const logps = numbersOf(expected.per_token_logps);
    const naive = rows.flatMap((ids, b) => naiveLogps(logits[b]!, ids)).map((logp, i) => (logps[i] === 0 ? 0 : logp));
    expect(worst(naive, logps)).toBeLessThan(1e-10);
    const loss = -naive.reduce((sum, logp) => sum + logp, 0) / logps.filter((logp) => logp !== 0).length;
    expect(Math.abs(loss - Number(expected.loss))).toBeLessThan(1e-10);
  });
});

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  it.each(NAMES)('%s: logits, gradients and decoding agree with PyTorch', async (name) => {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const json = [{ name: `${name}.json`, text: readFileSync(pathOf(FIXTURES, `${name}.json`), 'utf8') }];
    const report = await runVectors({ json, load: (file) => readFile(pathOf(FIXTURES, file)) }, 'f32');
    expect(report).toEqual({ passed: 2, failed: 0, failures: [] });
    expect(tf.memory().numTensors).toBe(before);
  });
});
