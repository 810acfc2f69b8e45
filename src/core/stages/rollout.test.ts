import { beforeAll, describe, expect, it } from 'vitest';
import { drain, tensorsLeft, tinyModel, toyDataset, toyQuestion } from '../../testing/tinyModel';
import { ValueHead } from '../model/valueHead';
import { createRng } from '../rng';
import { tf } from '../tf';
import { type Actors, checkerScore, promptCycle, rewardModelScore, type Scorer, sampleRollout } from './rollout';
import { seenScores } from './scores';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const QUESTIONS = [toyQuestion(4, 5), toyQuestion(6, 7), toyQuestion(8, 9), toyQuestion(10, 4)];
const SETTINGS = { temperature: 1, topP: 1, maxNewTokens: 5, klCoefficient: 0, gaeLambda: 0.95 };
const firstOnly: Scorer = async (answers) => answers.map((_, i) => (i === 0 ? 1 : 0));

async function rolled(changes: Partial<typeof SETTINGS> = {}, score = firstOnly, referenceSeed = 1) {
  const actors: Actors = { policy: tinyModel(), reference: tinyModel({}, referenceSeed), head: null, score };
  const { ticks, result } = await drain(
    sampleRollout(actors, toyDataset(), QUESTIONS, { ...SETTINGS, ...changes }, createRng(5)),
  );
  actors.policy.dispose();
  actors.reference.dispose();
  return { ticks, ...result };
}

describe('sampleRollout', () => {
  it('whitens the score over all response tokens: by hand', async () => {
    const { answers, sampledTokens } = await rolled();
    const counts = answers.map(({ response }) => response.length);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(sampledTokens);
    const mean = counts[0]! / sampledTokens;
    // Squares of counts[0] tokens at 1 and the others at 0.
    const variance = (counts[0]! * (1 - mean) ** 2 + (sampledTokens - counts[0]!) * mean ** 2) / (sampledTokens - 1);
    answers.forEach(({ advantages, returns, oldValues, response }, i) => {
      const expected = ((i === 0 ? 1 : 0) - mean) / Math.sqrt(variance + 1e-8);
      for (const array of [advantages, returns, oldValues]) expect(array.length).toBe(response.length);
      for (const advantage of advantages) expect(advantage).toBeCloseTo(expected, 5);
      expect([...returns]).toEqual(response.map(() => (i === 0 ? 1 : 0)));
      expect([...oldValues]).toEqual(response.map(() => 0));
    });
  });

  it('prices every token’s way from the reference: the score to go', async () => {
    const { answers } = await rolled({ klCoefficient: 0.5 }, firstOnly, 2);
    for (const { score, returns, oldLogps, refLogps } of answers) {
      let toGo = score;
      for (let t = returns.length - 1; t >= 0; t--) {
        toGo -= 0.5 * (oldLogps[t]! - refLogps[t]!);
        expect(returns[t]).toBeCloseTo(toGo, 5);
      }
      expect(oldLogps).not.toEqual(refLogps);
    }
    // Where the policy is the reference, there is nothing to pay.
    const same = await rolled({ klCoefficient: 0.5 });
    for (const { oldLogps, refLogps } of same.answers) expect(oldLogps).toEqual(refLogps);
  });

  it('keeps the log-probs of the policy that sampled, at temperature 1', async () => {
    const { answers } = await rolled({ temperature: 0.5 });
    const model = tinyModel();
    const scores = await seenScores(model, answers, 4096, 0);
    expect(answers.map(({ oldLogps }) => [...oldLogps])).toEqual(scores.map((row) => [...row]));
    model.dispose();
  });

  it('answers a question that comes twice twice, and the same way for the same seed', async () => {
    const actors: Actors = { policy: tinyModel(), reference: tinyModel(), head: null, score: firstOnly };
    const twice = [QUESTIONS[0]!, QUESTIONS[0]!, QUESTIONS[0]!];
    const roll = async () =>
      (await drain(sampleRollout(actors, toyDataset(), twice, SETTINGS, createRng(1)))).result.answers;
    const texts = (await roll()).map(({ response }) => response.join());
    expect(new Set(texts).size).toBeGreaterThan(1);
    expect((await roll()).map(({ response }) => response.join())).toEqual(texts);
    actors.policy.dispose();
    actors.reference.dispose();
  });

  it('leaves nothing behind, wherever it is left', async () => {
    for (const count of [0, 1, 3, 100]) {
      const left = await tensorsLeft(async () => {
        const head = new ValueHead(16);
        const actors: Actors = { policy: tinyModel(), reference: tinyModel(), head, score: firstOnly };
        const rolling = sampleRollout(actors, toyDataset(), QUESTIONS, SETTINGS, createRng(1));
        for (let i = 0; i < count; i++) await rolling.next();
        await rolling.return(undefined as never);
        for (const one of [head, actors.policy, actors.reference]) one.dispose();
      });
      expect(left).toBe(0);
    }
  });
});

describe('scores', () => {
  const answers = [
    { question: QUESTIONS[0]!, response: [4, 5, 2] },
    { question: QUESTIONS[0]!, response: [4, 5] },
    { question: QUESTIONS[1]!, response: [6, 6, 2] },
  ];

  it('of the checker are 1 and 0; an answer without its end is wrong', async () => {
    expect(await checkerScore(toyDataset())(answers)).toEqual([1, 0, 0]);
    const unknown = toyDataset({ check: () => null });
    expect(await checkerScore(unknown)(answers)).toEqual([0, 0, 0]);
  });

  it('of a reward model are its mean p over the answer; 0 where the rewriting prompt does not fit', async () => {
    const rewardModel = tinyModel({}, 4);
    const dataset = toyDataset();
    const rewriting = answers.map(({ question, response }) => ({
      ...{ prompt: dataset.rewritingPrompt(question, response)!, response },
    }));
    const logps = await seenScores(rewardModel, rewriting, 4096, 0);
    const means = logps.map((row) => row.reduce((sum, logp) => sum + Math.exp(logp), 0) / row.length);
    const scores = await rewardModelScore(rewardModel, dataset)(answers);
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo(means[i]!, 6);
    });
    const tooLong = toyDataset({ rewritingPrompt: () => new Array<number>(40).fill(4) });
    expect(await rewardModelScore(rewardModel, tooLong)(answers)).toEqual([0, 0, 0]);
    rewardModel.dispose();
  });
});

describe('promptCycle', () => {
  it('goes through all questions before one comes again, every time in another order', () => {
    const cycle = promptCycle(QUESTIONS, createRng(2));
    const epochs = Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => cycle.next().value.id));
    for (const epoch of epochs) expect(epoch.toSorted()).toEqual(QUESTIONS.map(({ id }) => id).toSorted());
    expect(new Set(epochs.map((epoch) => epoch.join())).size).toBeGreaterThan(1);
  });
});
