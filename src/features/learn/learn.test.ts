import { expect, it } from 'vitest';
import type { ChartInks } from '../../components/charts/chartInks';
import { parseConfig } from '../../core/parseConfig';
import { guidedJobs, guidedVerdict } from '../../core/study/guided';
import { findGuided } from '../../core/study/guidedList';
import { jobKey } from '../../core/study/job';
import type { KnownResult, Queue } from '../../state/labState';
import type { StudioState } from '../../state/studioState';
import { resultsOf, type World } from '../../testing/studyWorld';
import {
  effortText,
  fateText,
  isHeldUp,
  isUnderWay,
  isWorking,
  keptText,
  outcomeText,
  sourceText,
  workOf,
} from './guidedWork';
import { keptVerdict } from './keptVerdicts';
import { lossText } from './openAsRun';
import { comparedChoice, labChoice } from './placesToGo';
import { figureText, sideText, verdictPicture, verdictTable, whiskerText } from './verdictPicture';

const random = findGuided('random-ten')!;
const jobs = guidedJobs(random, 'tiny', 'math', [1, 2]);
const known = (count: number, origin: KnownResult['origin'] = 'here', world: World = {}) =>
  new Map(
    resultsOf(jobs.slice(0, count), world).map((result): [string, KnownResult] => [result.key, { result, origin }]),
  );
const verdictOf = (results: ReadonlyMap<string, KnownResult>) =>
  guidedVerdict(
    random,
    [...results.values()].map(({ result }) => result),
    'tiny',
    'math',
  );
const IDLE: Queue = { status: 'idle', jobs: [], secondsLeft: null };
const queued = (index: number, status: 'waiting' | 'running' | 'done' | 'failed', share = 0) => {
  const job = jobs[index]!;
  return { key: jobKey(job), job, label: '', status, share, doing: '', error: null };
};

it('knows what is missing, how far the queue is, and who else waits in it', () => {
  const other = { ...queued(0, 'waiting'), key: 'another' };
  const queue: Queue = {
    ...IDLE,
    jobs: [queued(0, 'done', 1), queued(1, 'running', 0.5), queued(2, 'waiting'), other],
  };
  const work = workOf(jobs, known(1), queue);
  expect(work.missing).toEqual(jobs.slice(1));
  expect(work.queued).toHaveLength(3);
  expect(work.share).toBeCloseTo(0.5, 12);
  expect(work.others).toBe(1);
  expect([isUnderWay(work), isWorking(work)]).toEqual([true, true]);
  expect(isUnderWay(workOf(jobs, known(6), { ...IDLE, jobs: [queued(0, 'done', 1)] }))).toBe(false);
  const broken = workOf(jobs, known(0), { ...IDLE, jobs: [queued(0, 'failed')] });
  expect([isUnderWay(broken), isWorking(broken)]).toEqual([true, false]);
  expect(workOf(jobs, known(6), IDLE).missing).toEqual([]);
});

it('is held up when all that is left of it waits for “Resume”', () => {
  const held = (index: number) => ({ ...queued(index, 'waiting'), isHeld: true });
  const heldUp = (...jobsOfQueue: Queue['jobs']) => isHeldUp(workOf(jobs, known(0), { ...IDLE, jobs: jobsOfQueue }));
  expect(heldUp(queued(0, 'done', 1), held(1), held(2))).toBe(true);
  expect(heldUp(queued(0, 'running'), held(1))).toBe(false);
  expect(heldUp(queued(0, 'done', 1))).toBe(false);
});

it('promises to keep what is done only where storage does', () => {
  expect(keptText(false)).toBe('What is done is kept, here and after a reload.');
  expect(keptText(true)).toBe('');
});

it('says what an experiment will take, by own pace before that of the recording machine', () => {
  expect(effortText(jobs.slice(0, 3), [])).toBe('3 training runs to compute');
  // Each made-up result took 10 s; every arm of three costs as much as the next.
  expect(effortText(jobs.slice(3), [...known(3).values()])).toBe('3 training runs to compute, about 30 seconds');
  expect(effortText(jobs.slice(3), [...known(3, 'recorded').values()])).toBe(
    '3 training runs to compute, about 30 seconds on the machine that recorded the others',
  );
});

it('takes the pace from the latest thirty results', () => {
  const slow = guidedJobs(random, 'tiny', 'math', [3, 4, 5]);
  const many = guidedJobs(
    random,
    'tiny',
    'math',
    Array.from({ length: 10 }, (_, i) => 10 + i),
  );
  // Each slow one took an hour, and each of the thirty after them ten seconds.
  const results = [...resultsOf(slow, {}).map((one) => ({ ...one, seconds: 3600 })), ...resultsOf(many, {})];
  const all = results.map((result): KnownResult => ({ result, origin: 'here' }));
  expect(effortText(jobs.slice(0, 3), all)).toBe('3 training runs to compute, about 30 seconds');
});

it('judges again only when one of its own arms has another result', () => {
  const own = resultsOf(jobs, {});
  const other = resultsOf(guidedJobs(findGuided('style-bias')!, 'tiny', 'math', [1]), {});
  const first = keptVerdict(random, own, 'tiny', 'math');
  expect(first).toEqual(guidedVerdict(random, own, 'tiny', 'math'));
  expect(keptVerdict(random, [...own, ...other.filter(({ arm }) => arm.startsWith('allo'))], 'tiny', 'math')).toBe(
    first,
  );
  const changed = keptVerdict(random, [...own.slice(1), { ...own[0]! }], 'tiny', 'math');
  expect(changed).not.toBe(first);
  expect(keptVerdict(random, [], 'tiny', 'math').outcome).toBe('not measured');
});

it('asks before a run puts away a file or own settings, and not for what an arm itself brought', () => {
  const of = (inputs: Record<string, string>, file: object | null = null) =>
    ({ config: parseConfig(inputs).config, file }) as Pick<StudioState, 'config' | 'file'>;
  expect(lossText(of({}))).toBeNull();
  expect(lossText(of({ preset: 'tiny', family: 'qa', arm: 'rft', backend: 'wasm' }))).toBeNull();
  expect(lossText(of({ seed: '7' }))).toBe('1 setting of your own would be lost.');
  expect(lossText(of({ seed: '7', rateFactor: '2' }))).toBe('2 settings of your own would be lost.');
  expect(lossText(of({ seed: '7' }), '[["seed","7"]]')).toBeNull();
  expect(lossText(of({ seed: '8' }), '[["seed","7"]]')).toBe('1 setting of your own would be lost.');
  expect(lossText(of({}, { fileName: 'pairs.jsonl' }))).toBe(
    'The file pairs.jsonl would be closed, and its settings with it.',
  );
});

it('says where its numbers come from, and what became of the guess', () => {
  expect(sourceText(known(3, 'recorded'), verdictOf(known(3)))).toBe('Seed 1; recorded with the studio.');
  const mixed = new Map([...known(6), ...known(3, 'recorded')]);
  expect(sourceText(mixed, verdictOf(mixed))).toBe('Seeds 1, 2; recorded with the studio, computed in this browser.');
  const worse = verdictOf(known(6, 'here', { 'DPO, random 10 %': { accuracy: 20 } }));
  expect(fateText(random, worse, 'right')).toBe('Worse: your guess was right');
  expect(fateText(random, worse, 'wrong')).toBe('Worse: your guess was wrong');
  expect(outcomeText(random, verdictOf(new Map()))).toBe('Not measured yet');
  expect(outcomeText(random, { ...worse, outcome: 'open' })).toBe('Too close to call at this size');
});

it('draws a bar for what is known, and says the same in words and in the table', () => {
  const verdict = verdictOf(known(4, 'here', { 'DPO, random 10 %, seed 1': { accuracy: 40 } }));
  const [first, second] = verdict.sides;
  // 40 and 60: mean 50, sd 20 / √2.
  expect(sideText(first!)).toBe('50.0 ± 14.1 %');
  expect(sideText(second!)).toBe('60.0 % (53.1 to 66.5)');
  expect(sideText({ ...second!, mean: null })).toBe('not computed');
  expect(whiskerText(verdict.sides)).toBe(
    'Whiskers: one standard deviation over seeds. Whiskers of a single seed: 95 % by its answers alone.',
  );
  expect(figureText(verdict)).toContain('DPO, random 10 % 50.0 ± 14.1 %; DPO, top 10 % 60.0 %');
  const { columns, rows } = verdictTable('Accuracy by arm', verdict.sides);
  expect(columns.map((column) => column.text(rows()[0]!))).toEqual(['DPO, random 10 %', '50.0', '14.1', '0.0500', '2']);
  const inks = { ink: 'black', quietInk: 'gray', line: 'silver', paper: 'white', font: 'sans' } as ChartInks;
  const parts = { title: 'A', quantity: 'accuracy', notes: [], inks, colourOf: (colour: string) => colour };
  const { plot } = verdictPicture({ ...parts, verdict });
  const bars = plot.filter((mark) => mark.type === 'rectangle');
  // Half of 480, and 60 % of it.
  expect(bars.map(({ width }) => width)).toEqual([240, 288, 288]);
  const none = verdictPicture({ ...parts, verdict: verdictOf(new Map()) });
  expect(none.plot.filter((mark) => mark.type === 'rectangle')).toEqual([]);
});

it('goes to Lab and Compare with its own arms', () => {
  const scope = { preset: 'tiny', families: ['math'], seeds: [1] } as const;
  expect(labChoice(random, scope)).toEqual({ experiment: 'study', scope, hidden: [] });
  expect(comparedChoice(random, verdictOf(new Map()), scope)).toEqual({
    ...{ experiment: 'study', scope, baseline: 'DPO, top 10 %' },
    hidden: ['DPO, last 10 %', 'Warm-up only'],
  });
});
