// The order in which questions go to the atlas worker, which answers one after the other: what a hand waits for, then pictures, then what
// is said of them. Few are on their way at a time, so that a later question need not wait for many earlier ones.
import type { QuestionType } from './atlasProtocol';

/** 0: a hand waits for it. 1: pictures. 2: the rest, while nothing else is asked. */
const RANKS: Readonly<Record<QuestionType, 0 | 1 | 2>> = {
  ...{ select: 0, cell: 0, next: 0, export: 0, import: 0 },
  ...{ tile: 1, histogram: 1, profile: 1 },
  ...{ magnitudes: 2, reference: 2, groups: 2, concentration: 2, agreement: 2, matrix: 2, churn: 2 },
};
const LAST = 2;
/** Small tiles are answered faster than they travel. */
const MOST_UNDER_WAY = 6;
/** Milliseconds without a picture before the last rank has its turn: pictures are asked for in idle time. */
const REST_MS = 60;

export interface QueuedQuestion {
  type: QuestionType;
  /** In a lane only the latest question counts: while one is under way, at most one waits. */
  lane: string | null;
  /** Drops the question while it waits. */
  signal: AbortSignal | null;
  send(): void;
  /** It will not be sent. */
  replace(): void;
}

export interface AskQueue {
  add(question: QueuedQuestion): void;
  /** A question that was sent has been answered or refused. */
  done(question: QueuedQuestion): void;
  /** Forgets all without a word; returns those that were waiting. */
  clear(): QueuedQuestion[];
}

/** `mostUnderWay`: of what a hand waits for, all counted; of pictures. Whoever answers several at once wants room for the former. */
export function askQueue(
  now: () => number = () => performance.now(),
  mostUnderWay: readonly [hand: number, pictures: number] = [MOST_UNDER_WAY, MOST_UNDER_WAY],
): AskQueue {
  let waiting: QueuedQuestion[] = [];
  const underWay = new Set<QueuedQuestion>();
  let lastPicture = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isFree = ({ lane }: QueuedQuestion): boolean =>
    lane === null || ![...underWay].some((question) => question.lane === lane);

  const next = (): QueuedQuestion | null => {
    for (const rank of [0, 1] as const) {
      if (underWay.size >= mostUnderWay[rank]) return null;
      const found = waiting.find((question) => RANKS[question.type] === rank && isFree(question));
      if (found) return found;
    }
    return underWay.size === 0 ? (waiting.find(({ type }) => RANKS[type] === LAST) ?? null) : null;
  };

  const pump = (): void => {
    clearTimeout(timer);
    for (let found = next(); found; found = next()) {
      const rest = lastPicture + REST_MS - now();
      if (RANKS[found.type] === LAST && rest > 0) {
        timer = setTimeout(pump, rest);
        return;
      }
      waiting.splice(waiting.indexOf(found), 1);
      underWay.add(found);
      found.send();
    }
  };

  const drop = (question: QueuedQuestion): void => {
    const at = waiting.indexOf(question);
    if (at < 0) return;
    waiting.splice(at, 1);
    question.replace();
  };

  return {
    add(question) {
      if (question.signal?.aborted) {
        question.replace();
        return;
      }
      const earlier = question.lane !== null && waiting.find(({ lane }) => lane === question.lane);
      if (earlier) drop(earlier);
      waiting.push(question);
      question.signal?.addEventListener('abort', () => drop(question), { once: true });
      pump();
    },
    done(question) {
      underWay.delete(question);
      if (RANKS[question.type] < LAST) lastPicture = now();
      pump();
    },
    clear() {
      clearTimeout(timer);
      const dropped = waiting;
      waiting = [];
      underWay.clear();
      return dropped;
    },
  };
}
