// Jobs of the queue that failed: why, what to do next, and another try for one or for all.
import type { QueuedJob } from '../../state/labState';

interface FailedProps {
  failed: readonly QueuedJob[];
  onRetry(keys: readonly string[]): void;
  onDrop(keys: readonly string[]): void;
}

export function FailedJobs({ failed, onRetry, onDrop }: FailedProps) {
  const keys = failed.map(({ key }) => key);
  return (
    <>
      <ul className="lab-failed" aria-label="Failed jobs">
        {failed.map(({ key, label, error }) => (
          <li key={key}>
            <p>
              <strong>{label}</strong> failed: {error?.message ?? 'the reason is not known.'} {error?.next}
            </p>
            <button type="button" className="button" aria-label={`Try again: ${label}`} onClick={() => onRetry([key])}>
              Try again
            </button>
          </li>
        ))}
      </ul>
      <div className="lab-buttons">
        {failed.length > 1 && (
          <button type="button" className="button" onClick={() => onRetry(keys)}>
            Try all {failed.length} again
          </button>
        )}
        <button
          type="button"
          className="button"
          title="Failed jobs are offered again on later visits, until they are dropped"
          onClick={() => onDrop(keys)}
        >
          {failed.length === 1 ? 'Drop the failed job' : `Drop the ${failed.length} failed jobs`}
        </button>
      </div>
    </>
  );
}
