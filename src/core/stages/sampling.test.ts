import { beforeAll, describe, expect, it } from 'vitest';
import {
  disposeContext,
  drain,
  eventsOf,
  TOY,
  tensorsLeft,
  tinyModel,
  toyContext,
  toyQuestion,
} from '../../testing/tinyModel';
import { createRng } from '../rng';
import { tf } from '../tf';
import { type SamplingOptions, sampleAnswers, sampling } from './sampling';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const options = (changes: Partial<SamplingOptions> = {}): SamplingOptions => ({
  ...{ temperature: 1, topP: 1, maxNewTokens: 6, samplesPerPrompt: 3, endIds: [TOY.eos], padId: TOY.pad },
  ...changes,
});
const QUESTIONS = [toyQuestion(4, 5), toyQuestion(6, 7), toyQuestion(8, 9), toyQuestion(10, 4)];

describe('sampleAnswers', () => {
  it('gives the same answers for the same seed, and others for another', async () => {
    const model = tinyModel();
    const draw = async (seed: number) =>
      (await drain(sampleAnswers(model, QUESTIONS, options(), createRng(seed)))).result;
    const first = await draw(1);
    expect(first.map((answers) => answers.length)).toEqual([3, 3, 3, 3]);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
    expect(new Set(first.flat().map((ids) => ids.join())).size).toBeGreaterThan(6);
    model.dispose();
  });

  it('answers a question the same whatever else is in the batch', async () => {
    const model = tinyModel();
    const rng = createRng(1, 'samples');
    const together = await drain(sampleAnswers(model, QUESTIONS, options(), rng));
    for (const [i, question] of QUESTIONS.entries()) {
      const alone = await drain(sampleAnswers(model, [question], options(), rng));
      expect(alone.result[0]).toEqual(together.result[i]);
      const fewer = await drain(sampleAnswers(model, [question], options({ samplesPerPrompt: 1 }), rng));
      expect(fewer.result[0]![0]).toEqual(together.result[i]![0]);
    }
    const reversed = await drain(sampleAnswers(model, QUESTIONS.toReversed(), options(), rng));
    expect(reversed.result.toReversed()).toEqual(together.result);
    model.dispose();
  });

  it('stops at EOS, keeps it, and cuts what does not end', async () => {
    const model = tinyModel();
    const { result } = await drain(sampleAnswers(model, QUESTIONS, options({ samplesPerPrompt: 20 }), createRng(3)));
    const answers = result.flat();
    const ended = answers.filter((ids) => ids.at(-1) === TOY.eos);
    for (const ids of ended) expect(ids.indexOf(TOY.eos)).toBe(ids.length - 1);
    for (const ids of answers) if (!ended.includes(ids)) expect(ids).toHaveLength(6);
    expect(ended.length).toBeGreaterThan(5);
    expect(ended.length).toBeLessThan(answers.length);
    model.dispose();
  });

  it('is greedy at temperature 0 and nearly so at a tiny top-p', async () => {
    const model = tinyModel();
    const draw = (changes: Partial<SamplingOptions>, seed: number) =>
      drain(sampleAnswers(model, QUESTIONS, options(changes), createRng(seed)));
    const greedy = (await draw({ temperature: 0 }, 1)).result;
    for (const answers of greedy) expect(new Set(answers.map((ids) => ids.join())).size).toBe(1);
    expect((await draw({ temperature: 0 }, 2)).result).toEqual(greedy);
    expect((await draw({ topP: 0.01 }, 2)).result).toEqual(greedy);
    model.dispose();
  });

  it('counts answers and tokens up to the end, over several batches', async () => {
    const model = tinyModel();
    const questions = Array.from({ length: 100 }, (_, i) => ({ ...QUESTIONS[i % 4]!, id: `q${i}` }));
    const { ticks, result } = await drain(sampleAnswers(model, questions, options(), createRng(4)));
    const done = ticks.map((tick) => tick.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(ticks.at(-1)).toMatchObject({ done: 300, total: 300 });
    expect(result.map((answers) => answers.length)).toEqual(Array(100).fill(3));
    // Every new token but the EOS.
    const isOpen = (id: number) => id !== TOY.eos;
    expect(ticks.at(-1)!.tokens).toBe(result.flat(2).filter(isOpen).length);
    const finished = ticks.flatMap((tick) => tick.finished);
    expect(finished).toHaveLength(300);
    for (const { question, response } of finished) expect(result[question]).toContainEqual(response);
    model.dispose();
  });

  it('asks for no more new tokens than there are positions', async () => {
    const model = tinyModel();
    const never = options({ maxNewTokens: 512, endIds: [], samplesPerPrompt: 1 });
    const { result } = await drain(sampleAnswers(model, QUESTIONS, never, createRng(1)));
    // 32 positions, prompts of 4.
    expect(result.map(([ids]) => ids!.length)).toEqual([28, 28, 28, 28]);
    model.dispose();
  });

  it('refuses prompts that do not fit, and leaves no tensor when left in the middle', async () => {
    const model = tinyModel();
    const full = { ...QUESTIONS[0]!, prompt: Array(32).fill(4) };
    await expect(sampleAnswers(model, [full], options(), createRng(1)).next()).rejects.toThrow(RangeError);
    const left = await tensorsLeft(async () => {
      const answers = sampleAnswers(model, QUESTIONS, options(), createRng(1));
      await answers.next();
      await answers.return([]);
    });
    expect(left).toBe(0);
    model.dispose();
  });
});

describe('sampling', () => {
  it('records every different answer once, checked, with its number of copies', async () => {
    const context = toyContext({ config: { prompts: 5, samplesPerPrompt: 30, maxNewTokens: 4, temperature: 0.3 } });
    const { ticks } = await drain(sampling(context));
    const { questions, responses } = context;
    expect(new Set(questions.map(({ id }) => id)).size).toBe(5);
    expect(responses.map(({ id }) => id)).toEqual(responses.map((_, i) => i));
    expect(responses.reduce((sum, { copies }) => sum + copies, 0)).toBe(150);
    expect(new Set(responses.map(({ promptId, tokens }) => `${promptId}:${tokens}`)).size).toBe(responses.length);
    expect(responses.some(({ copies }) => copies > 1)).toBe(true);
    for (const { promptId, tokens, correct, ended } of responses) {
      expect(correct).toBe(questions[promptId]!.gold!.join() === tokens.join());
      expect(ended).toBe(tokens.at(-1) === TOY.eos);
    }
    const samples = eventsOf(ticks, 'samples');
    expect(samples.flatMap((event) => event.responses)).toEqual(responses);
    expect(samples.flatMap((event) => event.prompts.map(({ id }) => id))).toEqual([0, 1, 2, 3, 4]);
    expect(samples[0]!.prompts[2]).toEqual({
      ...{ id: 2, family: 'toy', text: questions[2]!.text, tokens: questions[2]!.prompt, gold: questions[2]!.gold },
    });
    expect(eventsOf(ticks, 'stage.started')[0]).toMatchObject({ stage: 'sampling', total: 150, unit: 'answers' });
    expect(eventsOf(ticks, 'stage.done')[0]!.summary).toMatchObject({ steps: 0, firstLoss: null, lastLoss: null });
    disposeContext(context);
  });

  it('reports the final number of copies also when a question’s answers fall into two batches', async () => {
    const context = toyContext({ config: { prompts: 12, samplesPerPrompt: 50, maxNewTokens: 4, temperature: 0.3 } });
    const { ticks } = await drain(sampling(context));
    const reported = eventsOf(ticks, 'samples').flatMap((event) => event.responses);
    expect(reported).toEqual(context.responses);
    expect(reported.reduce((sum, { copies }) => sum + copies, 0)).toBe(600);
    disposeContext(context);
  });

  it('draws the same prompts and answers for the same seed', async () => {
    const draw = async (seed: number) => {
      const context = toyContext({ config: { seed } });
      await drain(sampling(context));
      disposeContext(context);
      return context.responses;
    };
    const first = await draw(1);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
  });
});
