// What is worked out later: its order, what a task that throws leaves behind, and that nothing of another scope or size is taken for current.
import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Scope } from '../../core/study/experiment';
import { findExperiment, jobsOf } from '../../core/study/experiments';
import { resultsOf } from '../../testing/studyWorld';
import { RunIt } from './ExperimentPanel';
import { JUDGEMENTS, judgementKey, judgementTasks, planKey, planTasks } from './judging';
import { labData } from './labData';
import { later } from './later';
import { ablations } from './pictures/differencePicture';
import { PLANNED, plannedTask } from './plannedRun';
import { createLaterCache, readLater } from './useLater';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('tasks are done in their order, urgent ones before, and none that was taken back', () => {
  const done: string[] = [];
  const note = (name: string, isUrgent = false) => later(() => void done.push(name), { isUrgent });
  note('first');
  const takeBack = note('second');
  note('third');
  note('plan', true);
  takeBack();
  vi.runAllTimers();
  expect(done).toEqual(['plan', 'first', 'third']);
});

test('a task that throws does not keep the others from their turn', () => {
  const done: string[] = [];
  later(() => {
    throw new Error('of this task alone');
  });
  later(() => void done.push('after'));
  expect(() => vi.runAllTimers()).toThrow('of this task alone');
  vi.runAllTimers();
  expect(done).toEqual(['after']);
});

test('an old value is read until the new one is there, but not where it has to be exact', () => {
  const cache = createLaterCache<number>();
  cache.set('a', { stamp: 'before', value: 1 });
  cache.set('b', { stamp: 'now', value: 2 });
  const tasks = ['a', 'b', 'c'].map((key) => ({ key, stamp: 'now', compute: () => 3 }));
  expect([...readLater(cache, tasks, false)]).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect([...readLater(cache, tasks, true)]).toEqual([['b', 2]]);
});

test('a plan of another scope cannot be run: the button counts until its own is there', () => {
  const experiment = findExperiment('tax');
  const before: Scope = { preset: 'default', families: ['math'], seeds: [1] };
  const scope: Scope = { preset: 'default', families: ['qa'], seeds: [1, 2] };
  const page = () =>
    renderToStaticMarkup(
      <RunIt
        experiment={experiment}
        lab={{
          results: new Map(),
          trouble: null,
          choice: { experiment: 'tax', family: 'math', scope, baseline: '', hidden: [], guided: null },
        }}
        actions={{ choose: () => {}, run: () => {} }}
      />,
    );
  const know = (of: Scope) => {
    const { key, stamp, compute } = plannedTask(experiment, of);
    PLANNED.set(key, { stamp, value: compute() });
  };
  know(before);
  expect(page()).toMatch(/class="button-primary" disabled="">Counting the jobs …</);
  know(scope);
  expect(page()).toContain('class="button-primary">Run this experiment<');
  expect(page()).toContain('8 jobs');
});

test('verdicts, counts and differences of one size are not those of another', () => {
  const experiment = findExperiment('study');
  const scope = { families: ['math'], seeds: [1, 2] } as const;
  const judge = (preset: 'default' | 'tiny') => {
    const results = resultsOf(jobsOf(experiment, { ...scope, preset }), {});
    return judgementTasks(labData(results), 'math', preset);
  };
  for (const { key, stamp, compute } of judge('default')) JUDGEMENTS.set(key, { stamp, value: compute() });
  const claim = experiment.claims[0]!.id;
  const known = readLater(JUDGEMENTS, judge('default'), false);
  expect(known.get(judgementKey(experiment, claim, 'math', 'default'))?.verdict).toBeDefined();
  expect(readLater(JUDGEMENTS, judge('tiny'), false).size).toBe(0);

  const keys = (preset: 'default' | 'tiny') => planTasks(preset).map(({ key }) => key);
  expect(keys('default')).toContain(planKey(experiment, 'default'));
  expect(keys('tiny').filter((key) => keys('default').includes(key))).toEqual([]);

  const [tiny, full] = (['tiny', 'default'] as const).map((preset) => {
    const jobs = jobsOf(findExperiment('ablations'), { ...scope, preset });
    return ablations(labData(resultsOf(jobs, {})), 'math').map(({ key }) => key);
  });
  expect(full!.length).toBeGreaterThan(5);
  expect(full!.filter((key) => tiny!.includes(key))).toEqual([]);
});
