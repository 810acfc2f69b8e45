// A button that queues jobs. While all of them wait or run it says so and does nothing, but keeps the focus.
import type { ReactNode } from 'react';
import type { Job } from '../../core/study/job';
import type { KeyedJob } from './jobs';
import type { Queued } from './queue';

interface JobsProps {
  jobs: readonly KeyedJob[];
  queued: Queued;
  className?: string;
  /** Only those that neither wait nor run. */
  onRun(jobs: readonly Job[]): void;
  children: ReactNode;
}

export function JobsButton({ jobs, queued, className = 'button', onRun, children }: JobsProps) {
  const open = jobs.filter(({ key }) => !queued.has(key));
  const isQueued = jobs.length > 0 && open.length === 0;
  return (
    <button
      type="button"
      className={className}
      aria-disabled={isQueued || undefined}
      onClick={() => open.length > 0 && onRun(open.map(({ job }) => job))}
    >
      {children}
      {isQueued && ': queued'}
    </button>
  );
}
