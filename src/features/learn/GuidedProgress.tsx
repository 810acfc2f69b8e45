// The work on one experiment: its training runs, how far they are, how long it will take, and the means to pause or stop.
import { duration } from '../../components/duration';
import { countOf, formatPercent } from '../../components/format';
import { Icon } from '../../components/icons';
import type { QueuedJob } from '../../state/labState';
import { useLab, useLabState } from '../../state/useLab';
import type { GuidedWork } from './guidedWork';

export function GuidedProgress({ work }: { work: GuidedWork }) {
  const lab = useLab();
  const status = useLabState((state) => state.queue.status);
  const secondsLeft = useLabState((state) => state.queue.secondsLeft);
  const percent = Math.floor(100 * work.share);
  return (
    <section className="guided-work" aria-label="Work on this experiment">
      <div className="guided-work-head">
        <progress value={percent} max={100} aria-label="This experiment’s training runs" />
        <span className="guided-work-text">
          {formatPercent(percent)}
          {status === 'paused' && ' · paused'}
          {status === 'running' && secondsLeft !== null && ` · ${duration(secondsLeft)} left`}
        </span>
        {status === 'paused' ? (
          <button type="button" className="button" onClick={lab.resume}>
            <Icon name="play" />
            Resume
          </button>
        ) : (
          <button type="button" className="button" disabled={status === 'idle'} onClick={lab.pause}>
            <Icon name="pause" />
            Pause
          </button>
        )}
        <button type="button" className="button" disabled={status === 'idle'} onClick={lab.stop}>
          <Icon name="stop" />
          Stop
        </button>
      </div>
      <ul className="guided-jobs">
        {work.queued.map((job) => (
          <JobLine key={job.key} job={job} onRetry={() => lab.retry(job.key)} />
        ))}
      </ul>
      <p className="caption">
        {work.others > 0 && `${countOf(work.others, 'other job')} of the lab in the same queue. `}
        What is done is kept, here and after a reload.
      </p>
    </section>
  );
}

function JobLine({ job, onRetry }: { job: QueuedJob; onRetry(): void }) {
  const { label, status, share, doing, error } = job;
  return (
    <li data-status={status}>
      <span>{label}</span>
      <span className="caption">
        {status === 'done' && '✓ done'}
        {status === 'waiting' && (doing || 'waiting')}
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
