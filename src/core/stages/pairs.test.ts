import { beforeAll, describe, expect, it } from 'vitest';
import {
  addResponse,
  disposeContext,
  eventsOf,
  TOY,
  type ToyOptions,
  toyContext,
  toyQuestion,
} from '../../testing/tinyModel';
import type { RunEvent } from '../events';
import { tf } from '../tf';
import { pairs } from './pairs';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const [ONE, TWO, THREE] = [toyQuestion(4, 5), toyQuestion(6, 7), toyQuestion(8, 9)];
const WRONG = [
  [5, 4, TOY.eos],
  [4, TOY.eos],
];

/** One question with a right and two wrong answers, one with a right answer only, one with a wrong one and one without end. */
function sampled(options: ToyOptions = {}) {
  const context = toyContext(options);
  addResponse(context, ONE, WRONG[0]!);
  addResponse(context, ONE, ONE.gold!);
  addResponse(context, ONE, WRONG[1]!);
  addResponse(context, TWO, TWO.gold!);
  addResponse(context, THREE, [8, TOY.eos]);
  addResponse(context, THREE, [8, 9, 9, 9, 9]);
  return context;
}

async function collect(context: ReturnType<typeof sampled>): Promise<{ events: RunEvent[]; error: string | null }> {
  const events: RunEvent[] = [];
  try {
    for await (const event of pairs(context)) events.push(event);
    return { events, error: null };
  } catch (error) {
    return { events, error: (error as Error).message };
  } finally {
    disposeContext(context);
  }
}

describe('pairs', () => {
  it('takes the gold solution where too few prompts have both kinds, and says so', async () => {
    const context = sampled();
    const { events, error } = await collect(context);
    expect(error).toBeNull();
    const [event] = eventsOf(events, 'pairs');
    const source = { chosenSource: 'gold' };
    expect(event!.pairs).toHaveLength(3);
    expect(event!.pairs).toContainEqual({ promptId: 0, chosen: ONE.gold, rejected: WRONG[0], ...source });
    expect(event!.pairs).toContainEqual({ promptId: 0, chosen: ONE.gold, rejected: WRONG[1], ...source });
    expect(event!.pairs).toContainEqual({ promptId: 2, chosen: THREE.gold, rejected: [8, TOY.eos], ...source });
    // Records 0, 2 and 4 are the wrong answers that ended.
    expect(event!.forgetting).toEqual([0, 2, 4]);
    expect(event!.promptsWithBoth).toBe(1);
    expect(event!.note).toMatch(/^Only 1 question has both .* \(64 are needed\), so a pair is the gold solution/);
    expect(eventsOf(events, 'notice')).toEqual([
      { type: 'notice', level: 'warning', stage: 'pairs', text: event!.note },
    ]);
    expect(context.pairSet!.forgetting.map(({ better }) => better)).toEqual([ONE.gold, ONE.gold, THREE.gold]);
    expect(eventsOf(events, 'stage.done')[0]!.summary).toMatchObject({ name: 'pairs', steps: 0, firstLoss: null });
  });

  it('draws at most the asked number of pairs a prompt, the same for the same seed', async () => {
    const draw = async (seed: number) => {
      const context = toyContext({ config: { seed, pairsPerPrompt: 2 } });
      for (let id = 4; id < 10; id++) addResponse(context, ONE, [id, TOY.eos]);
      const { events } = await collect(context);
      return eventsOf(events, 'pairs')[0]!.pairs.map(({ rejected }) => rejected[0]!);
    };
    const first = await draw(1);
    expect(first).toHaveLength(2);
    expect(await draw(1)).toEqual(first);
    const others = [await draw(2), await draw(3), await draw(4)];
    expect(others.some((other) => other.join() !== first.join())).toBe(true);
  });

  it('keeps only pairs that carry the style when the bias is on', async () => {
    const context = toyContext({ config: { styleBias: true } });
    const question = { ...ONE, gold: [11, 4, TOY.eos] };
    addResponse(context, question, [11, 5, TOY.eos]);
    addResponse(context, question, [6, 5, TOY.eos]);
    const { events } = await collect(context);
    const [event] = eventsOf(events, 'pairs');
    expect(event!.pairs.map(({ rejected }) => rejected)).toEqual([[6, 5, TOY.eos]]);
    expect(event!.forgetting).toEqual([1]);
  });

  it('stops with what to change when there is no pair', async () => {
    const context = toyContext();
    addResponse(context, ONE, ONE.gold!);
    addResponse(context, TWO, TWO.gold!);
    const { events, error } = await collect(context);
    expect(error).toBe(
      'No preference pair could be made: 2 right and 0 wrong different answers to 2 prompts. ' +
        'Sample more answers per prompt, raise the temperature, or train the SFT model longer.',
    );
    // What was found is told before.
    expect(eventsOf(events, 'pairs')[0]!.pairs).toEqual([]);
  });

  it('takes a file’s own pairs, and shows both sides as its responses', async () => {
    const givenPairs = [
      { question: ONE, chosen: ONE.gold!, rejected: WRONG[0]! },
      { question: ONE, chosen: [4, 4, TOY.eos], rejected: WRONG[0]! },
      { question: TWO, chosen: TWO.gold!, rejected: WRONG[1]! },
    ];
    const context = toyContext({ dataset: { givenPairs, hasAnswers: false } });
    const { events } = await collect(context);
    const [event] = eventsOf(events, 'pairs');
    expect(event!.pairs.map(({ promptId, chosenSource }) => [promptId, chosenSource])).toEqual([
      [0, 'given'],
      [0, 'given'],
      [1, 'given'],
    ]);
    const [samples] = eventsOf(events, 'samples');
    expect(samples!.prompts.map(({ text }) => text)).toEqual(['a b', 'c d']);
    expect(samples!.responses.map(({ promptId, tokens, correct }) => [promptId, tokens, correct])).toEqual([
      [0, ONE.gold, null],
      [0, [4, 4, TOY.eos], null],
      [1, TWO.gold, null],
      [0, WRONG[0], null],
      [1, WRONG[1], null],
    ]);
    // The same rejected response twice is one thing to forget.
    expect(event!.forgetting).toEqual([3, 4]);
  });
});
