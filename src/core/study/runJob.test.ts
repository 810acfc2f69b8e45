import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadStarterFile } from '../../cli/starterFiles';
import { tensorsLeft } from '../../testing/tinyModel';
import type { Arm, RunConfig } from '../config';
import { createBuiltinDataset } from '../data/builtin';
import type { BackendReport } from '../events';
import { presetConfig } from '../presets';
import { tf } from '../tf';
import { type Job, jobKey } from './job';
import type { JobContext } from './jobContext';
import type { StudyResult } from './result';
import { interpolated } from './runInterpolation';
import { runJob } from './runJob';
import { createShared } from './shared';

// Whole runs, some of them twice, on machines that may be slow.
vi.setConfig({ testTimeout: 120_000 });
beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};
const contextOf = (): JobContext => ({
  backend: BACKEND,
  datasetFor: (config) => createBuiltinDataset(config.family, config),
  loadStarter: loadStarterFile,
  shared: createShared(),
});
// The warm-ups of three families and two seeds are made once for all tests.
const shared = contextOf();

const SMALL = {
  ...{ prompts: 24, samplesPerPrompt: 4, batchTokens: 300, warmupSteps: 3 },
  ...{ heldOutPrompts: 10, otherPrompts: 3, klPrompts: 4 },
};
function jobOf(kind: Job['kind'], arm: Arm = 'allo', changes: Partial<RunConfig> = {}): Job {
  const config: RunConfig = { ...presetConfig('tiny', 'math', arm), ...SMALL, improvingSteps: 3, ...changes };
  return { kind, config: { ...config, forgettingSteps: Math.min(2, config.forgettingSteps) }, split: 'held-out' };
}

/** The result, after a look at the progress. */
async function done<K extends StudyResult['kind']>(job: Job & { kind: K }, context = shared) {
  const source = runJob(job, context);
  let last = 0;
  for (;;) {
    const step = await source.next();
    if (step.done) {
      expect(step.value.kind).toBe(job.kind);
      return step.value as Extract<StudyResult, { kind: K }>;
    }
    expect(step.value.share).toBeGreaterThanOrEqual(last);
    last = step.value.share;
    expect(last).toBeLessThanOrEqual(1 + 1e-9);
  }
}

const kind = <K extends Job['kind']>(
  name: K,
  ...rest: Parameters<typeof jobOf> extends [unknown, ...infer R] ? R : never
) => jobOf(name, ...rest) as Job & { kind: K };

describe('an arm', () => {
  it('is the same alone and with shared preparations, and leaves nothing behind', async () => {
    const left = await tensorsLeft(async () => {
      const job = kind('arm');
      const alone = await done(job, { ...contextOf(), shared: undefined as never });
      const together = [await done(job), await done(job)];
      for (const result of together) expect({ ...result, seconds: 0 }).toEqual({ ...alone, seconds: 0 });
      const { config } = job;
      expect(alone).toMatchObject({
        ...{ version: 1, key: jobKey(job), preset: 'tiny', family: 'math', arm: 'allo', seed: 1, split: 'held-out' },
        ...{ backend: 'wasm', sampledTokens: 0, failure: null },
        updates: { 'warm-up': 3, forgetting: 2, improving: 3 },
      });
      expect(alone.settings).toMatchObject({ preset: 'tiny', prompts: '24', improvingSteps: '3' });
      expect(Object.values(alone.tokens).every((tokens) => tokens > 0)).toBe(true);
      for (const [stage, tokens] of Object.entries(alone.tokens))
        expect(tokens).toBeLessThanOrEqual(config.batchTokens * alone.updates[stage]!);
      expect(alone.maskPercent.forgetting).toBeCloseTo(5, 2);
      expect(alone.maskPercent.improving).toBeCloseTo(10, 2);
      expect(alone.path.map(({ stage, step }) => `${stage} ${step}`)).toEqual([
        ...['sft 0', 'forgetting 1', 'forgetting 2'],
        ...['improving 1', 'improving 2', 'improving 3'],
      ]);
      const { right, greedy, prompts } = alone.after.families.math!;
      expect(right).toMatch(/^[01]{10}$/);
      expect(greedy).toBe((100 * right.replaceAll('0', '').length) / prompts);
      // The path's prompts are the reported ones, of which there are fewer than 150 here.
      expect(alone.path.at(-1)).toMatchObject({ accuracy: greedy, klToSft: alone.after.klToSft });
      expect(alone.path[0]).toMatchObject({ accuracy: alone.before.families.math!.greedy, klToSft: 0 });
      expect(alone.curves.map(({ stage, loss }) => [stage, loss.length])).toEqual([
        ...[
          ['warm-up', 3],
          ['forgetting', 2],
          ['improving', 3],
        ],
      ]);
      expect(alone.rewardAuroc).toBeGreaterThan(0.5);
      const digits = JSON.stringify(alone.after).match(/\d+\.\d+/g)!;
      for (const number of digits) expect(number.replace(/^0\.0*|\./g, '').length).toBeLessThanOrEqual(6);
    });
    expect(left).toBe(0);
  });

  it('looks at other prompts on the validation split', async () => {
    const held = await done(kind('arm', 'dpo-full'));
    const validation = await done({ ...kind('arm', 'dpo-full'), split: 'validation' });
    expect(validation.key).not.toBe(held.key);
    expect(validation.curves).toEqual(held.curves);
    expect(validation.before.klToSft).toBe(0);
    expect(validation.before.goldLogp).not.toBe(held.before.goldLogp);
  });

  it('does not lose an arm whose loss breaks: measured is what it last was', async () => {
    const broken = await done(kind('arm', 'dpo-full', { improvingLearningRate: 1e10, improvingSteps: 4 }));
    expect(broken.failure).toMatch(
      /^The (loss|gradient norm) became \S+ Measured are the weights after improving 1\.$/,
    );
    // The first update has rate 0, the second ruins the weights, the third is told but not made.
    expect(broken.curves.at(-1)!.step).toEqual([1, 2, 3]);
    expect(broken.updates.improving).toBe(2);
    expect(broken.after).toMatchObject({ klToSft: 0, movedPercent: 0, families: broken.before.families });
    expect(broken.path.map(({ stage, step }) => `${stage} ${step}`)).toEqual(['sft 0', 'improving 1']);
  });

  it('of DPO on all weights keeps its path’s answers, for others to be held against', async () => {
    const { path, before, after } = await done(kind('arm', 'dpo-full'));
    expect(path.map(({ right }) => right?.length)).toEqual([10, 10, 10, 10]);
    expect(path[0]!.right).toBe(before.families.math!.right);
    expect(path.at(-1)!.right).toBe(after.families.math!.right);
    const { path: other } = await done(kind('arm', 'allo'));
    expect(other.some((place) => 'right' in place)).toBe(false);
  });

  it('is left at any moment without a tensor', async () => {
    for (const stop of [1, 6, 20, 40]) {
      const left = await tensorsLeft(async () => {
        const source = runJob(kind('arm'), shared);
        for (let i = 0; i < stop; i++) await source.next();
        await source.return(undefined as never);
      });
      expect(left, `left after ${stop} ticks`).toBe(0);
    }
  });
});

describe('the other kinds', () => {
  it('best of n: more samples, more right answers, further from SFT', async () => {
    // On the prompts that arms are measured on.
    const job = kind('best-of-n', 'allo', { maxNewTokens: 34, heldOutPrompts: 25 });
    const { points, prompts, samples } = await done(job);
    expect([prompts, samples]).toEqual([25, 32]);
    expect(points.map(({ n }) => n)).toEqual([1, 2, 4, 8, 16]);
    expect(points[0]!.klToSft).toBe(0);
    for (let i = 1; i < points.length; i++) {
      expect(points[i]!.accuracy).toBeGreaterThan(points[i - 1]!.accuracy);
      expect(points[i]!.klToSft).toBeGreaterThan(points[i - 1]!.klToSft);
    }
  });

  it('interpolation: SFT at 0, the arm at 1', async () => {
    const arm = await done(kind('arm', 'dpo-full', { improvingLearningRate: 3e-4 }));
    const { points } = await done(kind('interpolation', 'dpo-full', { improvingLearningRate: 3e-4 }));
    expect(points.map(({ lambda }) => lambda)).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25]);
    expect(points[0]).toMatchObject({ klToSft: 0, accuracy: arm.before.families.math!.greedy });
    expect(points[4]).toMatchObject({ klToSft: arm.after.klToSft, accuracy: arm.after.families.math!.greedy });
    for (let i = 1; i < points.length; i++) expect(points[i]!.klToSft).toBeGreaterThan(points[i - 1]!.klToSft);
    const mixed = interpolated(new Map([['a', Float32Array.of(1, 2)]]), new Map([['a', Float32Array.of(3, 10)]]), 0.25);
    expect(mixed.get('a')).toEqual(Float32Array.of(1.5, 4));
  });

  it('change: where the warm-up’s change and gradient sit', async () => {
    const { concentration, tensors, iou } = await done(kind('change'));
    expect(concentration.map(({ percent }) => percent)).toEqual([1, 5, 10, 20, 50]);
    for (const { change, gradient, gaussian } of concentration) {
      expect(gradient).toBeGreaterThan(change);
      expect(gradient).toBeGreaterThan(gaussian);
      expect(change).toBeLessThan(1);
    }
    expect(concentration[2]!.gaussian).toBe(0.439286);
    const total = tensors.reduce((sum, { size }) => sum + size, 0);
    for (const score of ['change', 'gradient'] as const) {
      const selected = tensors.reduce((sum, tensor) => sum + (tensor.size * tensor[score]) / 100, 0);
      expect(selected / total).toBeCloseTo(0.1, 4);
    }
    expect(iou).toBeGreaterThan(0);
    expect(iou).toBeLessThan(1);
  });

  it('agreement: the same family at the next seed agrees more than chance, by either score', async () => {
    const { pairs } = await done(kind('agreement'));
    expect(pairs).toHaveLength(2 * 2 * 3);
    const ofOwn = pairs.filter(({ family }) => family === 'math');
    expect(ofOwn.map(({ seed }) => seed)).toEqual([2, 2, 2, 2]);
    for (const { iou, chance } of ofOwn) expect(iou).toBeGreaterThan(1.3 * chance);
    // Independent masks of a share p: p² / (2p − p²).
    expect(pairs.find(({ percent }) => percent === 10)!.chance).toBeCloseTo(0.1 / 1.9, 4);
  });
});
