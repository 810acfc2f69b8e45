// Requests that take long: told how far they are, and given up when the page asks for it.
import { explainError } from './explainError';
import type { LongProgress, WorkerMessage } from './protocol';

/** Of work that takes long: whom to tell, and when to give up. */
export interface Long {
  onProgress(progress: LongProgress): void;
  signal: AbortSignal;
}

export interface LongRequests {
  /** Posts what `work` gives, or why it failed. Never rejects. */
  follow(requestId: string, work: (long: Long) => Promise<WorkerMessage>): Promise<void>;
  /** Nothing happens where the request is over. */
  cancel(requestId: string): void;
}

const CANCELLED = { message: 'Cancelled.', next: 'Nothing was changed.', detail: 'Cancelled.' };

export function createLongRequests(post: (message: WorkerMessage) => void): LongRequests {
  const cancels = new Map<string, AbortController>();
  return {
    async follow(requestId, work) {
      const cancel = new AbortController();
      cancels.set(requestId, cancel);
      const onProgress = (progress: LongProgress): void => post({ type: 'model.progress', requestId, progress });
      try {
        post(await work({ onProgress, signal: cancel.signal }));
      } catch (error) {
        post({ type: 'request.failed', requestId, error: cancel.signal.aborted ? CANCELLED : explainError(error) });
      } finally {
        cancels.delete(requestId);
      }
    },
    cancel: (requestId) => cancels.get(requestId)?.abort(),
  };
}
