import { beforeAll, expect, test } from 'vitest';
import {
  addWrongResponses,
  disposeContext,
  drain,
  eventsOf,
  TINY_MODEL,
  TOY,
  tensorsLeft,
  tinyWeights,
  toyContext,
} from '../../testing/tinyModel';
import { tf } from '../tf';
import { packExamples } from './batches';
import { notice, policyOf } from './context';
import { exampleOf, responseLogps, tokensOf, withLogRatios } from './logRatios';
import { batchLogps } from './trainStep';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test('log-probs of every response token, whatever the batches', async () => {
  const context = toyContext();
  addWrongResponses(context);
  const items = context.weighted;
  // Prompts of 4 with responses of 3, 4 and 2 tokens: 7, 8 and 6.
  expect(items.map(tokensOf)).toEqual([7, 8, 6]);
  const { ticks, result } = await drain(responseLogps(policyOf(context), items, 15, TOY.pad));
  expect(ticks).toEqual([
    { kind: 'reference', done: 2, total: 3, tokens: 15 },
    { kind: 'reference', done: 3, total: 3, tokens: 21 },
  ]);
  for (const item of items) {
    const alone = await batchLogps(policyOf(context), packExamples([exampleOf(item)], TOY.pad));
    expect(result.get(item)).toHaveLength(item.response.length);
    result.get(item)!.forEach((logp, t) => {
      expect(logp).toBeCloseTo(alone[t]!, 5);
    });
  }
  disposeContext(context);
});

test('the log-ratio is the log-prob after the stage less the one before, by response record', async () => {
  const left = await tensorsLeft(async () => {
    const context = toyContext();
    addWrongResponses(context);
    const model = policyOf(context);
    const logps = async () => (await drain(responseLogps(model, context.weighted, 1024, TOY.pad))).result;
    const before = await logps();
    const other = tinyWeights(TINY_MODEL, 2).get('model.embed_tokens.weight')!;
    async function* change() {
      yield notice('info', null, 'inside');
      model.assign('model.embed_tokens.weight', tf.tensor2d(other, [12, 16]));
    }
    const { ticks } = await drain(withLogRatios(context, 'improving', change()));
    const after = await logps();
    expect(ticks.map(({ type }) => type)).toEqual(['notice', 'log-ratios']);
    const [event] = eventsOf(ticks, 'log-ratios');
    expect(event!.stage).toBe('improving');
    expect(event!.records.map(({ responseId }) => responseId)).toEqual([0, 1, 2]);
    context.weighted.forEach((item, i) => {
      event!.records[i]!.logRatio.forEach((ratio, t) => {
        expect(ratio).toBeCloseTo(after.get(item)![t]! - before.get(item)![t]!, 5);
      });
    });
    expect(Math.max(...event!.records[0]!.logRatio.map(Math.abs))).toBeGreaterThan(0.1);
    disposeContext(context);
  });
  expect(left).toBe(0);
});
