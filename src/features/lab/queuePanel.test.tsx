import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { Queue, QueuedJob } from '../../state/labState';
import { foundOf, jobOf, keyOf } from '../../testing/labRig';
import { importText } from './KeptResults';
import { OwnList } from './OwnResults';
import { QueuePanel } from './QueuePanel';

const noActions = { pause() {}, resume() {}, stop() {}, retry() {} };
const queued = (seed: number, status: QueuedJob['status'], more: Partial<QueuedJob> = {}): QueuedJob => ({
  ...{ key: keyOf(seed), job: jobOf(seed), label: `job ${seed}`, status, share: 0, doing: '' },
  ...{ error: status === 'failed' ? { message: 'Why.', next: 'Next.', detail: '' } : null },
  ...more,
});
function panelOf(queue: Partial<Queue>, trouble: string | null = null) {
  const whole: Queue = { status: 'running', jobs: [], secondsLeft: null, ...queue };
  const html = renderToStaticMarkup(
    <QueuePanel queue={whole} results={new Map()} trouble={trouble} actions={noActions} isTraining={false} />,
  );
  const textOf = (pattern: RegExp): string => (html.match(pattern)?.[1] ?? '').replaceAll(/<[^>]+>/g, ' ').trim();
  return {
    html,
    head: textOf(/<h3[^>]*>(.*?)<\/h3>/),
    said: textOf(/role="status">(.*?)<\/p>/),
    now: textOf(/class="lab-running">(.*?)<\/p>/),
    buttons: [...html.matchAll(/<button[^>]*>(.*?)<\/button>/g)].map(([, text]) => text!.replaceAll('<!-- -->', '')),
  };
}

describe('the queue’s panel', () => {
  it('shows the job that waits for another tab, as long as none runs', () => {
    const waiting = queued(1, 'waiting', { doing: 'another tab works on it' });
    expect(panelOf({ jobs: [waiting] }).now).toBe('job 1  another tab works on it');
    expect(panelOf({ jobs: [waiting, queued(2, 'running', { doing: 'improving' })] }).now).toBe(
      'job 2  0 %: improving',
    );
    expect(panelOf({ status: 'paused', jobs: [waiting] }).now).toBe('');
  });

  it('tells of other tabs’ queues, with no means to stop them', () => {
    expect(panelOf({ status: 'idle', elsewhere: 2 })).toMatchObject({
      ...{ head: 'Another tab works on 2 jobs', buttons: [] },
    });
    expect(panelOf({ jobs: [queued(1, 'running')], elsewhere: 2 }).html).toContain('Another tab works on 2 more jobs.');
    expect(panelOf({ status: 'idle' }).html).toBe('');
  });

  it('tells what stays paused while other jobs run, and lets it go on', () => {
    const panel = panelOf({ jobs: [queued(1, 'running'), queued(2, 'waiting', { isHeld: true })] });
    expect(panel.head).toBe('Running: 1 job to go');
    expect(panel.html).toContain('1 job of before stays paused.');
    expect(panel.buttons).toEqual(['Pause', 'Go on with the paused too', 'Stop']);
  });

  it('says aloud failures, why it waits, and the end; none of the progress', () => {
    const two = [queued(1, 'failed'), queued(2, 'failed')];
    expect(panelOf({ jobs: [queued(1, 'done'), queued(3, 'running')] }).said).toBe('');
    expect(panelOf({ jobs: [queued(1, 'failed'), queued(3, 'running')] }).said).toBe('job 1 failed.');
    expect(panelOf({ status: 'paused', jobs: [...two, queued(3, 'waiting')], reason: 'So it waits.' }).said).toBe(
      'job 2 failed, 2 in all. So it waits.',
    );
    expect(panelOf({ status: 'idle', jobs: [queued(1, 'done'), queued(3, 'done')] }).said).toBe('2 jobs done.');
  });

  it('offers another try for all that failed', () => {
    const two = [queued(1, 'failed'), queued(2, 'failed')];
    expect(panelOf({ status: 'idle', jobs: two }).buttons).toEqual([
      ...['Try again', 'Try again', 'Try all 2 again', 'Drop the 2 failed jobs'],
    ]);
    expect(panelOf({ status: 'idle', jobs: [queued(1, 'failed')] }).buttons).toEqual([
      'Try again',
      'Drop the failed job',
    ]);
  });

  it('promises nothing while storage refuses, which is said above', () => {
    const jobs = [queued(1, 'done')];
    expect(panelOf({ status: 'idle', jobs }).html).toContain('What is done is kept.');
    const troubled = panelOf({ status: 'idle', jobs }, 'The storage is full.').html;
    expect(troubled).not.toContain('is kept');
  });
});

it('own results are listed in pages, the latest first', () => {
  const own = Array.from({ length: 120 }, (_, i) => ({ result: foundOf(i + 1), origin: 'here' as const }));
  const listOf = (count: number): string =>
    renderToStaticMarkup(<OwnList own={own.slice(0, count)} onRemove={() => {}} onEmptied={() => {}} />);
  const html = listOf(120);
  const seeds = [...html.matchAll(/aria-label="Remove [^"]*seed (\d+)"/g)].map(([, seed]) => Number(seed));
  expect(seeds).toEqual(Array.from({ length: 50 }, (_, i) => 120 - i));
  expect(html.replaceAll('<!-- -->', '')).toContain('page 1 of 3');
  expect(listOf(50)).not.toContain('<nav');
});

it('an import says what was not taken', () => {
  expect(importText({ added: 1, same: 0, different: 0 })).toBe('1 new result.');
  expect(importText({ added: 0, same: 3, different: 1 })).toBe(
    '0 new results, 3 known already. One differs from what is here and was not taken.',
  );
  expect(importText({ added: 2, same: 0, different: 4 })).toBe(
    '2 new results. 4 differ from what is here and were not taken.',
  );
});
