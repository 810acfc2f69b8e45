// The page's side of the worker: promises for requests, callbacks for the run's messages, and a crash told as a failure. What was open in a worker that
// crashed is opened again in the next one, before whatever needs it.
import type { BackendChoice, RunConfig } from '../core/config';
import type { BackendReport, RunEvent, TimedStage } from '../core/events';
import { createHeldFiles, type Opening } from './heldFiles';
import {
  assertNever,
  type BroughtModel,
  type Command,
  type GeneratedAnswer,
  type ImportAnswer,
  isWorkerMessage,
  type LongProgress,
  type ModelFile,
  type Phase,
  type ResumeChange,
  type RunFailure,
  type SavedFacts,
  type SavedModel,
  type SaveTrouble,
  type WithoutId,
  type WorkerError,
  type WorkerMessage,
} from './protocol';

/** The part of Worker that the client uses. */
export interface WorkerPort {
  postMessage(message: Command): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

export interface TrainerListener {
  onEvents(runId: string, events: readonly RunEvent[]): void;
  onPhase(runId: string, phase: Phase): void;
  /** `resumable`: there is a save that it can be gone on from. */
  onFailed(runId: string, error: RunFailure, resumable: boolean): void;
  /** Weights on their way to a run; null when they are there. */
  onLoading(runId: string, progress: LongProgress | null): void;
  onSaved(runId: string, facts: SavedFacts): void;
  onSaveTrouble(runId: string, trouble: SaveTrouble): void;
}

/** How to follow a long request, and how to give it up: its promise then rejects with RequestError. */
export interface Following {
  onProgress?: (progress: LongProgress) => void;
  signal?: AbortSignal;
}

/** A refused or failed request: `message` says what happened, `next` what to do. */
export class RequestError extends Error {
  readonly next: string;
  readonly detail: string;
  constructor(error: WorkerError) {
    super(error.message);
    this.name = 'RequestError';
    this.next = error.next;
    this.detail = error.detail;
  }
}

export interface TrainerClient {
  /** All promises reject with RequestError. */
  checkBackend(choice: BackendChoice): Promise<BackendReport>;
  importFile(
    file: Blob,
    fileName: string,
    options: {
      vocabularySize: number;
      maxSequence: number;
      mapping: Extract<Command, { type: 'data.import' }>['mapping'];
      modelId: string | null;
      recordsOnly: boolean;
    },
  ): Promise<ImportAnswer>;
  /** `name`: what to call it; null: by its files. */
  openModel(files: readonly ModelFile[], name: string | null, following?: Following): Promise<BroughtModel>;
  closeModel(modelId: string): void;
  saveModel(runId: string, following?: Following): Promise<SavedModel>;
  /** Also for workers that are yet to start. */
  leaveRoom(leavesRoom: boolean): void;
  start(
    runId: string,
    config: RunConfig,
    options: {
      dataId: string | null;
      modelId: string | null;
      paused: boolean;
      saved: { id: string; name: string } | null;
    },
  ): void;
  /** Goes on with a saved run. */
  continueRun(
    runId: string,
    options: {
      savedId: string;
      dataId: string | null;
      modelId: string | null;
      paused: boolean;
      change: ResumeChange;
    },
  ): void;
  /** As soon as possible. */
  save(runId: string): void;
  /** Goes on without being saved. */
  unsave(runId: string): void;
  pause(runId: string): void;
  resume(runId: string): void;
  step(runId: string, options?: { anatomy: boolean }): void;
  stageEnd(runId: string): void;
  only(runId: string, stage: TimedStage, slowly: boolean): void;
  set(runId: string, settings: { learningRateScale: number; beta: number }): void;
  stop(runId: string): void;
  /** Loads the models of a run from a bundle, before it is asked; at once where they are loaded. */
  openRun(runId: string, file: ModelFile, backend: BackendChoice): Promise<void>;
  prompts(runId: string, count: number): Promise<readonly { text: string; family: string }[]>;
  generate(
    runId: string,
    prompt: string,
    options: { temperature: number; seed: number },
  ): Promise<{ before: GeneratedAnswer; after: GeneratedAnswer }>;
  dispose(): void;
}

type Answer = Exclude<Extract<WorkerMessage, { requestId: string }>, { type: 'model.progress' }>;
interface Pending {
  take(answer: Answer): boolean;
  reject(error: RequestError): void;
  onProgress: ((progress: LongProgress) => void) | undefined;
}

const CANCELLED: WorkerError = { message: 'Cancelled.', next: 'Nothing was changed.', detail: 'Cancelled.' };
const CRASH_NEXT = 'Restart the run. If it happens again, use a smaller preset or another backend.';

/** Starts the worker at the first command; after a crash the next command starts a new one. */
export function createTrainerClient(createWorker: () => WorkerPort, listener: TrainerListener): TrainerClient {
  let worker: WorkerPort | null = null;
  let activeRun: string | null = null;
  /** The last run of which there is a save. */
  let savedRun: string | null = null;
  let leavesRoom = false;
  let [requests, models, imports] = [0, 0, 0];
  const pending = new Map<string, Pending>();
  const held = createHeldFiles();
  /** Commands that wait until something is open again; null: nothing is being opened again. */
  let waiting: Command[] | null = null;

  const crash = (what: string): void => {
    worker?.terminate();
    worker = null;
    waiting = null;
    held.lost();
    const error = { message: 'The training worker crashed.', next: CRASH_NEXT, detail: what };
    for (const request of pending.values()) request.reject(new RequestError(error));
    pending.clear();
    const run = activeRun;
    activeRun = null;
    if (run) listener.onFailed(run, { ...error, cause: 'worker crash' }, savedRun === run);
  };

  const settle = (answer: Answer): void => {
    const request = pending.get(answer.requestId);
    if (!request) return;
    pending.delete(answer.requestId);
    if (answer.type === 'request.failed') request.reject(new RequestError(answer.error));
    else if (!request.take(answer)) {
      const detail = `Unexpected answer ${answer.type}`;
      request.reject(new RequestError({ message: detail, next: 'Reload the page.', detail }));
    }
  };

  const receive = (data: unknown): void => {
    if (!isWorkerMessage(data)) return;
    switch (data.type) {
      case 'ready':
        break;
      case 'run.events':
        listener.onEvents(data.runId, data.events);
        break;
      case 'run.phase':
        if (data.runId === activeRun && (data.phase === 'done' || data.phase === 'stopped')) activeRun = null;
        listener.onPhase(data.runId, data.phase);
        break;
      case 'run.failed':
        if (data.runId === activeRun) activeRun = null;
        listener.onFailed(data.runId, data.error, data.resumable);
        break;
      case 'run.saved':
        savedRun = data.runId;
        listener.onSaved(data.runId, data);
        break;
      case 'run.saveTrouble':
        listener.onSaveTrouble(data.runId, data);
        break;
      case 'run.loading':
        listener.onLoading(data.runId, data.progress);
        break;
      case 'model.progress':
        pending.get(data.requestId)?.onProgress?.(data.progress);
        break;
      case 'model.opened':
      case 'model.saved':
      case 'backend.report':
      case 'data.preview':
      case 'probe.opened':
      case 'probe.prompts':
      case 'probe.answer':
      case 'request.failed':
        settle(data);
        break;
      default:
        assertNever(data);
    }
  };

  const connect = (): WorkerPort => {
    const port = createWorker();
    port.onmessage = (event) => receive(event.data);
    port.onerror = (event) => {
      if (port === worker) crash(`${event.message ?? 'error'} (${event.filename ?? 'worker'}:${event.lineno ?? 0})`);
    };
    port.onmessageerror = () => port === worker && crash('A message could not be read.');
    return port;
  };

  const send = (command: Command): void => {
    if (!worker) {
      worker = connect();
      if (leavesRoom) worker.postMessage({ type: 'room.leave', leavesRoom });
    }
    worker.postMessage(command);
  };

  const post = (command: Command): void => {
    if (waiting) waiting.push(command);
    else if (held.neededFor(command).length === 0) send(command);
    else {
      waiting = [command];
      void deliver(waiting);
    }
  };

  /** Sends what waits, in order, each after what it needs. A crash on the way ends it: then nothing is tried again. */
  const deliver = async (queue: Command[]): Promise<void> => {
    for (let next = queue[0]; next && waiting === queue; next = queue[0]) {
      const runId = next.type === 'run.start' || next.type === 'run.continue' ? next.runId : null;
      for (const opening of held.neededFor(next)) {
        if (waiting !== queue) return;
        await reopen(opening, runId);
      }
      if (waiting !== queue) return;
      queue.shift();
      send(next);
    }
    if (waiting === queue) waiting = null;
  };

  /** Whoever needs what cannot be opened again is told so by the worker. */
  const reopen = async (opening: Opening, runId: string | null): Promise<void> => {
    const onProgress = (progress: LongProgress): void => {
      if (runId !== null) listener.onLoading(runId, progress);
    };
    const id = opening.type === 'model.open' ? opening.modelId : opening.dataId;
    // Until it is open: what crashes the worker is not given to the next one.
    held.forget(id);
    try {
      if (opening.type === 'model.open') await request(opening, 'model.opened', () => {}, { onProgress, post: send });
      else await request(opening, 'data.preview', () => {}, { post: send });
      held.opened(opening);
    } catch {
      // Told by what comes of the command.
    }
    if (runId !== null) listener.onLoading(runId, null);
  };

  const request = <T extends Answer['type'], R>(
    command: WithoutId<Command>,
    type: T,
    pick: (answer: Extract<Answer, { type: T }>) => R,
    { onProgress, signal, post: through = post }: Following & { post?: (command: Command) => void } = {},
  ): Promise<R> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new RequestError(CANCELLED));
        return;
      }
      const requestId = `request-${++requests}`;
      const cancel = (): void => {
        if (pending.has(requestId)) post({ type: 'request.cancel', requestId });
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const isWanted = (answer: Answer): answer is Extract<Answer, { type: T }> => answer.type === type;
      pending.set(requestId, {
        reject,
        onProgress,
        take(answer) {
          if (isWanted(answer)) resolve(pick(answer));
          return isWanted(answer);
        },
      });
      through({ ...command, requestId } as Command);
    });

  return {
    checkBackend: (backend) => request({ type: 'backend.check', backend }, 'backend.report', (answer) => answer.report),
    async importFile(file, fileName, options) {
      const command = { type: 'data.import', dataId: `data-${++imports}`, file, fileName, ...options } as const;
      const answer = await request(command, 'data.preview', (message) => message.answer);
      if (answer.status === 'preview') held.opened(command);
      return answer;
    },
    async openModel(files, name, following) {
      const command = { type: 'model.open', modelId: `model-${++models}`, files, name } as const;
      const model = await request(command, 'model.opened', (message) => message.model, following);
      held.opened(command);
      return model;
    },
    closeModel(modelId) {
      held.forget(modelId);
      worker?.postMessage({ type: 'model.close', modelId });
    },
    saveModel: (runId, following) =>
      request({ type: 'model.save', runId }, 'model.saved', ({ saved }) => saved, following),
    leaveRoom(wanted) {
      if (wanted === leavesRoom) return;
      leavesRoom = wanted;
      worker?.postMessage({ type: 'room.leave', leavesRoom });
    },
    start(runId, config, options) {
      activeRun = runId;
      post({ type: 'run.start', runId, config, ...options });
    },
    continueRun(runId, options) {
      activeRun = runId;
      savedRun = runId;
      post({ type: 'run.continue', runId, ...options });
    },
    // A worker that is not there has nothing to save.
    save: (runId) => worker?.postMessage({ type: 'run.save', runId }),
    unsave: (runId) => worker?.postMessage({ type: 'run.unsaved', runId }),
    pause: (runId) => post({ type: 'run.pause', runId }),
    resume: (runId) => post({ type: 'run.resume', runId }),
    step: (runId, { anatomy } = { anatomy: false }) => post({ type: 'run.step', runId, anatomy }),
    stageEnd: (runId) => post({ type: 'run.stageEnd', runId }),
    only(runId, stage, slowly) {
      activeRun = runId;
      post({ type: 'run.only', runId, stage, slowly });
    },
    set: (runId, settings) => post({ type: 'run.set', runId, ...settings }),
    stop: (runId) => post({ type: 'run.stop', runId }),
    openRun: (runId, file, backend) =>
      request({ type: 'probe.open', runId, file, backend }, 'probe.opened', () => undefined),
    prompts: (runId, count) =>
      request({ type: 'probe.prompts', runId, count }, 'probe.prompts', (answer) => answer.prompts),
    generate: (runId, prompt, options) =>
      request({ type: 'probe.generate', runId, prompt, ...options }, 'probe.answer', ({ before, after }) => ({
        before,
        after,
      })),
    dispose() {
      worker?.terminate();
      worker = null;
    },
  };
}
