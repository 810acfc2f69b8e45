// The page's side of the atlas worker: hands runs' arrays on without a copy, promises for questions. Which question goes first, and which
// is not worth asking any more, is askQueue.ts's to say; what is replaced is told so.
import type { RunEvent } from '../core/events';
import { askQueue, type QueuedQuestion } from './askQueue';
import {
  type AtlasAnswer,
  type AtlasAnswers,
  type AtlasCommand,
  type AtlasQuestion,
  type Holdings,
  isAtlasMessage,
  type QuestionType,
} from './atlasProtocol';
import { buffersOf } from './transfer';

/** The part of Worker that the client uses. */
export interface AtlasPort {
  postMessage(message: AtlasCommand, transfer: ArrayBuffer[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** A later question of the same lane came before this one's turn, or nobody wants to know any more. */
export class ReplacedError extends Error {}

export interface AtlasClient {
  /** The events' buffers are gone from the page afterwards. */
  take(runId: string, name: string, events: readonly RunEvent[]): void;
  /** Rejects with Error saying what is missing, or with ReplacedError. `signal` drops it while it waits for its turn. */
  ask<Q extends AtlasQuestion>(question: Q, lane?: string, signal?: AbortSignal): Promise<AtlasAnswers[Q['type']]>;
}

interface Pending {
  type: QuestionType;
  resolve(answer: AtlasAnswer): void;
  reject(error: Error): void;
  queued: QueuedQuestion;
}

const isOfType = <T extends QuestionType>(answer: AtlasAnswer, type: T): answer is Extract<AtlasAnswer, { type: T }> =>
  answer.type === type;

/** Starts the worker with the first command. */
export function createAtlasClient(
  createWorker: () => AtlasPort,
  onHoldings: (holdings: Holdings) => void,
): AtlasClient {
  let worker: AtlasPort | null = null;
  let requests = 0;
  const pending = new Map<string, Pending>();
  const queue = askQueue();

  const receive = (data: unknown): void => {
    if (!isAtlasMessage(data)) return;
    if (data.type === 'atlas.held') {
      onHoldings(data.holdings);
      return;
    }
    const request = pending.get(data.requestId);
    if (!request) return;
    pending.delete(data.requestId);
    if (data.type === 'atlas.failed') request.reject(new Error(data.message));
    else request.resolve(data.answer);
    queue.done(request.queued);
  };

  const crash = (what: string): void => {
    worker?.terminate();
    worker = null;
    queue.clear();
    const all = [...pending.values()];
    pending.clear();
    onHoldings({ runs: [], dropped: [], files: [] });
    for (const { reject } of all)
      reject(new Error(`The atlas worker crashed (${what}). Run again to look at weights.`));
  };

  const post = (command: AtlasCommand, transfer: ArrayBuffer[]): void => {
    if (!worker) {
      const port = createWorker();
      port.onmessage = ({ data }) => receive(data);
      port.onerror = (event) => port === worker && crash(event.message ?? 'error');
      worker = port;
    }
    worker.postMessage(command, transfer);
  };

  return {
    take: (runId, name, events) => post({ type: 'atlas.events', runId, name, events }, buffersOf(events)),
    ask: <Q extends AtlasQuestion>(question: Q, lane: string | null = null, signal: AbortSignal | null = null) =>
      new Promise<AtlasAnswers[Q['type']]>((resolve, reject) => {
        const requestId = `atlas-${++requests}`;
        const type: Q['type'] = question.type;
        const queued: QueuedQuestion = {
          ...{ type, lane, signal },
          send: () =>
            post({ type: 'atlas.ask', requestId, question }, question.type === 'import' ? [question.file] : []),
          replace() {
            pending.delete(requestId);
            reject(new ReplacedError('A later question has taken its place.'));
          },
        };
        pending.set(requestId, {
          ...{ type, reject, queued },
          resolve(answer) {
            if (isOfType(answer, type)) resolve(answer.value as AtlasAnswers[Q['type']]);
            else reject(new Error(`Unexpected answer ${answer.type}.`));
          },
        });
        queue.add(queued);
      }),
  };
}
