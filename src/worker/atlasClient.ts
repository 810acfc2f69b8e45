// The page's side of the atlas worker: hands runs' arrays on without a copy, promises for questions. In a lane only the latest question
// counts: while one is under way, at most one waits, and what it replaces is told so.
import type { RunEvent } from '../core/events';
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

/** A later question of the same lane came before this one's turn. */
export class ReplacedError extends Error {}

export interface AtlasClient {
  /** The events' buffers are gone from the page afterwards. */
  take(runId: string, name: string, events: readonly RunEvent[]): void;
  /** Rejects with Error saying what is missing, or with ReplacedError. */
  ask<Q extends AtlasQuestion>(question: Q, lane?: string): Promise<AtlasAnswers[Q['type']]>;
}

interface Pending {
  type: QuestionType;
  resolve(answer: AtlasAnswer): void;
  reject(error: Error): void;
  lane: string | null;
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
  /** Lanes with a question under way, and the start of the one that waits. */
  const lanes = new Map<string, { start(): void; replace(): void } | null>();

  const leaveLane = (lane: string | null): void => {
    if (lane === null) return;
    const waiting = lanes.get(lane);
    if (!waiting) {
      lanes.delete(lane);
      return;
    }
    lanes.set(lane, null);
    waiting.start();
  };

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
    leaveLane(request.lane);
  };

  const crash = (what: string): void => {
    worker?.terminate();
    worker = null;
    const all = [...pending.values()];
    pending.clear();
    lanes.clear();
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

  const send = <Q extends AtlasQuestion>(question: Q, lane: string | null): Promise<AtlasAnswers[Q['type']]> =>
    new Promise((resolve, reject) => {
      const requestId = `atlas-${++requests}`;
      const type: Q['type'] = question.type;
      pending.set(requestId, {
        ...{ type, reject, lane },
        resolve(answer) {
          if (isOfType(answer, type)) resolve(answer.value as AtlasAnswers[Q['type']]);
          else reject(new Error(`Unexpected answer ${answer.type}.`));
        },
      });
      post({ type: 'atlas.ask', requestId, question }, question.type === 'import' ? [question.file] : []);
    });

  return {
    take: (runId, name, events) => post({ type: 'atlas.events', runId, name, events }, buffersOf(events)),
    ask(question, lane) {
      if (lane === undefined) return send(question, null);
      if (!lanes.has(lane)) {
        lanes.set(lane, null);
        return send(question, lane);
      }
      lanes.get(lane)?.replace();
      return new Promise((resolve, reject) => {
        lanes.set(lane, {
          start: () => void send(question, lane).then(resolve, reject),
          replace: () => reject(new ReplacedError('A later question has taken its place.')),
        });
      });
    },
  };
}
