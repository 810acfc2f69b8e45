import { beforeAll, describe, expect, it } from 'vitest';
import {
  addResponse,
  disposeContext,
  drain,
  eventsOf,
  tensorsLeft,
  tinyWeights,
  toyContext,
  toyDataset,
  toyQuestion,
} from '../../testing/tinyModel';
import { presetConfig } from '../presets';
import { tf } from '../tf';
import { hasStarter, mapTicks, notice, policyOf, responseIds, restoreSft, sftModelOf, stage } from './context';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const metrics = (loss: number) => ({ loss, learningRate: 0.1, gradientNorm: 2, tokens: 3 });
const withoutSeconds = ({ seconds, ...rest }: { seconds: number }) => {
  expect(seconds).toBeGreaterThanOrEqual(0);
  return rest;
};

describe('stage', () => {
  it('brackets its body with start and summary, and keeps the first and the last loss', async () => {
    const context = toyContext();
    const events = stage(context, 'warm-up', { total: 3, unit: 'steps' }, async function* (report) {
      for (const [i, loss] of [0.7, 0.9, 0.4].entries()) yield report(i + 1, metrics(loss));
    });
    const { ticks } = await drain(events);
    expect(ticks.map(({ type }) => type)).toEqual(['stage.started', 'step', 'step', 'step', 'stage.done']);
    expect(ticks[0]).toEqual({ type: 'stage.started', stage: 'warm-up', label: 'warm-up', total: 3, unit: 'steps' });
    expect(ticks[2]).toEqual({
      ...{ type: 'step', stage: 'warm-up', series: 'warm-up', step: 2, total: 3, metrics: metrics(0.9) },
      milliseconds: expect.any(Number),
    });
    const [done] = eventsOf(ticks, 'stage.done');
    const expected = { name: 'warm-up', steps: 3, firstLoss: 0.7, lastLoss: 0.4 };
    expect(withoutSeconds(done!.summary)).toEqual(expected);
    expect(context.summaries.get('warm-up')).toMatchObject(expected);
    disposeContext(context);
  });

  it('times a step from when the run was asked to go on: pauses do not count', async () => {
    const context = toyContext();
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const events = stage(context, 'warm-up', { total: 2, unit: 'steps' }, async function* (report) {
      for (const step of [1, 2]) {
        await wait(20);
        yield report(step, metrics(1));
      }
    });
    const steps: number[] = [];
    for await (const event of events) {
      if (event.type === 'step') steps.push(event.milliseconds);
      await wait(150);
    }
    for (const milliseconds of steps) {
      expect(milliseconds).toBeGreaterThan(15);
      expect(milliseconds).toBeLessThan(150);
    }
    expect(context.summaries.get('warm-up')!.seconds).toBeLessThan(0.3);
    disposeContext(context);
  });

  it('adds up a stage that is entered twice, and has no loss where nothing was trained', async () => {
    const context = toyContext();
    const once = () => stage(context, 'evaluation', { total: 1, unit: 'answers' }, async function* () {});
    await drain(once());
    context.summaries.get('evaluation')!.seconds = 100;
    const { ticks } = await drain(once());
    const { summary } = eventsOf(ticks, 'stage.done')[0]!;
    expect(summary.seconds).toBeGreaterThanOrEqual(100);
    expect(withoutSeconds(summary)).toEqual({ name: 'evaluation', steps: 0, firstLoss: null, lastLoss: null });
    disposeContext(context);
  });
});

describe('the models of a run', () => {
  it('has no policy before SFT, and one SFT model beside it', async () => {
    const left = await tensorsLeft(async () => {
      const context = toyContext();
      expect(sftModelOf(context)).toBe(sftModelOf(context));
      expect(await sftModelOf(context).weights()).toEqual(context.sft);
      disposeContext(context);
      context.model = null;
      expect(() => policyOf(context)).toThrow('There is no model yet.');
    });
    expect(left).toBe(0);
  });

  it('puts the SFT weights back bit for bit, leaving no tensor', async () => {
    const context = toyContext();
    const model = policyOf(context);
    const left = await tensorsLeft(async () => {
      for (const [name, parameter] of model.parameters) model.assign(name, tf.add(parameter, 0.1));
      expect(await model.weights()).not.toEqual(tinyWeights());
      restoreSft(context);
    });
    expect(left).toBe(0);
    expect(await model.weights()).toEqual(tinyWeights());
    disposeContext(context);
  });

  it('starts from the shipped checkpoint only with the built-in tasks of Tiny and Default', () => {
    const builtin = toyDataset();
    const imported = toyDataset({ teacher: 'gold as rewrite' });
    expect(hasStarter({ config: presetConfig('tiny'), dataset: builtin, given: null })).toBe(true);
    expect(hasStarter({ config: presetConfig('default'), dataset: builtin, given: null })).toBe(true);
    expect(hasStarter({ config: presetConfig('scratch'), dataset: builtin, given: null })).toBe(false);
    expect(hasStarter({ config: presetConfig('large'), dataset: builtin, given: null })).toBe(false);
    expect(hasStarter({ config: presetConfig('tiny'), dataset: imported, given: null })).toBe(false);
  });
});

describe('small parts', () => {
  it('maps ticks to events, drops nulls and passes the result on', async () => {
    async function* source() {
      yield 1;
      yield 2;
      yield 3;
      return 'end';
    }
    const events = mapTicks(source(), (n) => (n === 2 ? null : notice('info', null, `${n}`)));
    const { ticks, result } = await drain(events);
    expect(ticks).toEqual(['1', '3'].map((text) => ({ type: 'notice', level: 'info', stage: null, text })));
    expect(result).toBe('end');
  });

  it('finds a response’s record by question and text: the same text of another question is another record', () => {
    const context = toyContext();
    const [first, second] = [toyQuestion(4, 5), toyQuestion(6, 7)];
    for (const question of [first, second])
      for (const tokens of [
        [4, 2],
        [5, 2],
      ])
        addResponse(context, question, tokens);
    const ask = (question: typeof first, response: number[]) => ({ question, response, better: null });
    expect(responseIds(context, [ask(second, [5, 2]), ask(first, [5, 2]), ask(second, [4, 2])])).toEqual([3, 1, 2]);
    disposeContext(context);
  });
});
