import { describe, expect, it } from 'vitest';
import { runGolden } from '../../testing/golden';
import { createRng } from '../rng';
import { createMergingState, drawKeep, type MergingOptions, mergingStep } from './merging';

const OPTIONS: MergingOptions = {
  method: 'onties',
  variant: 'paper',
  betas: [0, 0],
  eps: 0,
  reserveShare: 1,
  alpha: 0.25,
  useMerge: true,
  rescale: false,
  clipValue: 1,
  mergeEvery: 1,
  correctBias: false,
  weightDecay: 0,
};

/** With betas and eps 0 the Adam step is −rate·sign(g). */
function oneStep(options: Partial<MergingOptions>, tau: number[], gradient: number[], mask?: Uint8Array): number[] {
  const all = { ...OPTIONS, ...options };
  const params = new Float64Array(tau.length);
  const keep = new Uint8Array(tau.length).fill(1);
  const state = createMergingState(tau, all, keep);
  mergingStep(params, gradient, state, all, 1, { keep: { step: keep, tau: keep }, ...(mask && { mask }) });
  return [...params];
}

describe('online merging', () => {
  it('agrees with the golden file', async () => {
    expect(await runGolden('online_merging.json')).toEqual({ passed: 10, failed: 0, failures: [] });
  });

  it('OnTIES of the paper: equal signs add, else the larger weighted magnitude wins', () => {
    // step ∓1 weighs 0.75, τ weighs 0.25
    expect(oneStep({}, [2, 2, 4, 0], [-1, 1, 1, 1])).toEqual([1.25, -0.75, 1, -0.75]);
  });

  it('reference OnTIES: the sign of the unweighted sum decides', () => {
    expect(oneStep({ variant: 'reference' }, [2, 2, 0.5, 1], [-1, 1, 1, 1])).toEqual([1.25, 0.5, -0.75, 0.25]);
  });

  it('OnDARE merges kept steps and kept task vector', () => {
    expect(oneStep({ method: 'ondare' }, [2, -2], [-1, -1])).toEqual([1.25, 0.25]);
  });

  it('moves nothing outside a neuron mask', () => {
    expect(oneStep({ weightDecay: 0.1 }, [2, 2], [-1, -1], Uint8Array.of(0, 1))).toEqual([0, 1.25 * 0.9]);
  });

  it('keeps of equal magnitudes those that come first, as a stable sort would', () => {
    // 5 · .5 → 2 of the five: −3, and the first of the ones.
    const options = { ...OPTIONS, useMerge: false, reserveShare: 0.5 };
    expect([...createMergingState([1, -3, 1, -1, 0.5], options).tau]).toEqual([1, -3, 0, 0, 0]);
    const rng = createRng(8);
    const tau = Float64Array.from({ length: 501 }, () => (rng.int(9) - 4) / 4);
    const order = [...tau.keys()].sort((a, b) => Math.abs(tau[b]!) - Math.abs(tau[a]!) || a - b);
    const kept = new Set(order.slice(0, 250));
    expect([...createMergingState(tau, options).tau]).toEqual([...tau].map((value, i) => (kept.has(i) ? value : 0)));
  });

  it('counts the gradient times the clipping factor', () => {
    const run = (gradient: number[], gradientScale?: number) => {
      const options = { ...OPTIONS, betas: [0.9, 0.999], eps: 0.1, alpha: 0 } as const;
      const state = createMergingState([0, 0], options);
      const params = new Float64Array(2);
      mergingStep(params, gradient, state, options, 1, { ...(gradientScale && { gradientScale }) });
      return [...params];
    };
    expect(run([4, -2], 0.5)).toEqual(run([2, -1]));
    expect(run([4, -2])).not.toEqual(run([2, -1]));
  });

  it('rolls plain steps back at the merging step', () => {
    const options = { ...OPTIONS, method: 'ondare', mergeEvery: 2, useMerge: false } as const;
    const params = new Float64Array(2);
    const state = createMergingState([0, 0], options);
    mergingStep(params, [1, 1], state, options, 1);
    expect([...params]).toEqual([-1, -1]);
    const keep = { step: Uint8Array.of(1, 0), tau: Uint8Array.of(1, 1) };
    mergingStep(params, [1, 1], state, options, 1, { keep });
    expect([...params]).toEqual([-2, 0]);
  });

  it('draws about the asked share, the same for the same seed', () => {
    const keep = drawKeep(10_000, 0.3, createRng(1, 'keep'));
    const kept = keep.reduce((sum, bit) => sum + bit, 0);
    expect(kept).toBeGreaterThan(2800);
    expect(kept).toBeLessThan(3200);
    expect(drawKeep(10_000, 0.3, createRng(1, 'keep'))).toEqual(keep);
  });
});
