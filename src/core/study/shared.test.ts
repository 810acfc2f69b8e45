import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadStarterFile } from '../../cli/starterFiles';
import { eventsOf, toyConfig, toyDataset } from '../../testing/tinyModel';
import type { Arm, RunConfig } from '../config';
import { createBuiltinDataset } from '../data/builtin';
import type { BackendReport, RunEvent } from '../events';
import { presetConfig } from '../presets';
import { createRun, type RunOptions } from '../run';
import type { Prepared } from '../stages/once';
import { tf } from '../tf';
import { createShared } from './shared';

// Every run is done twice, and some machines are slow.
vi.setConfig({ testTimeout: 120_000 });
beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};

/** Everything a run tells but times, memory and whole weights; and the weights it ends with. */
async function outcome(options: Omit<RunOptions, 'backend'>) {
  const run = createRun({ ...options, backend: BACKEND });
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  const { model, sft, masks } = await run.checkpoints();
  run.dispose();
  const [done] = eventsOf(events, 'run.done');
  const { seconds: _, stages, ...summary } = done!.summary;
  const told = events.flatMap((event): unknown[] => {
    if (event.type === 'step') return [{ ...event, milliseconds: 0 }];
    if (event.type === 'stage.done') return [{ ...event.summary, seconds: 0 }];
    if (event.type === 'mask') return [{ ...event, tensors: event.tensors.map(({ selected }) => selected) }];
    if (event.type === 'moments') return [digest(new Map(event.gradients!.map((values, i) => [String(i), values])))];
    const isLeftOut = ['run.done', 'run.started', 'weights', 'stage.progress'].includes(event.type);
    return isLeftOut ? [] : [event];
  });
  const weights = [model, sft, masks.forgetting, masks.improving].map((tensors) => digest(tensors ?? new Map()));
  return { told, summary, stages: stages.map((stage) => ({ ...stage, seconds: 0 })), weights };
}

/** Of all bits of all tensors. */
function digest(tensors: ReadonlyMap<string, Float32Array | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, values] of tensors) hash.update(name).update(new Uint8Array(values.buffer));
  return hash.digest('hex');
}

const SMALL = { layers: 2, width: 16, heads: 2, mlpWidth: 24, sftSteps: 30, sftLearningRate: 0.01 };
const toy = (arm: Arm, changes: Partial<RunConfig> = {}) => {
  const { method, beta, keepShare, maskRule, improvingPercent, forgettingSteps } = presetConfig('scratch', 'math', arm);
  const settings = {
    arm,
    method,
    beta,
    keepShare,
    maskRule,
    improvingPercent,
    forgettingSteps: Math.min(4, forgettingSteps),
  };
  return {
    config: toyConfig({ ...SMALL, ...settings, ...changes }),
    dataset: toyDataset(),
    loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
  };
};
const tiny = (arm: Arm) => {
  const config: RunConfig = {
    ...presetConfig('tiny', 'math', arm),
    ...{ prompts: 24, samplesPerPrompt: 4, batchTokens: 300, warmupSteps: 3, improvingSteps: 4 },
    ...{ heldOutPrompts: 30, otherPrompts: 10, klPrompts: 10 },
  };
  config.forgettingSteps = Math.min(3, config.forgettingSteps);
  return { config, dataset: createBuiltinDataset(config.family, { styleBias: false }), loadStarter: loadStarterFile };
};

describe('runs that share their preparations', () => {
  const ARMS = ['dpo-full', 'dpo-top10', 'allo', 'dpo-random10', 'allo-raw', 'simpo', 'sft'] as const;
  it.each([
    ['toy', toy, ARMS],
    ['Tiny', tiny, ARMS.slice(0, 3)],
  ] as const)('are the lone runs, to the last bit: %s', async (_, rig, arms) => {
    const shared = createShared();
    // Unmasked first: later arms find reference log-probs that were scored in other batches.
    for (const arm of arms) {
      const lone = await outcome(rig(arm));
      expect(await outcome({ ...rig(arm), shared }), arm).toEqual(lone);
    }
    // SFT, evaluation, samples, pairs, warm-up, scores: once each.
    expect(shared.size).toBe(6);
  });

  it('prepare again what another setting changes, and nothing else', async () => {
    const made: string[] = [];
    const kept = new Map<string, Prepared>();
    const shared = {
      get: (key: string) => kept.get(key),
      set(key: string, prepared: Prepared) {
        made.push(String(JSON.parse(key)[0]));
        kept.set(key, prepared);
      },
    };
    const madeBy = async (arm: Arm, changes: Partial<RunConfig> = {}) => {
      made.length = 0;
      await outcome({ ...toy(arm, changes), shared });
      return [...made];
    };
    expect(await madeBy('allo')).toEqual(['sft', 'before', 'sampling', 'pairs', 'warm-up', 'scores']);
    expect(await madeBy('allo', { rewardThreshold: 0.3, improvingLearningRate: 1e-3, forgettingPercent: 8 })).toEqual(
      [],
    );
    expect(await madeBy('dpo-top10', { warmupSteps: 3 })).toEqual(['warm-up']);
    expect(await madeBy('dpo-full', { beta: 0.2 })).toEqual([]);
    expect(await madeBy('allo', { beta: 0.2 })).toEqual(['warm-up']);
    // SimPO's β is not the warm-up's, whose loss is plain DPO with 0.1.
    expect(await madeBy('simpo', { maskRule: 'top', beta: 2 })).toEqual([]);
    expect(await madeBy('dpo-full', { samplesPerPrompt: 4 })).toEqual(['sampling', 'pairs']);
    expect(await madeBy('dpo-full', { heldOutPrompts: 6 })).toEqual(['before']);
    expect(await madeBy('dpo-full', { seed: 2 })).toEqual(['sft', 'before', 'sampling', 'pairs']);
  });

  it('forgets what was used longest ago', () => {
    const shared = createShared(2);
    const prepared: Prepared = { events: [], restore: () => {} };
    shared.set('a', prepared);
    shared.set('b', prepared);
    expect(shared.get('a')).toBe(prepared);
    shared.set('c', prepared);
    expect([shared.get('a'), shared.get('b'), shared.get('c')]).toEqual([prepared, undefined, prepared]);
  });
});

describe('a path', () => {
  const placesOf = (told: readonly unknown[]) =>
    (told as RunEvent[]).filter((event): event is Extract<RunEvent, { type: 'path' }> => event.type === 'path');

  it('is measured at every quarter of the aligned stages, and changes nothing else', async () => {
    const options = toy('allo', { forgettingSteps: 3, improvingSteps: 8 });
    const [without, withPath] = [await outcome(options), await outcome({ ...options, path: true })];
    const places = placesOf(withPath.told);
    expect(places.map(({ stage, step }) => [stage, step])).toEqual([
      ...[1, 2, 3].map((step) => ['forgetting', step]),
      ...[2, 4, 6, 8].map((step) => ['improving', step]),
    ]);
    // The places stand in for the drift in between, and nobody looks at single tokens.
    const leftOut = new Set<RunEvent['type']>(['path', 'drift', 'log-ratios', 'pair-log-ratios']);
    const others = (told: readonly unknown[]) => (told as RunEvent[]).filter(({ type }) => !leftOut.has(type));
    expect({ ...withPath, told: others(withPath.told) }).toEqual({ ...without, told: others(without.told) });
    const { klToSft, evaluation } = withPath.summary;
    expect(places.at(-1)).toMatchObject({ klToSft, accuracy: evaluation.after.toy });
  });
});
