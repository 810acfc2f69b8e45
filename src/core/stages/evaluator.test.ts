import { beforeAll, describe, expect, it } from 'vitest';
import {
  drain,
  TINY_MODEL,
  TOY,
  tensorsLeft,
  tinyModel,
  tinyWeights,
  toyConfig,
  toyDataset,
  toyQuestion,
} from '../../testing/tinyModel';
import type { Dataset } from '../data/dataset';
import type { PreferencePair } from '../data/pairs';
import { tf } from '../tf';
import { packExamples } from './batches';
import {
  accuracyPercent,
  dangerSentences,
  Evaluator,
  type EvaluatorOptions,
  KL_DANGER,
  meanKl,
  movedPercent,
} from './evaluator';
import { pairLogps } from './preference';
import { batchLogps } from './trainStep';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const logs = (...values: number[]): Float32Array => Float32Array.from(values, Math.log);

describe('meanKl', () => {
  it('is Σ p (log p − log q), mean over the rows: by hand', () => {
    // ½ ln(½ / ¼) + ½ ln(½ / ¾) = ½ ln(4/3)
    const once = Math.log(4 / 3) / 2;
    expect(meanKl(logs(0.5, 0.5), logs(0.25, 0.75), 2)).toBeCloseTo(once, 6);
    expect(meanKl(logs(0.5, 0.5, 0.1, 0.9), logs(0.25, 0.75, 0.1, 0.9), 2)).toBeCloseTo(once / 2, 6);
    // It is not symmetric: ¼ ln ½ + ¾ ln 3/2.
    const other = 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5);
    expect(meanKl(logs(0.25, 0.75), logs(0.5, 0.5), 2)).toBeCloseTo(other, 6);
    expect(meanKl(logs(0.3, 0.7), logs(0.3, 0.7), 2)).toBe(0);
    expect(meanKl(new Float32Array(0), new Float32Array(0), 2)).toBe(0);
  });
});

describe('movedPercent', () => {
  it('counts entries with another value over all tensors', () => {
    const sft = new Map([
      ['a', Float32Array.of(1, 2, 3)],
      ['b', Float32Array.of(4, 5, 6, 7, 8)],
    ]);
    expect(movedPercent(sft, new Map(sft))).toBe(0);
    const moved = new Map([...sft].map(([name, values]) => [name, values.slice()]));
    moved.get('b')![2] = 6.0000005; // the next float32
    expect(movedPercent(sft, moved)).toBe(12.5);
    moved.get('a')!.fill(0);
    expect(movedPercent(sft, moved)).toBe(50);
  });
});

describe('accuracyPercent', () => {
  const questions = [toyQuestion(4, 5), toyQuestion(6, 7)];

  it('counts every answer of every question', () => {
    const answers = [[questions[0]!.gold!.slice(), [4, TOY.eos]], [[6, 7]]];
    expect(accuracyPercent(toyDataset(), questions, answers)).toBeCloseTo(100 / 3, 12);
  });

  it('leaves out what cannot be checked, and is null where nothing can', () => {
    const answers = [[[4]], [[6]]];
    const check: Dataset['check'] = ({ text }) => (text === 'a b' ? null : true);
    expect(accuracyPercent(toyDataset({ check }), questions, answers)).toBe(100);
    expect(accuracyPercent(toyDataset({ check: () => null }), questions, answers)).toBeNull();
    expect(accuracyPercent(toyDataset(), [], [])).toBeNull();
  });
});

describe('dangerSentences', () => {
  it('speaks above .15 nats of KL and after a fall of more than one nat, not at the limits', () => {
    expect(dangerSentences({ klToSft: KL_DANGER, goldLogp: -3 }, -2)).toEqual([]);
    expect(dangerSentences({ klToSft: 0.1501, goldLogp: null }, null)).toEqual([
      'KL to SFT is 0.150 nats per token, above 0.15: the model has moved far.',
    ]);
    expect(dangerSentences({ klToSft: 0, goldLogp: -3.5 }, -2.25)).toEqual([
      'Log p of the gold answers fell by 1.25 nats per response (from -2.25): right answers are being forgotten.',
    ]);
    expect(dangerSentences({ klToSft: 9, goldLogp: -9 }, -1)).toHaveLength(2);
    expect(dangerSentences({ klToSft: 0, goldLogp: -1 }, -9)).toEqual([]);
    expect(dangerSentences({ klToSft: 0, goldLogp: -9 }, null)).toEqual([]);
  });
});

describe('Evaluator', () => {
  const options = (changes: Partial<EvaluatorOptions> = {}): EvaluatorOptions => ({ ...toyConfig(), ...changes });
  const prepared = async (dataset = toyDataset(), changes: Partial<EvaluatorOptions> = {}) => {
    const sft = tinyModel();
    const evaluator = new Evaluator(dataset, options(changes));
    await drain(evaluator.prepare(sft));
    return { sft, evaluator };
  };

  it('finds KL exactly 0 from the SFT model to itself, and the mean log p of the gold answers', async () => {
    const { sft, evaluator } = await prepared();
    const { klToSft, goldLogp } = await evaluator.drift(sft);
    expect(klToSft).toBe(0);
    const questions = toyDataset().evaluationQuestions('toy', 'held-out', 9);
    let total = 0;
    for (const { prompt, gold } of questions) {
      const logps = await batchLogps(sft, packExamples([{ prompt, response: gold! }], TOY.pad));
      total += logps.reduce((sum, x) => sum + x, 0) / 9;
    }
    expect(goldLogp).toBeCloseTo(total, 4);
    sft.dispose();
  });

  it('finds a positive KL to another model, the same every time, and no gold where none is known', async () => {
    const unknown = toyDataset();
    const evaluationQuestions: Dataset['evaluationQuestions'] = (...args) =>
      unknown.evaluationQuestions(...args).map((question) => ({ ...question, gold: null }));
    const { sft, evaluator } = await prepared(toyDataset({ evaluationQuestions }));
    const other = tinyModel({}, 2);
    const drift = await evaluator.drift(other);
    expect(drift.klToSft).toBeGreaterThan(0.1);
    expect(drift.goldLogp).toBeNull();
    expect(await evaluator.drift(other)).toEqual(drift);
    expect((await (await prepared()).evaluator.drift(other)).klToSft).toBe(drift.klToSft);
    other.dispose();
    sft.dispose();
  });

  it('is uniform against the KL by hand: a model with a zero head', async () => {
    const { sft, evaluator } = await prepared();
    const uniform = tinyModel();
    uniform.assign('model.norm.weight', tf.zeros([16]));
    const { klToSft, goldLogp } = await evaluator.drift(uniform);
    // log p = −ln 12 for each of the three gold tokens; KL to it = ln 12 − entropy, between 0 and ln 12.
    expect(goldLogp).toBeCloseTo(-3 * Math.log(12), 4);
    expect(klToSft).toBeGreaterThan(0);
    expect(klToSft).toBeLessThan(Math.log(12));
    uniform.dispose();
    sft.dispose();
  });

  it('measures every family: greedy for all, sampled for the aligned one, the style when asked', async () => {
    // The first nine questions are a a … a g, b a, b b: seven of them begin with a.
    const check: Dataset['check'] = ({ text }) => text.startsWith('a');
    const dataset = toyDataset({ check, hasBiasedStyle: (response) => response.length > 0 });
    const { sft, evaluator } = await prepared(dataset, { otherPrompts: 3, heldOutPrompts: 9 });
    const { result } = await drain(evaluator.evaluate(sft, tinyWeights(), true));
    expect(result.families).toEqual({
      toy: { prompts: 9, greedy: (100 * 7) / 9, sampled: (100 * 7) / 9, right: '111111100' },
      other: { prompts: 3, greedy: 100, sampled: null, right: '111' },
    });
    expect(result).toMatchObject({ klToSft: 0, movedPercent: 0, stylePercent: 100, dpoLoss: null, margin: null });
    const other = tinyModel({}, 2);
    const plain = (await drain(evaluator.evaluate(other, tinyWeights(), false))).result;
    expect(plain.stylePercent).toBeNull();
    // All but the norms, whose weights are 1 in both: 5 · 16 of them.
    const total = [...tinyWeights().values()].reduce((sum, { length }) => sum + length, 0);
    expect(plain.movedPercent).toBeCloseTo((100 * (total - 80)) / total, 10);
    other.dispose();
    sft.dispose();
  });

  it('leaves out a family without prompts, and gives null where answers are unknown', async () => {
    const { sft, evaluator } = await prepared(toyDataset({ check: () => null }), { otherPrompts: 0 });
    const { result } = await drain(evaluator.evaluate(sft, tinyWeights(), false));
    expect(result.families).toEqual({ toy: { prompts: 9, greedy: null, sampled: null, right: '' } });
    sft.dispose();
  });

  it('takes loss and margin of the pairs against the SFT model: ln 2 for itself, by hand for another', async () => {
    const { sft, evaluator } = await prepared(toyDataset(), { beta: 0.5 });
    const pairs: PreferencePair[] = [toyQuestion(4, 5), toyQuestion(6, 7)].map((question, i) => ({
      ...{ question, chosen: question.gold!, rejected: [8 + i, TOY.eos], chosenSource: 'sample' },
    }));
    const itself = (await drain(evaluator.pairScores(sft, pairs))).result;
    expect(itself.dpoLoss).toBeCloseTo(Math.LN2, 12);
    expect(itself.margin).toBe(0);
    const other = tinyModel({}, 2);
    const scores = (await drain(evaluator.pairScores(other, pairs))).result;
    const rows = async (model: typeof sft) => (await drain(pairLogps(model, pairs, 4096, TOY.pad))).result;
    const [then, now] = [await rows(sft), await rows(other)];
    const sum = (values: Float32Array) => values.reduce((total, x) => total + x, 0);
    const margins = pairs.map((pair) => {
      const side = (which: 'chosen' | 'rejected') => sum(now.get(pair)![which]) - sum(then.get(pair)![which]);
      return 0.5 * (side('chosen') - side('rejected'));
    });
    expect(scores.margin).toBeCloseTo((margins[0]! + margins[1]!) / 2, 5);
    const losses = margins.map((z) => Math.log(1 + Math.exp(-z)));
    expect(scores.dpoLoss).toBeCloseTo((losses[0]! + losses[1]!) / 2, 5);
    expect((await drain(evaluator.pairScores(other, []))).result).toEqual({ dpoLoss: null, margin: null });
    other.dispose();
    sft.dispose();
  });

  it('leaves no tensor behind, also when it is left in the middle', async () => {
    const left = await tensorsLeft(async () => {
      const { sft, evaluator } = await prepared();
      await drain(evaluator.evaluate(sft, tinyWeights(TINY_MODEL), false));
      const stopped = evaluator.evaluate(sft, tinyWeights(), false);
      await stopped.next();
      await stopped.next();
      await stopped.return(undefined as never);
      sft.dispose();
    });
    expect(left).toBe(0);
  });
});
