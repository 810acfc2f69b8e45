// What is wrong with the lab's results, said before anybody computes what is recorded or counts on what is not kept: recorded ones that could
// not be loaded, and storage that does not take new ones.
import type { WorkerError } from '../worker/protocol';
import './resultsTrouble.css';

interface TroubleProps {
  recorded: { status: 'loading' | 'ready' } | { status: 'failed'; error: WorkerError };
  /** What storage refused, in words. */
  trouble: string | null;
  /** The pressed button goes away: who is asked also moves the focus. */
  onLoadAgain(): void;
}

export function ResultsTrouble({ recorded, trouble, onLoadAgain }: TroubleProps) {
  return (
    <>
      {recorded.status === 'failed' && (
        <p className="results-trouble" role="alert">
          {recorded.error.message} {recorded.error.next}{' '}
          <button type="button" className="button" onClick={onLoadAgain}>
            Load again
          </button>
        </p>
      )}
      {trouble && (
        <p className="results-trouble" role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}
