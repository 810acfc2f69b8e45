// The page's side of the study worker: started with the first job, gone with a stop or a crash (its memory with it), started anew after.
import type { Job } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { assertNever, type WorkerError } from './protocol';
import { isStudyMessage, type StudyCommand } from './studyProtocol';

/** The part of Worker that the client uses. */
export interface StudyPort {
  postMessage(message: StudyCommand): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

export interface StudyListener {
  onProgress(key: string, share: number, label: string): void;
  onResult(key: string, result: StudyResult): void;
  onFailed(key: string, error: WorkerError): void;
  onIdle(): void;
  /** The worker is gone, with all that it had to do. */
  onCrash(error: WorkerError): void;
}

export interface StudyClient {
  run(jobs: readonly Job[]): void;
  pause(): void;
  resume(): void;
  /** Ends the worker: nothing of what it did or had prepared is left. */
  stop(): void;
  /** Also for workers that are yet to start. */
  leaveRoom(leavesRoom: boolean): void;
}

const CRASH_NEXT =
  'Retry the job, or go on with the others. If it happens again, close other tabs or use a smaller preset.';

export function createStudyClient(createWorker: () => StudyPort, listener: StudyListener): StudyClient {
  let worker: StudyPort | null = null;
  let leavesRoom = false;

  const receive = (data: unknown): void => {
    if (!isStudyMessage(data)) return;
    switch (data.type) {
      case 'study.progress':
        listener.onProgress(data.key, data.share, data.label);
        break;
      case 'study.result':
        listener.onResult(data.key, data.result);
        break;
      case 'study.failed':
        listener.onFailed(data.key, data.error);
        break;
      case 'study.idle':
        listener.onIdle();
        break;
      default:
        assertNever(data);
    }
  };

  const stop = (): void => {
    worker?.terminate();
    worker = null;
  };

  const crash = (what: string): void => {
    stop();
    listener.onCrash({ message: 'The worker of the lab crashed.', next: CRASH_NEXT, detail: what });
  };

  const connect = (): StudyPort => {
    const port = createWorker();
    // A worker that was ended may still have messages under way.
    port.onmessage = ({ data }) => port === worker && receive(data);
    port.onerror = (event) => {
      if (port === worker) crash(`${event.message ?? 'error'} (${event.filename ?? 'worker'}:${event.lineno ?? 0})`);
    };
    port.onmessageerror = () => port === worker && crash('A message could not be read.');
    return port;
  };

  return {
    run(jobs) {
      if (!worker) {
        worker = connect();
        if (leavesRoom) worker.postMessage({ type: 'study.room', leavesRoom });
      }
      worker.postMessage({ type: 'study.run', jobs });
    },
    pause: () => worker?.postMessage({ type: 'study.pause' }),
    resume: () => worker?.postMessage({ type: 'study.resume' }),
    stop,
    leaveRoom(wanted) {
      leavesRoom = wanted;
      worker?.postMessage({ type: 'study.room', leavesRoom });
    },
  };
}
