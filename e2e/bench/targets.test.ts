import { describe, expect, it } from 'vitest';
import type { Engine } from './protocol';
import { lossProblems, type StepRow } from './results';
import { type Measured, targetsOf } from './targets';

const row = (engine: Engine, backend: StepRow['backend'], msPerStep: number, more: Partial<StepRow> = {}): StepRow => ({
  engine,
  backend,
  model: 'width 128',
  msPerStep,
  spread: 0,
  steps: 1,
  tokensPerSecond: 0,
  gflops: 0,
  shareOfBestMatmul: null,
  dispatches: null,
  jsMs: null,
  peakBytes: null,
  losses: [5.5, 5.3],
  ...more,
});

const run = (preset: string, seconds: number) => ({ preset, seconds, stages: [], before: null, after: null });

const labChange = (seconds: number) => ({
  ...{ name: '', maskMs: 0, picturesMs: 1000 * seconds, allMs: 0, drawn: 1, thumbs: 1, tiles: 1, longestTaskMs: 0 },
});

const MEASURED: Measured = {
  rows: [
    row('allo', 'wasm', 250),
    row('jax-js', 'wasm', 300),
    row('allo', 'webgpu', 2000, { dispatches: 161, jsMs: 15 }),
    row('jax-js', 'webgpu', 2600),
  ],
  sampling: [],
  masks: [{ entries: 50_000_000, seconds: 0.9, spread: 0, peakBytes: 451e6, matchesSort: null }],
  neurons: [
    { preset: 'default', changes: [labChange(0.2)], workerBytes: null },
    { preset: 'large', changes: [labChange(0.4), labChange(1.1)], workerBytes: null },
  ],
  runs: [run('default', 77)],
};

/** The one target of this name. */
const target = (measured: Measured, wanted: string) => {
  const found = targetsOf(measured).filter(({ name }) => name === wanted);
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('targetsOf', () => {
  it('divides the peer by ours: 300 / 250 is the 1.2 that is asked for, 2600 / 2000 is not 1.5', () => {
    expect(target(MEASURED, 'ours on wasm vs jax-js on wasm')).toMatchObject({ measured: '1.20 ×', met: true });
    expect(target(MEASURED, 'ours on webgpu vs jax-js on webgpu')).toMatchObject({ measured: '1.30 ×', met: false });
  });
  it('holds numbers to their limits, the limit itself included', () => {
    expect(target(MEASURED, 'dispatches per step, optimiser included')).toMatchObject({
      target: '160 or less',
      measured: '161',
      met: false,
    });
    expect(target(MEASURED, 'JS time per step on webgpu')).toMatchObject({ measured: '15.0 ms', met: true });
    expect(target(MEASURED, 'exact mask over 50 M values: time').met).toBe(true);
    expect(target(MEASURED, 'exact mask over 50 M values: memory with the input')).toMatchObject({
      measured: '451 MB',
      met: false,
    });
    expect(target(MEASURED, 'mask lab on large: slowest change until all pictures')).toMatchObject({
      measured: '1100 ms',
      met: false,
    });
    expect(target(MEASURED, 'mask lab on default: slowest change until all pictures').met).toBe(true);
    expect(target(MEASURED, 'mask lab on tiny: slowest change until all pictures').measured).toBe('not measured');
  });
  it('gives Default 260 jax-js steps where those take longer than 75 s', () => {
    expect(target(MEASURED, 'Default run in the page, wasm')).toMatchObject({ target: '78 s or less', met: true });
    const fast = { ...MEASURED, rows: [row('jax-js', 'wasm', 200)] };
    expect(target(fast, 'Default run in the page, wasm')).toMatchObject({ target: '75 s or less', met: false });
  });
  it('asks 5 × of sampling on both backends', () => {
    const row = {
      rows: 4,
      newTokens: 48,
      tokensPerSecond: 0,
      rerunTokensPerSecond: 0,
      timesFaster: 4.99,
      agreement: 1,
    };
    const measured = { ...MEASURED, sampling: [{ backend: 'wasm' as const, ...row }] };
    const name = 'sampling with KV cache vs re-running the prefix, 48 new tokens';
    expect(target(measured, `${name}, wasm`)).toMatchObject({ measured: '4.99 ×', met: false });
    expect(target(measured, `${name}, webgpu`).met).toBeNull();
  });
  it('claims nothing of what was not measured', () => {
    for (const name of ['ours on webgpu vs plain tfjs on webgpu', 'Tiny run in the page, wasm'])
      expect(target(MEASURED, name)).toMatchObject({ measured: 'not measured', met: null });
  });
});

describe('lossProblems', () => {
  it('names an engine whose losses are off by more than a thousandth, and no other', () => {
    const rows = [
      row('allo', 'wasm', 1),
      row('jax-js', 'wasm', 1, { losses: [5.5001, 5.305] }),
      row('plain tfjs', 'webgl', 1, { losses: [5.5, 5.306] }),
      row('allo', 'wasm', 1, { model: 'width 512', losses: [5.7] }),
    ];
    expect(lossProblems(rows)).toEqual([expect.stringMatching(/^plain tfjs on webgl, width 128: .* by 1\.1e-3 /)]);
    expect(lossProblems([row('allo', 'wasm', 1, { losses: [Number.NaN] })])).toHaveLength(1);
  });
});
