// What is said while a family has no results: why, and what can be done.
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { presetConfig } from '../../core/presets';
import { jobKey } from '../../core/study/job';
import { EMPTY_QUEUE, withJobs } from '../../state/labQueue';
import type { LabChoice, LabState, Queue } from '../../state/labState';
import { job, known, PLACE } from '../../testing/compareRig';
import { NothingYet } from './NothingYet';
import { queuedOf } from './queue';
import { RowDetails } from './RowDetails';
import { rowsOf } from './rows';

const choice: LabChoice = {
  ...{ experiment: 'frontier', family: 'math', baseline: '', hidden: [], guided: null },
  scope: { preset: 'default', families: ['math'], seeds: [1] },
};
const settings = { config: presetConfig(), fileName: null };
const READY: LabState['recorded'] = { status: 'ready' };
const FAILED: LabState['recorded'] = { status: 'failed', error: { message: 'HTTP 500.', next: '', detail: '' } };

const said = (recorded: LabState['recorded'], queue: Queue = EMPTY_QUEUE, presets: string[] = []) =>
  renderToStaticMarkup(
    <NothingYet
      {...{ presets, settings, place: PLACE, seeds: [1, 2, 3], results: new Map() }}
      state={{ recorded, queue, choice }}
      queued={queuedOf(queue)}
      onRun={() => {}}
    />,
  );
const queueOf = (...jobs: ReturnType<typeof job>[]) => withJobs(EMPTY_QUEUE, jobs, () => false);

describe('nothing yet', () => {
  test('no recorded results, and ones that could not be loaded', () => {
    expect(said(READY)).toContain('No recorded results come with this copy');
    expect(said(FAILED)).toContain('The recorded results could not be loaded: “Load again” above tries once more.');
    expect(said(FAILED)).not.toContain('No recorded results come');
    expect(said(READY, EMPTY_QUEUE, ['tiny'])).toContain('There are results of the tiny preset: choose it above.');
  });

  test('what is queued already cannot be queued again', () => {
    expect(said(READY)).not.toContain('aria-disabled');
    expect(said(READY, queueOf(job('allo')))).toContain('1 job is in the queue.');
    const both = said(READY, queueOf(job('allo'), job('dpo-full')));
    expect(both).toContain('2 jobs are in the queue.');
    expect(both).toMatch(/aria-disabled="true"[^>]*>Run ALLO and plain DPO/);
  });
});

test('an open row marks its queued seeds', () => {
  const { rows } = rowsOf(known([job('allo', 1), job('dpo-full', 1), job('dpo-full', 2)]), PLACE);
  const opened = (queue: Queue, label: string) => {
    const row = rows.find((one) => one.label === label)!;
    const rest = {
      cells: new Map(),
      against: null,
      difference: null,
      verdicts: [],
      paper: null,
      paperDifference: null,
    };
    return renderToStaticMarkup(
      <RowDetails
        {...{ one: { row, ...rest }, family: 'math', isBaseline: false, seeds: [1, 2], hidden: [] }}
        queued={queuedOf(queue)}
        actions={{ choose() {}, run() {} }}
        onHide={() => {}}
      />,
    );
  };
  expect(opened(EMPTY_QUEUE, 'ALLO')).not.toMatch(/queued|aria-disabled/i);
  expect(opened(queueOf(job('allo', 2)), 'ALLO')).toMatch(
    /Seed 2: queued\..*aria-disabled="true">Run missing seed 2: queued/,
  );
  const again = opened(queueOf(job('dpo-full', 2)), 'DPO, all weights');
  expect(again).toMatch(/Seed 2: 60\.0 %[^<]*<span class="compare-queued"> Queued again\./);
  // Seed 1 is not queued: the press computes that one.
  expect(again).not.toContain('aria-disabled');
  expect(jobKey(job('dpo-full', 2))).toBe(rows[1]!.known[1]!.result.key);
});
