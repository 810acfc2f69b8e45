import { beforeAll, describe, expect, it } from 'vitest';
import { goldenText, runGolden } from '../../testing/golden';
import { tf } from '../tf';
import { compareValue, exactly, gotArray } from './compare';
import { runVectors } from './runVectors';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const noFiles = async (name: string): Promise<Uint8Array> => {
  throw new Error(`the file "${name}" is missing`);
};
const run = (name: string, content: unknown) =>
  runVectors(
    { json: [{ name, text: typeof content === 'string' ? content : JSON.stringify(content) }], load: noFiles },
    'f32',
  );
const cosine = (changes: object) => ({
  id: 'c',
  kind: 'cosine',
  params: { base_lr: 1, total_steps: 1, warmup_ratio: 0 },
  expected: { warmup_steps: 0, lr: { shape: [2], dtype: 'float64', data: [1, 0] } },
  tolerance: { f32: { atol: 1e-6, rtol: 0 } },
  ...changes,
});

describe('runVectors', () => {
  const files: [string, number][] = [
    ['adamw.json', 10],
    ['gpt2_tiny.json', 7],
    ['llama_tiny.json', 7],
    ['pairs.json', 3],
    ['tasks.json', 74],
  ];
  it.each(files)('passes all of %s and leaks nothing', async (name, passed) => {
    const before = tf.memory().numTensors;
    expect(await runGolden(name)).toEqual({ passed, failed: 0, failures: [] });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('counts every kind of trouble as one failed case, with the reason', async () => {
    expect(await run('a.json', { cases: [cosine({})] })).toEqual({ passed: 1, failed: 0, failures: [] });
    const reasonFor = async (content: unknown) => (await run('a.json', content)).failures;
    expect(await reasonFor('{"cases": [')).toEqual([expect.stringContaining('FAILED a.json: not valid JSON')]);
    expect(await reasonFor({})).toEqual([expect.stringContaining('"cases"')]);
    expect(await reasonFor({ cases: [cosine({ kind: 'none' })] })).toEqual(['FAILED a.json c: unknown kind "none"']);
    expect(await reasonFor({ cases: [cosine({ kind: 'toString' })] })).toEqual([
      expect.stringContaining('unknown kind'),
    ]);
    expect(await reasonFor({ cases: [cosine({ params: {} })] })).toEqual([
      expect.stringContaining('params.total_steps'),
    ]);
    expect(await reasonFor({ cases: [cosine({ expected: {} })] })).toEqual(['FAILED a.json c: nothing is expected']);
    expect(await reasonFor({ cases: [{ id: 'c' }, 3] })).toHaveLength(2);
    const unknownField = cosine({ expected: { warmup_steps: 0, extra: 1 } });
    expect(await reasonFor({ cases: [unknownField] })).toEqual(['FAILED a.json c: extra: not computed']);
  });

  it('prints the numbers of a difference', async () => {
    const wrong = cosine({ expected: { lr: { shape: [2], dtype: 'float64', data: [1, 0.5] }, warmup_steps: 1 } });
    expect((await run('a.json', { cases: [wrong] })).failures).toEqual([
      'FAILED a.json c: lr[1]: got 0, expected 0.5 (allowed ±0.00000100); 1 of 2 values differ; warmup_steps: got 0, expected 1 (exact)',
    ]);
  });

  it('fails a model case whose weights are missing', async () => {
    const report = await run('llama_tiny.json', goldenText('llama_tiny.json'));
    expect(report.passed).toBe(0);
    expect(report.failures).toHaveLength(7);
    expect(report.failures[0]).toBe('FAILED llama_tiny.json full_batch: the file "llama_tiny.safetensors" is missing');
  });
});

describe('compareValue', () => {
  const tolerance = { atol: 0.1, rtol: 0 };
  const texts = (expected: unknown, got: unknown) =>
    compareValue('x', expected, got, () => tolerance).map(({ text }) => text);

  it('holds integers, booleans and counts to exact equality', () => {
    expect(texts({ shape: [1], dtype: 'int32', data: [3] }, gotArray([3.05]))).toHaveLength(1);
    expect(texts({ shape: [1], dtype: 'bool', data: [true] }, gotArray([1]))).toEqual([]);
    expect(texts(3, exactly(3))).toEqual([]);
    expect(texts(3, exactly(3.01))).toHaveLength(1);
    expect(texts(3, 3.01)).toEqual([]);
  });

  it('never lets NaN, a wrong shape or a missing entry pass', () => {
    expect(texts(1, Number.NaN)).toHaveLength(1);
    expect(texts({ shape: [1], dtype: 'float64', data: [1] }, gotArray([Number.NaN]))).toHaveLength(1);
    expect(texts({ shape: [2, 1], dtype: 'float64', data: [1, 1] }, gotArray([1, 1]))).toHaveLength(1);
    expect(texts([1, 2], [1])).toHaveLength(1);
    expect(texts({ a: 1 }, {})).toEqual(['x.a: not computed']);
    expect(texts('a', 'b')).toHaveLength(1);
    expect(texts(true, 1)).toHaveLength(1);
    expect(texts(null, null)).toEqual([]);
  });
});
