// The work on one experiment: its training runs, how far they are, how long it will take, and the means to pause or stop. Stop is for its own
// jobs; the lab's others go on.
import { useRef } from 'react';
import { duration } from '../../components/duration';
import { countOf, formatPercent } from '../../components/format';
import { Icon } from '../../components/icons';
import type { QueuedJob } from '../../state/labState';
import { useLab, useLabState } from '../../state/useLab';
import { type GuidedWork, isHeldUp, isWorking, keptText } from './guidedWork';

interface ProgressProps {
  work: GuidedWork;
  /** This part goes away with the press of a button in it. */
  onGone(): void;
}

export function GuidedProgress({ work, onGone }: ProgressProps) {
  const lab = useLab();
  const status = useLabState((state) => state.queue.status);
  const secondsLeft = useLabState((state) => state.queue.secondsLeft);
  const reason = useLabState((state) => state.queue.reason);
  const hasTrouble = useLabState((state) => state.trouble !== null);
  const place = useRef<HTMLElement>(null);
  const percent = Math.floor(100 * work.share);
  const isPaused = status === 'paused' || isHeldUp(work);
  const stop = () => {
    lab.stop(work.queued.map(({ key }) => key));
    onGone();
  };
  // The line with the button goes away.
  const retry = (keys: readonly string[]) => {
    lab.retry(keys);
    requestAnimationFrame(() => place.current?.focus({ preventScroll: true }));
  };
  const failed = work.queued.filter((job) => job.status === 'failed').map(({ key }) => key);
  return (
    <section ref={place} tabIndex={-1} className="guided-work" aria-label="Work on this experiment">
      <div className="guided-work-head">
        <progress value={percent} max={100} aria-label="This experiment’s training runs" />
        <span className="guided-work-text">
          {formatPercent(percent)}
          {isPaused && ' · paused'}
          {status === 'running' && !isPaused && secondsLeft !== null && ` · ${duration(secondsLeft)} left`}
        </span>
        {isPaused ? (
          <button type="button" className="button" disabled={!isWorking(work)} onClick={lab.resume}>
            <Icon name="play" />
            Resume
          </button>
        ) : (
          <button type="button" className="button" disabled={!isWorking(work)} onClick={lab.pause}>
            <Icon name="pause" />
            Pause
          </button>
        )}
        <button type="button" className="button" onClick={stop}>
          <Icon name="stop" />
          Stop
        </button>
      </div>
      <ul className="guided-jobs">
        {work.queued.map((job) => (
          <JobLine key={job.key} job={job} onRetry={() => retry([job.key])} />
        ))}
      </ul>
      {failed.length > 1 && (
        <p>
          <button type="button" className="button" onClick={() => retry(failed)}>
            <Icon name="restart" />
            Try all {failed.length} again
          </button>
        </p>
      )}
      {reason && <p role="status">{reason}</p>}
      <p className="caption">
        {work.others > 0 && `${countOf(work.others, 'other job')} of the lab in the same queue. `}
        {keptText(hasTrouble)}
      </p>
    </section>
  );
}

function JobLine({ job, onRetry }: { job: QueuedJob; onRetry(): void }) {
  const { label, status, share, doing, error, isHeld } = job;
  return (
    <li data-status={status}>
      <span>{label}</span>
      <span className="caption">
        {status === 'done' && '✓ done'}
        {status === 'waiting' && (isHeld ? 'paused' : doing || 'waiting')}
        {status === 'running' && `${Math.floor(100 * share)} %${doing ? `, ${doing}` : ''}`}
        {status === 'failed' && '✕ failed'}
      </span>
      {error && (
        <p className="guided-failed" role="alert">
          {error.message} {error.next}{' '}
          <button type="button" className="button" onClick={onRetry}>
            <Icon name="restart" />
            Try again
          </button>
        </p>
      )}
    </li>
  );
}
