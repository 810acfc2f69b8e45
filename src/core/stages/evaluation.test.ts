import { beforeAll, expect, test } from 'vitest';
import {
  addWrongResponses,
  disposeContext,
  drain,
  eventsOf,
  TINY_MODEL,
  tensorsLeft,
  tinyWeights,
  toyContext,
} from '../../testing/tinyModel';
import { tf } from '../tf';
import { policyOf } from './context';
import { evaluation } from './evaluation';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test('before: the SFT model, KL 0, nothing moved; after: the same measures, the pairs and the dangers', async () => {
  const left = await tensorsLeft(async () => {
    const context = toyContext();
    const first = (await drain(evaluation(context, 'before'))).ticks;
    const [before] = eventsOf(first, 'evaluation');
    expect(before).toMatchObject({ moment: 'before' });
    expect(before!.result).toMatchObject({ klToSft: 0, movedPercent: 0, dpoLoss: null, margin: null, dangers: [] });
    expect(before!.result.stylePercent).toBeNull();

    addWrongResponses(context);
    const model = policyOf(context);
    const other = tinyWeights(TINY_MODEL, 2).get('model.embed_tokens.weight')!;
    model.assign('model.embed_tokens.weight', tf.tensor2d(other, [12, 16]));
    const second = (await drain(evaluation(context, 'after'))).ticks;
    const [after] = eventsOf(second, 'evaluation');
    const { result } = after!;
    expect(result.klToSft).toBeGreaterThan(0.15);
    const total = [...context.sft.values()].reduce((sum, { length }) => sum + length, 0);
    expect(result.movedPercent).toBeCloseTo((100 * 192) / total, 10);
    expect(result.margin).not.toBe(0);
    expect(result.dangers[0]).toContain('above 0.15');
    expect(result.goldLogp).not.toBe(before!.result.goldLogp);
    expect(context.evaluations).toEqual({ before: before!.result, after: result });
    expect(context.summaries.get('evaluation')).toMatchObject({ steps: 0, firstLoss: null, lastLoss: null });
    for (const event of eventsOf(second, 'stage.progress')) {
      expect([event.stage, event.label]).toEqual(['evaluation', 'after']);
      // The sampled answers themselves are nobody's progress.
      expect(Object.keys(event).toSorted()).toEqual(['done', 'label', 'stage', 'tokens', 'total', 'type']);
    }
    disposeContext(context);
  });
  expect(left).toBe(0);
});

test('the unchanged model after: loss ln 2, margin 0, the same accuracies as before', async () => {
  const context = toyContext({ config: { styleBias: true } });
  await drain(evaluation(context, 'before'));
  addWrongResponses(context);
  await drain(evaluation(context, 'after'));
  const { before, after } = context.evaluations;
  expect(after!.dpoLoss).toBeCloseTo(Math.LN2, 12);
  expect(after).toMatchObject({ margin: 0, klToSft: 0, movedPercent: 0, dangers: [], goldLogp: before!.goldLogp });
  expect(after!.families).toEqual(before!.families);
  expect(after!.stylePercent).toBe(before!.stylePercent);
  expect(after!.stylePercent).not.toBeNull();
  disposeContext(context);
});

test('leaves no tensor behind when it is left while sampling', async () => {
  for (const count of [2, 3, 12]) {
    const left = await tensorsLeft(async () => {
      const context = toyContext();
      const events = evaluation(context, 'before');
      for (let i = 0; i < count; i++) await events.next();
      await events.return();
      disposeContext(context);
    });
    expect(left, `left after ${count} events`).toBe(0);
  }
});
