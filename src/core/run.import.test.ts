import { beforeAll, describe, expect, it } from 'vitest';
import { eventsOf, tensorsLeft } from '../testing/tinyModel';
import { fixtureFiles } from '../testing/tokenizerFixtures';
import type { RunConfig } from './config';
import { createImportedDataset } from './data/imported';
import { parseImport } from './data/importFile';
import type { BackendReport, RunEvent } from './events';
import { presetConfig } from './presets';
import { createRun } from './run';
import { tf } from './tf';
import { openModelTokenizer } from './tokenizer/hfPrompts';
import type { PromptTokenizer } from './tokenizer/promptTokenizer';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};

const NAMES = ['Ann', 'Ben', 'Cleo', 'Dan', 'Eve'];
/** 125 sums; the answers are one digit or two. */
const SUMS = NAMES.flatMap((name) =>
  Array.from({ length: 25 }, (_, i) => ({ name, a: 1 + (i % 5), b: 1 + Math.floor(i / 5) })),
);
const question = ({ name, a, b }: (typeof SUMS)[number]) => `${name} has ${a} and gets ${b}. How many?`;

const ANSWERS = SUMS.map((sum) => ({
  input: question(sum),
  output: `${sum.a} + ${sum.b} = ${sum.a + sum.b}\nThe answer is ${sum.a + sum.b}`,
}));
const PAIRS = SUMS.map((sum) => ({
  prompt: question(sum),
  chosen: `It is ${sum.a + sum.b}.`,
  rejected: `It is ${sum.a + sum.b + 1}.`,
}));

async function importedRun(records: readonly object[], changes: Partial<RunConfig> = {}, tokenizer?: PromptTokenizer) {
  const text = records.map((record) => JSON.stringify(record)).join('\n');
  const file = await parseImport(text, 'sums.jsonl');
  const options = { name: 'sums.jsonl', vocabularySize: 320, maxSequence: 96 };
  const dataset = createImportedDataset(file, tokenizer ? { ...options, tokenizer } : options);
  const config: RunConfig = {
    ...presetConfig('default'),
    ...{ layers: 1, width: 32, heads: 2, mlpWidth: 64, vocabularySize: 320 },
    ...{ copySteps: 99, sftSteps: 60, sftSequences: 12, sftLearningRate: 1e-2, rewardSource: 'train', rewardSteps: 4 },
    ...{ prompts: 16, samplesPerPrompt: 3, maxNewTokens: 32, batchTokens: 512 },
    ...{ warmupSteps: 3, forgettingSteps: 3, improvingSteps: 3, heldOutPrompts: 10, otherPrompts: 0, klPrompts: 10 },
    ...changes,
  };
  const loadStarter = () => Promise.reject(new Error('an import needs no starter'));
  return createRun({ config, dataset, backend: BACKEND, loadStarter });
}

async function complete(records: readonly object[], changes: Partial<RunConfig> = {}, tokenizer?: PromptTokenizer) {
  const before = tf.memory().numTensors;
  const run = await importedRun(records, changes, tokenizer);
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  const { after } = await run.answer('Ann has 1 and gets 2. How many?', { temperature: 0, seed: 1 });
  run.dispose();
  const [done] = eventsOf(events, 'run.done');
  return { events, summary: done!.summary, answer: after, left: tf.memory().numTensors - before };
}

const noticesOf = (events: readonly RunEvent[]) => eventsOf(events, 'notice').map(({ text }) => text);

describe('a file of {input, output}', () => {
  it('runs the whole pipeline from scratch, with gold as the rewriting teacher', async () => {
    const { events, summary, answer, left } = await complete(ANSWERS);
    expect(left).toBe(0);
    expect(summary.stages.map(({ name }) => name)).toEqual([
      ...['sft', 'sampling', 'pairs', 'warm-up', 'mask', 'token-rewards', 'forgetting', 'improving', 'evaluation'],
    ]);
    expect(summary.family).toBe('sums.jsonl');
    expect(Object.keys(summary.evaluation.before)).toEqual(['sums.jsonl']);
    expect(summary.evaluation.before['sums.jsonl']).toBeTypeOf('number');
    // Imported data has no copy phase, whatever the setting says.
    const [sft] = summary.stages;
    expect(sft!.steps).toBe(60);
    expect(sft!.lastLoss).toBeLessThan(sft!.firstLoss! / 2);
    const [pairs] = eventsOf(events, 'pairs');
    expect(pairs!.note).toContain('a pair is the gold solution and a sampled wrong answer');
    expect(new Set(pairs!.pairs.map(({ chosenSource }) => chosenSource))).toEqual(new Set(['gold']));
    const [rewards] = eventsOf(events, 'rewards');
    expect(rewards).toMatchObject({ source: 'gold as rewrite', auroc: null });
    expect(rewards!.records.length).toBeGreaterThan(0);
    expect(noticesOf(events).some((text) => text.includes('(gold as rewrite)'))).toBe(true);
    expect(answer.text.length).toBeGreaterThan(0);
  });

  it('takes the token difference where no reward model is trained', async () => {
    const { events } = await complete(ANSWERS, { rewardSteps: 0, sftSteps: 10 });
    const [rewards] = eventsOf(events, 'rewards');
    expect(rewards!.source).toBe('substitute');
    for (const { rewards: p } of rewards!.records) for (const value of p) expect([0, 1]).toContain(value);
    expect(noticesOf(events).some((text) => text.includes('(substitute)'))).toBe(true);
  });
});

describe('a file of {input, output} on a model’s own tokenizer', () => {
  it('runs the whole pipeline with the model’s tokens, ends and prompts', async () => {
    const tokenizer = await openModelTokenizer(fixtureFiles('byteLevel'));
    const changes = { sftSteps: 20, prompts: 8, samplesPerPrompt: 2 };
    const { events, answer, left } = await complete(ANSWERS, changes, tokenizer);
    expect(left).toBe(0);
    const [started] = eventsOf(events, 'run.started');
    expect(started).toMatchObject({ eosId: 2, specialIds: tokenizer.specialIds });
    expect(started!.model.vocabularySize).toBe(tokenizer.vocabulary.length);
    const [samples] = eventsOf(events, 'samples');
    for (const { tokens } of samples!.responses) expect([-1, tokens.length - 1]).toContain(tokens.indexOf(2));
    const [rewards] = eventsOf(events, 'rewards');
    expect(rewards!.source).toBe('gold as rewrite');
    for (const { responseId, rewards: p } of rewards!.records)
      expect(p.length).toBe(samples!.responses.find(({ id }) => id === responseId)!.tokens.length);
    expect(answer.text.length).toBeGreaterThan(0);
  });
});

describe('a file of {prompt, chosen, rejected}', () => {
  it('goes from the given pairs on: no sampling, no accuracy, the token difference, and says so', async () => {
    const { events, summary, left } = await complete(PAIRS);
    expect(left).toBe(0);
    expect(summary.stages.map(({ name }) => name)).toEqual([
      ...['sft', 'pairs', 'warm-up', 'mask', 'token-rewards', 'forgetting', 'improving', 'evaluation'],
    ]);
    expect(summary.evaluation).toEqual({ before: { 'sums.jsonl': null }, after: { 'sums.jsonl': null } });
    expect(summary.tokenRewardAuroc).toBeNull();
    expect(eventsOf(events, 'run.started')[0]).toMatchObject({ hasAnswers: false, dataName: 'sums.jsonl' });
    const [pairs] = eventsOf(events, 'pairs');
    expect(new Set(pairs!.pairs.map(({ chosenSource }) => chosenSource))).toEqual(new Set(['given']));
    expect(pairs!.forgetting.length).toBe(pairs!.pairs.length);
    const [rewards] = eventsOf(events, 'rewards');
    expect(rewards!.source).toBe('substitute');
    // “It is 5.” against “It is 6.”: few tokens differ, but some do in every response.
    for (const { weights } of rewards!.records) {
      expect(weights.some((weight) => weight === 1)).toBe(true);
      expect(weights.some((weight) => weight === 0)).toBe(true);
    }
    const notices = noticesOf(events);
    expect(notices.some((text) => text.includes('brings ready pairs'))).toBe(true);
    expect(notices.some((text) => text.startsWith('The file has pairs but no known answers'))).toBe(true);
    expect(summary.stages.find(({ name }) => name === 'improving')!.lastLoss).toBeLessThan(Math.LN2 + 0.01);
    expect(summary.movedPercent).toBeGreaterThan(0);
  });

  it.each(['ppo', 'ppo-a2c'] as const)('cannot score answers with %s, and says so before it begins', async (method) => {
    const left = await tensorsLeft(async () => {
      const run = await importedRun(PAIRS, { method, maskRule: 'all', forgettingSteps: 0 });
      await expect(run.events().next()).rejects.toThrow(
        /^PPO(-A2C)? cannot be trained on this data: it has pairs but no known answers.*such as DPO/,
      );
      run.dispose();
    });
    expect(left).toBe(0);
  });

  it('has answers to imitate with SFT: the chosen ones', async () => {
    const { summary } = await complete(PAIRS, { method: 'sft', maskRule: 'all', forgettingSteps: 0, sftSteps: 10 });
    expect(summary.stages.find(({ name }) => name === 'improving')!.steps).toBe(3);
  });

  it('can only learn a file whose outputs name no answer, and says so', async () => {
    const unmarked = SUMS.map((sum) => ({ input: question(sum), output: `It is ${sum.a + sum.b}.` }));
    const { events, summary, left } = await complete(unmarked);
    expect(left).toBe(0);
    expect(summary.stages.map(({ name }) => name)).toEqual(['sft', 'evaluation']);
    expect(summary.movedPercent).toBe(0);
    expect(noticesOf(events).some((text) => text.startsWith('The file has no known answers'))).toBe(true);
  });

  it('leaves no tensor behind when it is stopped', async () => {
    const left = await tensorsLeft(async () => {
      const run = await importedRun(PAIRS, { sftSteps: 2 });
      let seen = 0;
      for await (const { type } of run.events()) {
        seen++;
        if (type === 'rewards') break;
      }
      expect(seen).toBeGreaterThan(5);
      run.dispose();
    });
    expect(left).toBe(0);
  });
});
