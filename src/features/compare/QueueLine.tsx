// One line of the lab's queue: how much is to go, what runs, what failed. The whole queue is Lab's.
import { type MouseEvent, useRef } from 'react';
import type { LabActions, Queue } from '../../state/labState';
import { inWords, queueDetail, queueHead } from './queue';
import './compareJobs.css';

export interface LabLink {
  address: string;
  open(): void;
}

interface LineProps {
  queue: Queue;
  actions: Pick<LabActions, 'pause' | 'resume' | 'retry'>;
  lab: LabLink;
}

export function QueueLine({ queue, actions, lab }: LineProps) {
  const line = useRef<HTMLDivElement>(null);
  const { jobs, status } = queue;
  const failed = jobs.find((job) => job.status === 'failed');
  const head = queueHead(queue);
  const retry = (key: string) => {
    // The button that was pressed goes away.
    line.current?.focus({ preventScroll: true });
    actions.retry([key]);
  };
  return (
    <div ref={line} tabIndex={-1} className="compare-queue" data-empty={head === '' || undefined}>
      <p>
        {/* Only this is read out, not each tick of what follows; it is there before it says something. */}
        <span role="status">{head}</span>
        {queueDetail(queue)}
      </p>
      {head !== '' && (
        <div className="compare-buttons">
          {status !== 'idle' && (
            <button
              type="button"
              className="button"
              onClick={() => (status === 'running' ? actions.pause() : actions.resume())}
            >
              {status === 'running' ? 'Pause' : 'Go on'}
            </button>
          )}
          <a href={lab.address} onClick={(event) => openHere(event, lab)}>
            The queue in Lab
          </a>
        </div>
      )}
      {failed && (
        <p className="compare-failure">
          {inWords(failed.label)} failed: {failed.error?.message ?? 'the reason is not known.'} {failed.error?.next}{' '}
          <button type="button" className="button" onClick={() => retry(failed.key)}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

/** A real link; a plain click stays in the page. */
function openHere(event: MouseEvent, lab: LabLink): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  lab.open();
  window.scrollTo(0, 0);
}
