import { beforeAll, describe, expect, it } from 'vitest';
import {
  addResponse,
  addWrongResponses,
  changedEntries,
  disposeContext,
  drain,
  eventsOf,
  maskOf,
  TINY_MODEL,
  TOY,
  tensorsLeft,
  tinyModel,
  toyContext,
  toyQuestion,
} from '../../testing/tinyModel';
import type { RunConfig } from '../config';
import type { Example } from '../data/dataset';
import { Adamw } from '../optim/adamw';
import { createSchedule } from '../optim/schedule';
import { createRng } from '../rng';
import { tf } from '../tf';
import { packExamples } from './batches';
import { policyOf, type RunContext } from './context';
import { imitatedExamples, trainImitation } from './imitation';
import { improving } from './improving';
import { batchLogps } from './trainStep';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const example = (first: number, second: number, response: number[]): Example => ({
  prompt: toyQuestion(first, second).prompt,
  response,
});
const EXAMPLES = [example(4, 5, [4, 5, TOY.eos]), example(6, 7, [7, 7, 7, TOY.eos]), example(8, 9, [9, TOY.eos])];
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, x) => total + x, 0);

async function train({ steps = 5, rate = 1e-2, batchTokens = 1024, accumulate = 1 } = {}) {
  const model = tinyModel();
  const optimiser = new Adamw(model);
  const logps = async () =>
    Promise.all(EXAMPLES.map(async (one) => sum(await batchLogps(model, packExamples([one], TOY.pad)))));
  const before = await logps();
  const schedule = createSchedule({ kind: 'constant', baseRate: rate, totalSteps: steps, warmupRatio: 0 });
  const options = { steps, schedule, batchTokens, accumulate, clipNorm: 1, padId: TOY.pad, rng: createRng(1) };
  const { ticks } = await drain(trainImitation(model, optimiser, EXAMPLES, options));
  const after = await logps();
  optimiser.dispose();
  model.dispose();
  return { steps: ticks.flatMap((tick) => (tick.kind === 'step' ? [tick.metrics] : [])), before, after };
}

describe('trainImitation', () => {
  it('begins at the mean of −log p over all tokens of the batch', async () => {
    const { steps, before } = await train();
    // 3 + 4 + 2 response tokens, prompts of 4.
    expect(steps[0]!.loss).toBeCloseTo(-sum(before) / 9, 5);
    expect(steps[0]!.tokens).toBe(3 * 4 + 9);
    expect(steps[0]!.learningRate).toBe(1e-2);
    expect(steps[0]!.gradientNorm).toBeGreaterThan(0);
  });

  it('one small step raises what it learns; many overfit it', async () => {
    const once = await train({ steps: 1, rate: 1e-4 });
    expect(sum(once.after)).toBeGreaterThan(sum(once.before) + 1e-2);
    const { steps } = await train({ steps: 60 });
    expect(steps.at(-1)!.loss).toBeLessThan(0.05);
  });

  it('fills batches with whole answers in shuffled epochs', async () => {
    // Two of 6, 7 and 8 tokens fit, three do not.
    const { steps } = await train({ steps: 4, batchTokens: 15 });
    const tokens = steps.map((step) => step.tokens);
    expect(tokens[0]! + tokens[1]!).toBe(21);
    expect(tokens[2]! + tokens[3]!).toBe(21);
  });

  it('is the same in parts', async () => {
    const [whole, parts] = [await train({ steps: 3 }), await train({ steps: 3, accumulate: 2 })];
    whole.steps.forEach(({ loss, gradientNorm }, i) => {
      expect(parts.steps[i]!.loss).toBeCloseTo(loss, 5);
      expect(parts.steps[i]!.gradientNorm).toBeCloseTo(gradientNorm, 4);
    });
  });
});

/** Right and wrong answers to two questions, one of them twice. */
function answered(config: Partial<RunConfig>): RunContext {
  const context = toyContext({ config });
  const [a, b] = [toyQuestion(4, 5), toyQuestion(6, 7)];
  addResponse(context, a, [4, 5, TOY.eos]);
  addResponse(context, a, [4, 9, TOY.eos]);
  addResponse(context, b, [11, 7, TOY.eos]);
  addResponse(context, b, [6, 7]);
  return context;
}

describe('what is imitated', () => {
  const examplesOf = (context: RunContext) => {
    const examples = imitatedExamples(context);
    disposeContext(context);
    return examples;
  };

  it('SFT: the gold answer of every training question', () => {
    expect(examplesOf(answered({ method: 'sft' }))).toEqual([
      example(4, 5, [4, 5, TOY.eos]),
      example(6, 7, [6, 7, TOY.eos]),
    ]);
  });

  it('RFT: the different right answers that ended', () => {
    const context = answered({ method: 'rft' });
    context.responses[2]!.correct = true;
    context.responses[3]!.correct = true;
    context.responses.push({ ...context.responses[0]!, id: 4 });
    expect(examplesOf(context)).toEqual([example(4, 5, [4, 5, TOY.eos]), example(6, 7, [11, 7, TOY.eos])]);
  });

  it('RFT under a style bias: only those in the style', () => {
    const context = answered({ method: 'rft', styleBias: true });
    context.responses[2]!.correct = true;
    expect(examplesOf(context)).toEqual([example(6, 7, [11, 7, TOY.eos])]);
  });

  it('of a file with pairs: each chosen response once', () => {
    const context = toyContext({ config: { method: 'sft' }, dataset: { givenPairs: [] } });
    addWrongResponses(context);
    const { pairs } = context.pairSet!;
    context.pairSet = { ...context.pairSet!, pairs: [...pairs, { ...pairs[0]!, rejected: [9, TOY.eos] }] };
    expect(examplesOf(context)).toEqual([
      example(4, 5, [4, 5, TOY.eos]),
      example(6, 7, [6, 7, TOY.eos]),
      example(8, 9, [8, 9, TOY.eos]),
    ]);
  });
});

describe('the stage', () => {
  const MASK = maskOf(TINY_MODEL, { 'model.layers.0.mlp.down_proj.weight': [1, 2, 3] });
  async function stage(config: Partial<RunConfig>, isMasked = false) {
    const context = answered({ improvingSteps: 40, improvingLearningRate: 1e-2, ...config });
    if (isMasked) context.masks.improving = { mask: MASK, selected: 3, total: 1 };
    await drain(context.evaluator.prepare(policyOf(context)));
    const before = await policyOf(context).weights();
    const events = (await drain(improving(context))).ticks;
    const after = await policyOf(context).weights();
    disposeContext(context);
    return {
      steps: eventsOf(events, 'step').map(({ metrics }) => metrics),
      changed: changedEntries(before, after),
    };
  }

  it.each(['sft', 'rft'] as const)('%s warms up over 3 %% and learns; lr × scales its rate', async (method) => {
    const { steps, changed } = await stage({ method });
    expect(steps.map(({ learningRate }) => learningRate).slice(0, 3)).toEqual([0, 5e-3, 1e-2]);
    expect(steps.at(-1)!.loss).toBeLessThan(0.3 * steps[0]!.loss);
    expect(changed.size).toBeGreaterThan(10);
    const fast = await stage({ method, rateFactor: 3, improvingSteps: 3 });
    expect(fast.steps.map(({ learningRate }) => learningRate).slice(0, 2)).toEqual([0, 3e-2]);
  });

  it('moves masked weights only', async () => {
    const { changed } = await stage({ method: 'rft' }, true);
    expect(changed).toEqual(new Map([['model.layers.0.mlp.down_proj.weight', [1, 2, 3]]]));
  });

  it('says what to do where there is no right answer, and leaves nothing behind', async () => {
    const nothing = async () => {
      const context = toyContext({ config: { method: 'rft' } });
      await expect(improving(context).next()).rejects.toThrow(/^RFT has nothing to learn/);
      disposeContext(context);
    };
    expect(await tensorsLeft(nothing)).toBe(0);
    expect(await tensorsLeft(() => stage({ method: 'sft', improvingSteps: 2 }))).toBe(0);
  });
});
