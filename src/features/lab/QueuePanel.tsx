// The queue: what runs and how far, what is left and how long, what failed and how to try again, and the results as they come.
import { duration } from '../../components/duration';
import { countOf, formatNumber } from '../../components/format';
import { SHARING } from '../../components/sharing';
import type { StudyResult } from '../../core/study/result';
import type { LabActions, LabState, Queue, QueuedJob } from '../../state/labState';
import { fixed } from './labText';
import './labQueue.css';

/** Results that are listed as they come. */
const LATEST = 6;

type QueueActions = Pick<LabActions, 'pause' | 'resume' | 'stop' | 'retry'>;

interface QueueProps {
  queue: Queue;
  results: LabState['results'];
  actions: QueueActions;
  /** A training run goes on at the same time. */
  isTraining: boolean;
}

export function QueuePanel({ queue, results, actions, isTraining }: QueueProps) {
  const { jobs, status } = queue;
  if (jobs.length === 0) return null;
  const of = (wanted: QueuedJob['status']) => jobs.filter((job) => job.status === wanted);
  const running = of('running')[0];
  const failed = of('failed');
  const done = of('done');
  const left = of('waiting').length + of('running').length;
  return (
    <section className="lab-queue" aria-labelledby="lab-queue-title">
      <header className="lab-queue-head">
        <h3 id="lab-queue-title" className="heading">
          {headOf(status, left, done.length, failed.length)}
        </h3>
        <QueueButtons status={status} left={left} actions={actions} />
      </header>
      <p className="caption">{progressText(queue, done.length, failed.length, left)}</p>
      {isTraining && status === 'running' && (
        <p className="caption" role="status">
          A training run is going on too: {SHARING}
        </p>
      )}
      <progress
        className="lab-progress"
        aria-label="Jobs of the queue"
        max={jobs.length}
        value={done.length + failed.length + (running?.share ?? 0)}
      />
      {running && (
        <p className="lab-running">
          <strong>{running.label}</strong>
          <span className="caption">
            {Math.round(100 * running.share)} %{running.doing && `: ${running.doing}`}
          </span>
        </p>
      )}
      {failed.length > 0 && <FailedJobs failed={failed} onRetry={actions.retry} />}
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

function headOf(status: Queue['status'], left: number, done: number, failed: number): string {
  if (status === 'running') return `Running: ${countOf(left, 'job')} to go`;
  if (status === 'paused') return `Paused: ${countOf(left, 'job')} to go`;
  // A queue that was stopped ends here too: so much was done, whatever was planned.
  return failed > 0 ? `Done, but ${countOf(failed, 'job')} failed` : `${countOf(done, 'job')} done`;
}

function progressText({ secondsLeft, status }: Queue, done: number, failed: number, left: number): string {
  const parts = [`${done} done`, ...(failed > 0 ? [`${failed} failed`] : []), `${left} to go`];
  const time =
    left === 0
      ? 'What is done is kept.'
      : secondsLeft === null
        ? 'The time left is known after the first job.'
        : `About ${duration(secondsLeft)} left${status === 'paused' ? ' once it goes on' : ''}.`;
  return `${parts.join(', ')}. ${time}`;
}

function QueueButtons({ status, left, actions }: { status: Queue['status']; left: number; actions: QueueActions }) {
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
      <button
        type="button"
        className="button"
        title="Drops what waits and what runs; finished results stay"
        onClick={() => actions.stop()}
      >
        Stop
      </button>
    </div>
  );
}

function FailedJobs({ failed, onRetry }: { failed: readonly QueuedJob[]; onRetry(key: string): void }) {
  return (
    <ul className="lab-failed" aria-label="Failed jobs">
      {failed.map(({ key, label, error }) => (
        <li key={key}>
          <p>
            <strong>{label}</strong> failed: {error?.message ?? 'the reason is not known.'} {error?.next}
          </p>
          <button type="button" className="button" aria-label={`Try again: ${label}`} onClick={() => onRetry(key)}>
            Try again
          </button>
        </li>
      ))}
    </ul>
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
