import { beforeAll, describe, expect, it } from 'vitest';
import {
  addWrongResponses,
  changedEntries,
  disposeContext,
  drain,
  eventsOf,
  maskOf,
  TINY_MODEL,
  tensorsLeft,
  tinyWeights,
  toyContext,
} from '../../testing/tinyModel';
import type { RunConfig } from '../config';
import type { RunEvent } from '../events';
import { tf } from '../tf';
import { policyOf, type RunContext } from './context';
import { improving } from './improving';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const MASK = maskOf(TINY_MODEL, {
  'model.embed_tokens.weight': Array.from({ length: 40 }, (_, i) => 64 + 2 * i),
  'model.layers.0.mlp.down_proj.weight': [1, 2, 3],
});

interface Given {
  config?: Partial<RunConfig>;
  prepare?: (context: RunContext) => void;
  left?: number;
}

async function stage({ config, prepare, left = Infinity }: Given = {}) {
  const rate = { improvingSteps: 10, improvingLearningRate: 1e-2, keepShare: 0.5 };
  const context = toyContext({ config: { ...rate, ...config } });
  addWrongResponses(context);
  context.masks.improving = { mask: MASK, selected: 43, total: 1 };
  await drain(context.evaluator.prepare(policyOf(context)));
  prepare?.(context);
  const before = await policyOf(context).weights();
  const events: RunEvent[] = [];
  for await (const event of improving(context)) {
    events.push(event);
    if (events.length === left) break;
  }
  const after = await policyOf(context).weights();
  disposeContext(context);
  return {
    events,
    steps: eventsOf(events, 'step').map(({ metrics }) => metrics),
    changed: changedEntries(before, after),
  };
}

describe('improving', () => {
  it('moves only masked weights and lowers the loss from ln 2', async () => {
    const { steps, changed } = await stage();
    expect(steps[0]!.loss).toBeCloseTo(Math.LN2, 6);
    expect(steps.at(-1)!.loss).toBeLessThan(0.67);
    expect(changed.get('model.layers.0.mlp.down_proj.weight')).toEqual([1, 2, 3]);
    expect([...changed.keys()].toSorted()).toEqual([
      'model.embed_tokens.weight',
      'model.layers.0.mlp.down_proj.weight',
    ]);
    for (const i of changed.get('model.embed_tokens.weight')!)
      expect(MASK.get('model.embed_tokens.weight')![i]).toBe(1);
  });

  it('warms up over 10 %: the first update has rate 0, and all rejected tokens count until one moved the weights', async () => {
    const { steps } = await stage({ config: { improvingSteps: 20 } });
    expect(steps.slice(0, 3).map(({ learningRate }) => learningRate)).toEqual([0, 5e-3, 1e-2]);
    // 3, 4 and 2 rejected tokens: 1 + 2 + 1 are kept at ε = .5.
    const shares = steps.map(({ selectedShare }) => selectedShare!);
    expect(shares.slice(0, 2)).toEqual([1, 1]);
    for (const share of shares.slice(2)) expect(share).toBeCloseTo(4 / 9, 12);
  });

  it('starts again from ln 2 wherever the policy stands: its reference is what it is on entry', async () => {
    const { steps } = await stage({
      prepare(context) {
        const other = tinyWeights(TINY_MODEL, 2).get('model.embed_tokens.weight')!;
        policyOf(context).assign('model.embed_tokens.weight', tf.tensor2d(other, [12, 16]));
      },
    });
    expect(steps[0]!.loss).toBeCloseTo(Math.LN2, 6);
    expect(steps[0]!.margin).toBe(0);
  });

  it('without a mask (the dpo-full arm) moves every tensor', async () => {
    const { changed } = await stage({
      prepare: (context) => {
        context.masks = {};
      },
    });
    expect(changed.size).toBe(tinyWeights().size);
  });

  it('reports log-ratios where there are weighted responses, and none in a plain arm', async () => {
    const reported = eventsOf((await stage()).events, 'log-ratios');
    expect(reported.map(({ stage: name }) => name)).toEqual(['improving']);
    expect(reported[0]!.records.map(({ logRatio }) => logRatio.length)).toEqual([3, 4, 2]);
    // Wrong responses become less likely.
    const total = reported[0]!.records.flatMap(({ logRatio }) => [...logRatio]).reduce((sum, x) => sum + x, 0);
    expect(total).toBeLessThan(-1);
    const { events } = await stage({
      prepare: (context) => {
        context.weighted = [];
      },
    });
    expect(eventsOf(events, 'log-ratios')).toEqual([]);
  });

  it('gives the same run for the same seed', async () => {
    const first = await stage({ config: { batchTokens: 30 } });
    const again = await stage({ config: { batchTokens: 30 } });
    expect(again.steps).toEqual(first.steps);
    const other = await stage({ config: { batchTokens: 30, seed: 2 } });
    expect(other.steps).not.toEqual(first.steps);
  });

  it('leaves no tensor behind, wherever it is left', async () => {
    for (const left of [Infinity, 1, 2, 4, 9]) expect(await tensorsLeft(() => stage({ left }))).toBe(0);
  });
});
