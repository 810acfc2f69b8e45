// The page's side of the inspect worker: promises for jobs, with progress and cancel, and the atlas's questions, so that whatever draws a
// run's weights draws two files' as well. Which question goes first is askQueue.ts's to say.
import { askQueue, type QueuedQuestion } from './askQueue';
import { type AtlasClient, ReplacedError } from './atlasClient';
import type { AtlasAnswer, AtlasAnswers, AtlasQuestion, MaskRef } from './atlasProtocol';
import {
  type CheckpointRole,
  type CountedMask,
  type InspectAgreement,
  type InspectAnswer,
  type InspectAnswers,
  type InspectCommand,
  type InspectFailure,
  type InspectGroups,
  type InspectJob,
  type InspectOptions,
  type InspectParity,
  type InspectProgress,
  type InspectSelection,
  isInspectMessage,
  type MaskRole,
  type OpenedCheckpoint,
  type PairAnswer,
} from './inspectProtocol';

/** The part of Worker that the client uses. */
export interface InspectPort {
  postMessage(message: InspectCommand): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** What a job came to nothing of. Kind `cancelled` after its signal. */
export class InspectError extends Error {
  override readonly name = 'InspectError';
  constructor(readonly failure: InspectFailure) {
    super(failure.message);
  }
}

export interface JobOptions {
  onProgress?: (progress: InspectProgress) => void;
  /** Stops the job, wherever it is. */
  signal?: AbortSignal;
}

/**
 * `ask` is the atlas's, with the pair as run INSPECT_RUN and the mask file as INSPECT_MASK; `take` is of no use here and does nothing.
 * All promises reject with InspectError; `ask` with ReplacedError too.
 */
export interface InspectClient extends AtlasClient {
  /** Reads headers only. Opening replaces what was open in that role, with all that was made of it. */
  open(role: CheckpointRole, files: readonly File[], options?: JobOptions): Promise<OpenedCheckpoint>;
  /** Needs both checkpoints. */
  pair(options?: JobOptions): Promise<PairAnswer>;
  /** Pairs where that was not done. One selection is kept at a time with a few before it; lab questions may name any of them. */
  select(selection: InspectOptions, options?: JobOptions): Promise<InspectSelection>;
  /** Counts the mask file: what `{ type: 'select', mask: { from: 'file' … } }` is then answered from. */
  count(role: MaskRole, options?: JobOptions): Promise<CountedMask>;
  /** The mask file against the selection last made. */
  parity(options?: JobOptions): Promise<InspectParity>;
  /** Rows, columns and, where their width is known, heads of the share last selected. */
  groups(headWidth: number | null, options?: JobOptions): Promise<InspectGroups>;
  /** Selections that are kept and mask files that are open, up to eight. */
  agreement(masks: readonly MaskRef[], options?: JobOptions): Promise<InspectAgreement>;
  /** Lets go of a file, or of everything; what is under way fails as cancelled. */
  close(role?: CheckpointRole): void;
  /** Ends the worker. The client starts another with the next request. */
  dispose(): void;
}

interface Pending {
  onProgress?: ((progress: InspectProgress) => void) | undefined;
  resolve(answer: InspectAnswer | AtlasAnswer): void;
  reject(error: Error): void;
  queued?: QueuedQuestion;
}

/** Pictures: one is read while the next is known. A hand's questions are answered beside them. */
const MOST_UNDER_WAY = 4;

const CANCELLED: InspectFailure = { kind: 'cancelled', message: 'Stopped.', file: null, where: null };

/** Starts the worker with the first command. `onCrash` tells in a sentence why all files have to be opened again. */
export function createInspectClient(
  createWorker: () => InspectPort,
  onCrash: (why: string) => void = () => {},
): InspectClient {
  let worker: InspectPort | null = null;
  let requests = 0;
  const pending = new Map<string, Pending>();
  const queue = askQueue(undefined, [MOST_UNDER_WAY + 2, MOST_UNDER_WAY]);

  const settle = (requestId: string): Pending | null => {
    const request = pending.get(requestId);
    if (!request) return null;
    pending.delete(requestId);
    if (request.queued) queue.done(request.queued);
    return request;
  };

  const receive = (data: unknown): void => {
    if (!isInspectMessage(data)) return;
    if (data.type === 'inspect.progress') pending.get(data.requestId)?.onProgress?.(data.progress);
    else if (data.type === 'inspect.failed') settle(data.requestId)?.reject(new InspectError(data.failure));
    else settle(data.requestId)?.resolve(data.answer);
  };

  const end = (failure: InspectFailure): void => {
    worker?.terminate();
    worker = null;
    queue.clear();
    const all = [...pending.values()];
    pending.clear();
    for (const { reject } of all) reject(new InspectError(failure));
  };

  const crash = (what: string): void => {
    const message = `Reading the files crashed (${what}).`;
    end({ kind: 'internal', message, file: null, where: null });
    onCrash(message);
  };

  const post = (command: InspectCommand): void => {
    if (!worker) {
      const port = createWorker();
      port.onmessage = ({ data }) => receive(data);
      port.onerror = (event) => port === worker && crash(event.message ?? 'error');
      worker = port;
    }
    worker.postMessage(command);
  };

  const nextId = (): string => `inspect-${++requests}`;

  /** Sends a command and gives what the job of that name answers. */
  const job = <J extends InspectJob>(
    wanted: J,
    commandOf: (requestId: string) => InspectCommand,
    { onProgress, signal }: JobOptions = {},
  ): Promise<InspectAnswers[J]> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new InspectError(CANCELLED));
        return;
      }
      const requestId = nextId();
      const cancel = () => pending.has(requestId) && post({ type: 'inspect.cancel', requestId });
      signal?.addEventListener('abort', cancel, { once: true });
      const forget = () => signal?.removeEventListener('abort', cancel);
      pending.set(requestId, {
        onProgress,
        resolve(answer) {
          forget();
          if ('job' in answer && answer.job === wanted) resolve(answer.value as InspectAnswers[J]);
          else reject(new Error(`Unexpected answer to ${wanted}.`));
        },
        reject(error) {
          forget();
          reject(error);
        },
      });
      post(commandOf(requestId));
    });

  const ask = <Q extends AtlasQuestion>(
    question: Q,
    lane: string | null = null,
    signal: AbortSignal | null = null,
  ): Promise<AtlasAnswers[Q['type']]> =>
    new Promise((resolve, reject) => {
      const requestId = nextId();
      let isSent = false;
      // Nobody wants it any more: a picture of a large tensor is seconds of reading.
      const cancel = () => isSent && pending.has(requestId) && post({ type: 'inspect.cancel', requestId });
      const replaced = () => reject(new ReplacedError('A later question has taken its place.'));
      const forget = () => signal?.removeEventListener('abort', cancel);
      const queued: QueuedQuestion = {
        ...{ type: question.type, lane, signal },
        send() {
          isSent = true;
          post({ type: 'inspect.ask', requestId, question });
        },
        replace() {
          pending.delete(requestId);
          forget();
          replaced();
        },
      };
      signal?.addEventListener('abort', cancel, { once: true });
      pending.set(requestId, {
        queued,
        resolve(answer) {
          forget();
          if ('type' in answer && answer.type === question.type) resolve(answer.value as AtlasAnswers[Q['type']]);
          else reject(new Error(`Unexpected answer to ${question.type}.`));
        },
        reject(error) {
          forget();
          if (error instanceof InspectError && error.failure.kind === 'cancelled') replaced();
          else reject(error);
        },
      });
      queue.add(queued);
    });

  return {
    take() {},
    ask,
    open: (role, files, options) =>
      job('open', (requestId) => ({ type: 'inspect.open', requestId, role, files }), options),
    pair: (options) => job('pair', (requestId) => ({ type: 'inspect.pair', requestId }), options),
    select: (selection, options) =>
      job('select', (requestId) => ({ type: 'inspect.select', requestId, options: selection }), options),
    count: (role, options) => job('count', (requestId) => ({ type: 'inspect.count', requestId, role }), options),
    parity: (options) => job('parity', (requestId) => ({ type: 'inspect.parity', requestId }), options),
    groups: (headWidth, options) =>
      job('groups', (requestId) => ({ type: 'inspect.groups', requestId, headWidth }), options),
    agreement: (masks, options) =>
      job('agreement', (requestId) => ({ type: 'inspect.agreement', requestId, masks }), options),
    close(role) {
      if (worker) post({ type: 'inspect.close', role: role ?? null });
    },
    dispose: () => end(CANCELLED),
  };
}
