import { describe, expect, it } from 'vitest';
import { fakeAnswer } from './fakeAnswer';
import { FAKE_MOMENTS, fakeRun } from './fakeRun';
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
    expect(fakeRun('failed', small).error?.message).toContain('NaN');
    expect(FAKE_MOMENTS).toHaveLength(8);
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
