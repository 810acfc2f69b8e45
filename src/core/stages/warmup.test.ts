import { beforeAll, expect, test } from 'vitest';
import {
  addWrongResponses,
  changedEntries,
  disposeContext,
  drain,
  eventsOf,
  tensorsLeft,
  tinyWeights,
  toyContext,
} from '../../testing/tinyModel';
import type { RunEvent } from '../events';
import { tf } from '../tf';
import { policyOf } from './context';
import { warmup } from './warmup';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

async function run(seed = 1) {
  const context = toyContext({ config: { seed, warmupSteps: 10, warmupLearningRate: 1e-3, batchTokens: 30 } });
  addWrongResponses(context);
  await drain(context.evaluator.prepare(policyOf(context)));
  const events: RunEvent[] = (await drain(warmup(context))).ticks;
  const trained = await policyOf(context).weights();
  disposeContext(context);
  return { events, trained, sft: context.sft };
}

test('plain DPO on all weights: every tensor moves, by no more than Adam’s rates allow', async () => {
  const { events, trained, sft } = await run();
  const steps = eventsOf(events, 'step').map(({ metrics }) => metrics);
  expect(steps[0]).toMatchObject({ learningRate: 0, margin: 0, accuracy: 0 });
  expect(steps[0]!.loss).toBeCloseTo(Math.LN2, 6);
  expect(steps.map(({ selectedShare }) => selectedShare)).toEqual(Array(10).fill(1));
  expect(changedEntries(sft, trained).size).toBe(sft.size);
  // Of an entry with a fresh Adam, an update is at most lr · (1 − β₁) / sqrt(1 − β₂) = 3.2 lr, mostly below lr.
  const most = 3.2 * steps.reduce((sum, { learningRate }) => sum + learningRate, 0);
  for (const [name, values] of sft)
    for (const [i, before] of values.entries()) expect(Math.abs(trained.get(name)![i]! - before)).toBeLessThan(most);
  // The context's SFT weights are still the ones it started from.
  expect(sft).toEqual(tinyWeights());
});

test('same seed, same θ′, bit for bit; nothing is left behind', async () => {
  const runs: Awaited<ReturnType<typeof run>>[] = [];
  const left = await tensorsLeft(async () => {
    for (const seed of [1, 1, 2]) runs.push(await run(seed));
  });
  expect(left).toBe(0);
  expect(runs[1]!.trained).toEqual(runs[0]!.trained);
  expect(runs[2]!.trained).not.toEqual(runs[0]!.trained);
});

test('keeps the sums of the gradients, which the event tells in copies', async () => {
  const context = toyContext({ config: { warmupSteps: 3, batchTokens: 30 } });
  addWrongResponses(context);
  await drain(context.evaluator.prepare(policyOf(context)));
  const { ticks } = await drain(warmup(context));
  disposeContext(context);
  const told = eventsOf(ticks, 'moments')[0]!.gradients!;
  expect(told).toEqual([...context.gradientSums!.values()]);
  expect(told.some((values) => values.some((value) => value !== 0))).toBe(true);
  for (const values of told) values.fill(0);
  expect(context.gradientSums!.get('model.norm.weight')!.some((value) => value !== 0)).toBe(true);
});
