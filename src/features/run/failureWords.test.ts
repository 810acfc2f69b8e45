import { describe, expect, it } from 'vitest';
import { FAILURE_CAUSES } from '../../core/bundle/runLog';
import { NO_MISHAPS } from '../../state/savedState';
import type { FailureCause } from '../../worker/protocol';
import { type FailureFacts, failureHeading, failureWhat, type NextStep, nextStep } from './failureWords';

const error = { message: 'The engine’s words.', next: 'The engine’s advice.', detail: 'at line 1' };
const facts = (cause: FailureCause, change: Partial<FailureFacts> = {}): FailureFacts => ({
  ...{ cause, error, resumable: true, isLookedAt: false, hasBegun: true, place: 'forgetting, step 12 of 40' },
  ...{ last: { loss: Number.NaN, gradientNorm: 3, learningRate: 0.0003 }, backend: 'webgpu', memoryBytes: 27_900_000 },
  ...{ learningRateScale: 1, learningRateField: 'forgettingLearningRate', mishaps: NO_MISHAPS },
  ...change,
});
/** A step without its words. */
const step = (cause: FailureCause, change: Partial<FailureFacts> = {}) => {
  const { why: _, ...rest } = nextStep(facts(cause, change))!;
  return rest;
};
type Bare = NextStep extends infer S ? (S extends unknown ? Omit<S, 'why'> : never) : never;

/** On WebGPU, the first time. */
const STEPS: Readonly<Record<FailureCause, { resumable: Bare; lost: Bare }>> = {
  'not finite': {
    resumable: { do: 'resume', change: { learningRateScale: 0.5 }, label: 'Resume at half the learning rate' },
    lost: { do: 'settings', field: 'forgettingLearningRate', label: 'Lower the learning rate' },
  },
  'zero loss': {
    resumable: { do: 'resume', change: { backend: 'wasm' }, label: 'Resume on WASM' },
    lost: { do: 'restart', backend: 'wasm', label: 'Restart on WASM' },
  },
  'zero gradients': {
    resumable: { do: 'resume', change: { backend: 'wasm' }, label: 'Resume on WASM' },
    lost: { do: 'restart', backend: 'wasm', label: 'Restart on WASM' },
  },
  diverged: {
    resumable: { do: 'resume', change: { learningRateScale: 0.5 }, label: 'Resume at half the learning rate' },
    lost: { do: 'settings', field: 'forgettingLearningRate', label: 'Lower the learning rate' },
  },
  'device lost': {
    resumable: { do: 'resume', change: {}, label: 'Resume' },
    lost: { do: 'restart', backend: null, label: 'Restart' },
  },
  'out of memory': {
    resumable: { do: 'resume', change: { smallerParts: true }, label: 'Resume in smaller parts' },
    lost: { do: 'settings', field: 'batchTokens', label: 'Take smaller steps' },
  },
  'worker crash': {
    resumable: { do: 'resume', change: {}, label: 'Resume' },
    lost: { do: 'restart', backend: null, label: 'Restart' },
  },
  storage: {
    resumable: { do: 'resume', change: {}, label: 'Try again' },
    lost: { do: 'restart', backend: null, label: 'Restart' },
  },
  'self-check': {
    resumable: { do: 'resume', change: { backend: 'wasm' }, label: 'Resume on WASM' },
    lost: { do: 'restart', backend: 'wasm', label: 'Restart on WASM' },
  },
  'damaged save': {
    resumable: { do: 'resume', change: {}, label: 'Go on from the older save' },
    lost: { do: 'export', label: 'Export what there is' },
  },
  file: {
    resumable: { do: 'resume', change: {}, label: 'Try again' },
    lost: { do: 'restart', backend: null, label: 'Restart' },
  },
  other: {
    resumable: { do: 'resume', change: {}, label: 'Resume' },
    lost: { do: 'restart', backend: null, label: 'Restart' },
  },
};

describe('the one next step', () => {
  it.each(FAILURE_CAUSES)('after “%s”, with a save and without', (cause) => {
    expect(step(cause)).toEqual(STEPS[cause].resumable);
    expect(step(cause, { resumable: false })).toEqual(STEPS[cause].lost);
    for (const resumable of [true, false])
      expect(nextStep(facts(cause, { resumable }))!.why).toMatch(/^[A-Z“].{10,}\.$/);
    // A file can only be looked at, whatever it tells.
    expect(nextStep(facts(cause, { isLookedAt: true }))).toBeNull();
  });

  it('halves the rate that was in force, as often as it takes', () => {
    const next = step('not finite', { learningRateScale: 0.25 });
    expect(next).toMatchObject({ change: { learningRateScale: 0.125 } });
    expect(nextStep(facts('not finite', { learningRateScale: 0.25 }))!.why).toContain('× 0.125');
  });

  it.each(['zero loss', 'zero gradients', 'self-check'] as const)('goes down the backends after “%s”', (cause) => {
    expect(step(cause, { backend: 'wasm' })).toMatchObject({ change: { backend: 'cpu' }, label: 'Resume on CPU' });
    const onCpu = step(cause, { backend: 'cpu' });
    expect(onCpu.do).toBe(cause === 'self-check' ? 'export' : 'settings');
  });

  it('leaves the GPU when it was lost twice', () => {
    const mishaps = { deviceLosses: 2, change: {} };
    expect(step('device lost', { mishaps })).toEqual({
      ...{ do: 'resume', change: { backend: 'wasm' }, label: 'Resume on WASM' },
    });
    expect(step('device lost', { mishaps: { ...mishaps, deviceLosses: 1 } })).toMatchObject({ label: 'Resume' });
  });

  it('goes on elsewhere when smaller parts were not small enough, and in the end keeps what there is', () => {
    const mishaps = { deviceLosses: 0, change: { smallerParts: true } } as const;
    expect(step('out of memory', { mishaps })).toMatchObject({ do: 'resume', change: { backend: 'wasm' } });
    expect(step('out of memory', { mishaps, backend: 'cpu' })).toMatchObject({ do: 'export' });
    expect(step('out of memory', { mishaps, backend: 'cpu', hasBegun: false })).toMatchObject({ do: 'restart' });
  });
});

describe('words', () => {
  it('say the cause and what was measured', () => {
    const nan = facts('not finite');
    expect([failureHeading(nan), failureWhat(nan)]).toEqual([
      'The loss became NaN',
      'At forgetting, step 12 of 40, the loss became NaN at a learning rate of 0.0003. That update changed no weight.',
    ]);
    const norm = { last: { loss: 1, gradientNorm: Number.POSITIVE_INFINITY, learningRate: 10 } };
    expect(failureHeading(facts('not finite', norm))).toBe('The gradient became infinite');
    // A pass that told no step, such as the difference of two weights.
    const other = facts('not finite', { last: { loss: 1, gradientNorm: 1, learningRate: 1 } });
    expect(failureHeading(other)).toBe('A number of the run is no longer finite');
    expect(failureWhat(other)).toBe('The engine’s words. This was at forgetting, step 12 of 40.');
    expect(failureWhat(facts('out of memory'))).toMatch(/^At forgetting, step 12 of 40, WebGPU got no room .*27\.9.MB/);
    expect(failureWhat(facts('out of memory', { place: null, backend: null }))).toMatch(/^The backend got no room/);
  });

  it.each(FAILURE_CAUSES)('are there for “%s”, also before anything was measured', (cause) => {
    const bare = { place: null, last: null, backend: null, memoryBytes: null, hasBegun: false, resumable: false };
    for (const change of [{}, bare]) {
      const all = facts(cause, change);
      expect(failureHeading(all)).toMatch(/^[A-Z][^.]+$/);
      expect(failureWhat(all)).toMatch(/^[A-Z].*\.$/);
      expect(failureHeading(all) + failureWhat(all)).not.toMatch(/undefined|null|\[object/);
    }
  });
});
