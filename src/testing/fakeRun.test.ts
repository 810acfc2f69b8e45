import { describe, expect, it } from 'vitest';
import { fakeAnswer } from './fakeAnswer';
import { FAKE_MOMENTS, fakeEvents, fakeRun } from './fakeRun';
import { fakeEncode, fakeSolution, fakeWrongTokens } from './fakeText';

describe('fake run', () => {
  it('adds what each moment adds', () => {
    const small = { preset: 'tiny' as const };
    expect(fakeRun('started', small).prompts).toHaveLength(0);
    expect(fakeRun('sampling', small).prompts).toHaveLength(48);
    expect(fakeRun('warm-up', small).series['warm-up']?.rows).toHaveLength(10);
    expect(Object.keys(fakeRun('mask', small).masks)).toEqual(['forgetting', 'improving']);
    expect(fakeRun('rewards', small).rewardOf.size).toBeGreaterThan(50);
    expect(fakeRun('done', small).stages.every((stage) => stage.status === 'done')).toBe(true);
    expect(fakeRun('failed', small).failure?.message).toContain('NaN');
    expect(FAKE_MOMENTS).toHaveLength(8);
  });

  it('has a time line: entry, log-spaced steps and end of every stage, rows in the order of what is inspected', () => {
    const events = [...fakeEvents('done', { preset: 'tiny' })];
    const inspected = events.flatMap((event) => (event.type === 'inspected' ? [event] : []));
    expect(inspected).toHaveLength(1);
    const { pairs, responses, prompts } = inspected[0]!;
    expect([pairs.length, responses.length, prompts.length]).toEqual([48, 48, 24]);
    const run = fakeRun('done', { preset: 'tiny' });
    expect(run.moments.map(({ stage, step }) => `${stage} ${step}`).slice(0, 8)).toEqual(
      [0, 1, 2, 4, 7, 12, 20].map((step) => `warm-up ${step}`).concat('forgetting 0'),
    );
    const counts = pairs
      .flatMap((at) => [run.pairs!.pairs[at]!.chosen.length, run.pairs!.pairs[at]!.rejected.length])
      .concat(responses.map((id) => run.responses[id]!.tokens.length));
    for (const event of events) {
      if (event.type !== 'snapshot') continue;
      expect(event.policy.map((row) => row.length)).toEqual(counts);
      expect(event.policy.flatMap((row) => [...row]).every((logp) => logp < 0)).toBe(true);
      if (event.step === 0) expect(event.policy).toEqual(event.reference);
    }
    const right = run.moments.map(({ answers }) => answers.filter(({ correct }) => correct).length);
    expect(right.at(-1)).toBeGreaterThan(right[0]!);
    expect(run.changes).toMatchObject([{ stage: 'improving', step: 12, learningRateScale: 0.5 }]);
    const [forgetting, improving] = events.flatMap((event) => (event.type === 'anatomy' ? [event] : [])).slice(1);
    const { rejected, policy, reference, weights } = forgetting!.example!;
    expect([policy[0]!.length, reference[0]!.length, weights.length]).toEqual(Array(3).fill(rejected.length));
    expect(improving!.example!.policy.map((row) => row.length)).toEqual([
      improving!.example!.rejected.length,
      improving!.example!.chosen!.length,
    ]);
  });

  it('is the same for the same options', () => {
    expect(fakeRun('rewards', { preset: 'tiny', seed: 3 })).toEqual(fakeRun('rewards', { preset: 'tiny', seed: 3 }));
  });

  it('marks the slip and what follows from it', () => {
    const question = { text: '', a: 83, b: 19 };
    const style = { opener: 'well', link: 'so' };
    const right = fakeSolution(question, style, 'none');
    expect(right.slice(0, -1)).toEqual(
      fakeEncode('well , ones 3 + 9 = 1 2 , carry 1 ; tens 8 + 1 + 1 = 1 0 ; so the answer is 1 0 2 .'),
    );
    const wrong = fakeSolution(question, style, 'ones');
    const verdicts = fakeWrongTokens(wrong, right);
    expect([...verdicts].flatMap((verdict, at) => (verdict ? [[at, verdict]] : []))).toEqual([
      [8, 1],
      [29, 2],
    ]);
  });

  it('rejects an unknown word by name', async () => {
    await expect(fakeAnswer('leo has zebra', { temperature: 1, seed: 1 })).rejects.toThrow('zebra');
  });
});
