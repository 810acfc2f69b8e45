import { describe, expect, it } from 'vitest';
import { resultsOf, type World } from '../../testing/studyWorld';
import { findExperiment, jobsOf } from './experiments';
import {
  GUIDED_MARGIN,
  guidedJobs,
  guidedVerdict,
  judgeGuess,
  judgePaper,
  OUTCOMES,
  outcomeOf,
  seedsFor,
} from './guided';
import { findGuided, GUIDED } from './guidedList';
import { jobKey } from './job';
import type { StudyResult } from './result';
import { armLabel } from './variants';

const SEEDS = [1, 2];
const experiment = (id: string) => findGuided(id)!;
const verdict = (id: string, world: World, seeds = SEEDS) =>
  guidedVerdict(
    experiment(id),
    resultsOf(guidedJobs(experiment(id), 'default', 'math', seeds), world),
    'default',
    'math',
  );

describe('every guided experiment', () => {
  it.each(GUIDED.map((each) => [each.id, each] as const))(
    '%s comes to every outcome, by its data alone',
    (id, each) => {
      const label = armLabel(guidedJobs(each, 'default', 'math', [1])[0]!.config);
      const found = (value: number, sd = 0): World => {
        const of = (number: number) => (each.quantity.name === 'accuracy' ? { accuracy: number } : { style: number });
        return { [label]: of(value), [`${label}, seed 1`]: of(value + sd), [`${label}, seed 2`]: of(value - sd) };
      };
      // Two seeds that agree in a number have no interval.
      const three = [1, 2, 3];
      // All others: accuracy 60, style 50.
      expect(verdict(id, found(90), three).outcome).toBe('more');
      expect(verdict(id, found(10), three).outcome).toBe('less');
      expect(verdict(id, {}, three).outcome).toBe('same');
      expect(verdict(id, found(each.quantity.name === 'accuracy' ? 60 : 50, 30), three).outcome).toBe('open');
      expect(guidedVerdict(each, [], 'default', 'math').outcome).toBe('not measured');
    },
  );

  it('asks only for arms that the lab’s experiment plans, so that recorded results answer it', () => {
    for (const each of GUIDED) {
      const planned = new Set(
        (['study', 'ratio', 'ablations', 'methods', 'transfer', 'style'] as const).flatMap((id) =>
          jobsOf(findExperiment(id), { preset: 'default', families: ['math', 'qa'], seeds: SEEDS }).map(jobKey),
        ),
      );
      for (const family of ['math', 'qa'] as const)
        for (const job of guidedJobs(each, 'default', family, SEEDS)) expect(planned, each.id).toContain(jobKey(job));
      const own = new Set(jobsOf(findExperiment(each.lab)).map(({ config }) => armLabel(config)));
      const compared = guidedJobs(each, 'default', 'math', [1]).slice(0, 2);
      for (const { config } of compared) expect(own, each.id).toContain(armLabel(config));
    }
  });

  it('has an id of its own that fits the address, and all its words', () => {
    expect(new Set(GUIDED.map(({ id }) => id)).size).toBe(8);
    for (const { id, sentence, question, answers, teaches } of GUIDED) {
      expect(id).toMatch(/^[a-z0-9-]{1,40}$/);
      expect(sentence).toMatch(/\.$/);
      expect(question).toMatch(/\?$/);
      for (const outcome of OUTCOMES) expect(answers[outcome] && teaches[outcome]).toBeTruthy();
    }
    expect(findGuided('nothing')).toBeNull();
  });
});

describe('the verdict', () => {
  it('holds the numbers of what is compared', () => {
    const found = verdict('random-ten', { 'DPO, random 10 %': { accuracy: 50 }, 'DPO, top 10 %': { accuracy: 90 } });
    // 80 of 200 prompts differ: −40 ± 1.96 · 100 · √(0.4 · 0.6 / 200) = ± 6.8, in steps of half a point.
    expect(found.sentence).toBe(
      'Accuracy: DPO, random 10 % 50.0 ± 0.0 %, DPO, top 10 % 90.0 ± 0.0 %; difference −40.0 points (95 % interval −47.0 … −33.0, 2 seeds).',
    );
    expect(found.sides.map(({ mean }) => mean)).toEqual([50, 90, 60]);
    expect(found.before).toBe(50);
  });

  it('draws one sd over seeds, and Wilson’s interval of one seed’s answers', () => {
    // Sample sd of 54 and 66: 12 / √2.
    const seeds = { 'DPO, top 10 %, seed 1': { accuracy: 54 }, 'DPO, top 10 %, seed 2': { accuracy: 66 } };
    const over = verdict('random-ten', seeds).sides[1]!.whisker!;
    expect(over.of).toBe('seeds');
    expect(over.high - 60).toBeCloseTo(12 / Math.SQRT2, 10);
    // 120 of 200: Wilson's centre (0.6 + 3.8415 / 400) / 1.0192 = 0.5981, half-width 0.0673.
    const one = verdict('random-ten', {}, [1]).sides[1]!.whisker!;
    expect(one.of).toBe('prompts');
    expect(one.low).toBeCloseTo(53.08, 1);
    expect(one.high).toBeCloseTo(66.54, 1);
    // One share of one seed has no spread, and settles nothing.
    expect(verdict('style-bias', {}, [1]).sides[0]!.whisker).toBeNull();
    expect(verdict('style-bias', {}, [1]).outcome).toBe('open');
  });

  it('names seeds that did not come to their end, and what is not measured', () => {
    const jobs = guidedJobs(experiment('three-times'), 'default', 'math', SEEDS);
    const results = resultsOf(jobs, {}).map(
      (result, i): StudyResult =>
        result.kind === 'arm' && i === 1 ? { ...result, failure: 'The loss was not finite.' } : result,
    );
    expect(guidedVerdict(experiment('three-times'), results, 'default', 'math').sides[1]!.failed).toEqual([1]);
    const some = resultsOf(jobs.slice(0, 1), {});
    expect(guidedVerdict(experiment('three-times'), some, 'default', 'math').sentence).toBe(
      'Not measured yet: DPO, all weights, lr × 3.3.',
    );
  });
});

it('asks for at least so many seeds that an answer can come of it', () => {
  const style = experiment('style-bias');
  expect(seedsFor(style, [1])).toEqual([1, 2, 3]);
  expect(seedsFor(style, [7, 2, 9, 4])).toEqual([7, 2, 9, 4]);
  expect(seedsFor(experiment('train-all'), [5])).toEqual([5]);
  // Shares of 30, 31 and 32 against 50: Student's interval of three, ± 4.303 / √3.
  const shares = Object.fromEntries([1, 2, 3].map((seed) => [`ALLO, style bias, seed ${seed}`, { style: 29 + seed }]));
  const found = verdict('style-bias', shares, seedsFor(style, [1]));
  expect(found.outcome).toBe('less');
  expect(found.difference!.interval!.high).toBeCloseTo(-19 + 4.303 / Math.sqrt(3), 6);
});

describe('guess and paper', () => {
  const interval = (low: number, high: number) => ({ interval: { low, high } });
  it('is about the same within the margin, clear outside of zero, open otherwise', () => {
    expect(GUIDED_MARGIN).toBe(5);
    expect(outcomeOf(interval(-5, 5))).toBe('same');
    expect(outcomeOf(interval(0.5, 4))).toBe('same');
    expect(outcomeOf(interval(0.5, 6))).toBe('more');
    expect(outcomeOf(interval(-9, -0.1))).toBe('less');
    expect(outcomeOf(interval(-1, 6))).toBe('open');
    expect(outcomeOf({ interval: null })).toBe('open');
  });

  it('is right, wrong, or open while the data leave more than one answer', () => {
    const more = verdict('train-all', { 'DPO, all weights': { accuracy: 90 } });
    expect(OUTCOMES.map((guess) => judgeGuess(guess, more))).toEqual(['right', 'wrong', 'wrong']);
    const base = { ...more, outcome: 'open' as const };
    const open = (low: number, high: number) => ({
      ...base,
      difference: { ...more.difference!, ...interval(low, high) },
    });
    expect(OUTCOMES.map((guess) => judgeGuess(guess, open(-1, 8)))).toEqual(['open', 'open', 'wrong']);
    expect(OUTCOMES.map((guess) => judgeGuess(guess, open(-8, 1)))).toEqual(['wrong', 'open', 'open']);
    expect(OUTCOMES.map((guess) => judgeGuess(guess, open(-8, 8)))).toEqual(['open', 'open', 'open']);
  });

  it('is or is not what the paper says', () => {
    const all = experiment('train-all');
    const paper = (world: World) => judgePaper(all, verdict('train-all', world));
    expect(paper({ 'DPO, all weights': { accuracy: 90 } })).toBe('not what the paper says');
    expect(paper({})).toBe('as the paper says');
    expect(paper({ 'DPO, all weights': { accuracy: 30 } })).toBe('as the paper says');
    const torn = { 'DPO, all weights, seed 1': { accuracy: 90 }, 'DPO, all weights, seed 2': { accuracy: 30 } };
    expect(paper(torn)).toBe('too close to call');
    expect(judgePaper(experiment('random-ten'), verdict('random-ten', {}))).toBeNull();
    expect(judgePaper(all, guidedVerdict(all, [], 'default', 'math'))).toBeNull();
  });

  it('adds where raw weights stood after forgetting', () => {
    const raw = experiment('raw-weights');
    const place = (stage: string, accuracy: number) => ({ stage, step: 30, klToSft: 0.01, accuracy });
    const results = (accuracy: number) =>
      resultsOf(guidedJobs(raw, 'default', 'math', [1]), {}).map(
        (result): StudyResult =>
          result.kind === 'arm'
            ? { ...result, path: [place('sft', 55), place('forgetting', 53), place('forgetting', accuracy)] }
            : result,
      );
    expect(raw.note!(results(47), 'math')).toContain('stood at 47.0 % on the first prompts: below the 55.0 %');
    expect(raw.note!(results(60), 'math')).toContain('60.0 % on the first prompts: not below');
    expect(raw.note!([], 'math')).toBeNull();
  });
});
