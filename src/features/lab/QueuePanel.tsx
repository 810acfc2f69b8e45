// The queue: what runs and how far, what is left and how long, what failed and how to try again, and the results as they come.
import { useRef, useState } from 'react';
import { duration } from '../../components/duration';
import { countOf, formatNumber } from '../../components/format';
import { SHARING } from '../../components/sharing';
import type { StudyResult } from '../../core/study/result';
import type { LabActions, LabState, Queue, QueuedJob } from '../../state/labState';
import { FailedJobs } from './FailedJobs';
import { fixed } from './labText';
import './labQueue.css';

/** Results that are listed as they come. */
const LATEST = 6;

type QueueActions = Pick<LabActions, 'pause' | 'resume' | 'stop' | 'retry'>;

interface QueueProps {
  queue: Queue;
  results: LabState['results'];
  /** What storage refuses, in words. */
  trouble: string | null;
  actions: QueueActions;
  /** A training run goes on at the same time. */
  isTraining: boolean;
}

interface Counts {
  done: number;
  failed: number;
  /** What runs, or goes on with “Go on”. */
  left: number;
  /** Of a running queue: what stays paused. */
  held: number;
}

export function QueuePanel({ queue, results, trouble, actions, isTraining }: QueueProps) {
  const head = useRef<HTMLHeadingElement>(null);
  const [isEmptied, setEmptied] = useState(false);
  const { jobs, status, elsewhere = 0 } = queue;
  if (jobs.length === 0 && elsewhere === 0 && !isEmptied) return null;
  const of = (wanted: QueuedJob['status']) => jobs.filter((job) => job.status === wanted);
  const now =
    of('running')[0] ?? of('waiting').find(({ doing, isHeld }) => status === 'running' && !isHeld && doing !== '');
  const failed = of('failed');
  const done = of('done');
  const counts = countsOf(queue, done.length, failed.length);
  // The button that was pressed goes away.
  const leaving = (act: () => void) => () => {
    setEmptied(true);
    act();
    requestAnimationFrame(() => head.current?.focus({ preventScroll: true }));
  };
  return (
    <section className="lab-queue" aria-labelledby="lab-queue-title">
      <header className="lab-queue-head">
        <h3 id="lab-queue-title" className="heading" ref={head} tabIndex={-1}>
          {headOf(queue, counts)}
        </h3>
        <QueueButtons status={status} counts={counts} actions={actions} onStop={leaving(() => actions.stop())} />
      </header>
      <p className="visually-hidden" role="status">
        {announcement(queue, counts, failed.at(-1))}
      </p>
      {jobs.length > 0 && <p className="caption">{progressText(queue, counts, trouble === null)}</p>}
      {elsewhere > 0 && (
        <p className="caption">
          {jobs.length > 0 && `Another tab works on ${countOf(elsewhere, 'more job', 'more jobs')}. `}
          Its results come here as they are done; what it leaves is offered here when it closes.
        </p>
      )}
      {queue.reason && <p className="lab-problem">{queue.reason}</p>}
      {isTraining && status === 'running' && (
        <p className="caption" role="status">
          A training run is going on too: {SHARING}
        </p>
      )}
      {jobs.length > 0 && (
        <progress
          className="lab-progress"
          aria-label="Jobs of the queue"
          max={counts.done + counts.failed + counts.left}
          value={done.length + failed.length + (now?.share ?? 0)}
        />
      )}
      {now && (
        <p className="lab-running">
          <strong>{now.label}</strong>
          <span className="caption">
            {now.status === 'waiting' ? now.doing : `${Math.round(100 * now.share)} %${now.doing && `: ${now.doing}`}`}
          </span>
        </p>
      )}
      {failed.length > 0 && (
        <FailedJobs
          failed={failed}
          onRetry={(keys) => leaving(() => actions.retry(keys))()}
          onDrop={(keys) => leaving(() => actions.stop(keys))()}
        />
      )}
      {done.length > 0 && (
        <ul className="lab-latest" aria-label="Latest results">
          {done
            .slice(-LATEST)
            .reverse()
            .map(({ key, label }) => (
              <li key={key}>
                <span>{label}</span>
                <span className="quiet">{resultText(results.get(key)?.result)}</span>
              </li>
            ))}
        </ul>
      )}
    </section>
  );
}

function countsOf({ jobs, status }: Queue, done: number, failed: number): Counts {
  const held = status === 'running' ? jobs.filter((job) => job.status === 'waiting' && job.isHeld).length : 0;
  return { done, failed, held, left: jobs.length - done - failed - held };
}

function headOf({ status, jobs, elsewhere = 0 }: Queue, { left, done, failed }: Counts): string {
  if (status === 'running') return `Running: ${countOf(left, 'job')} to go`;
  if (status === 'paused') return `Paused: ${countOf(left, 'job')} to go`;
  if (jobs.length === 0)
    return elsewhere > 0 ? `Another tab works on ${countOf(elsewhere, 'job')}` : 'The queue is empty';
  // A queue that was stopped ends here too: so much was done, whatever was planned.
  return failed > 0 ? `Done, but ${countOf(failed, 'job')} failed` : `${countOf(done, 'job')} done`;
}

/** What is said aloud: failures and the end, none of the progress between. */
function announcement(queue: Queue, counts: Counts, failed: QueuedJob | undefined): string {
  const parts = [
    ...(failed ? [`${failed.label} failed${counts.failed > 1 ? `, ${counts.failed} in all` : ''}.`] : []),
    ...(queue.reason ? [queue.reason] : []),
    ...(queue.status === 'idle' && queue.jobs.length > 0 ? [`${headOf(queue, counts)}.`] : []),
  ];
  return parts.join(' ');
}

function progressText({ secondsLeft, status }: Queue, { done, failed, left, held }: Counts, isKept: boolean): string {
  const parts = [`${done} done`, ...(failed > 0 ? [`${failed} failed`] : []), `${left} to go`];
  const paused = held > 0 ? ` ${countOf(held, 'job')} of before ${held === 1 ? 'stays' : 'stay'} paused.` : '';
  const time =
    left === 0
      ? isKept
        ? ' What is done is kept.'
        : ''
      : secondsLeft === null
        ? ' The time left is known after the first job.'
        : ` About ${duration(secondsLeft)} left${status === 'paused' ? ' once it goes on' : ''}.`;
  return `${parts.join(', ')}.${time}${paused}`;
}

interface ButtonsProps {
  status: Queue['status'];
  counts: Counts;
  actions: QueueActions;
  onStop(): void;
}

function QueueButtons({ status, counts: { left, held }, actions, onStop }: ButtonsProps) {
  if (left === 0) return null;
  return (
    <div className="lab-buttons">
      {status === 'running' ? (
        <button type="button" className="button" onClick={() => actions.pause()}>
          Pause
        </button>
      ) : (
        <button type="button" className="button-primary" onClick={() => actions.resume()}>
          Go on
        </button>
      )}
      {held > 0 && (
        <button type="button" className="button" onClick={() => actions.resume()}>
          Go on with the paused too
        </button>
      )}
      <button
        type="button"
        className="button"
        title="Drops what waits and what runs; finished results stay"
        onClick={onStop}
      >
        Stop
      </button>
    </div>
  );
}

/** A result's key number. */
export function resultText(result: StudyResult | undefined): string {
  if (!result) return 'no result';
  switch (result.kind) {
    case 'arm': {
      const right = result.after.families[result.family]?.greedy;
      const accuracy = right == null ? 'accuracy not measured' : `${fixed(right)} %`;
      return `${accuracy}, KL ${formatNumber(result.after.klToSft)}${result.failure ? `; stopped: ${result.failure}` : ''}`;
    }
    case 'best-of-n': {
      const last = result.points.at(-1);
      return last ? `${fixed(last.accuracy)} % at n = ${last.n}` : 'no points';
    }
    case 'interpolation':
      return countOf(result.points.length, 'place');
    case 'change':
      return `overlap of change and gradient ${formatNumber(result.iou)}`;
    case 'agreement':
      return countOf(result.pairs.length, 'pair of masks', 'pairs of masks');
  }
}
