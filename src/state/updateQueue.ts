// What the worker says, waiting to be published: at most once a frame, in order, in pieces that the page can bear. A tab that comes back from the
// background may find much of it, so a piece ends when its time is over; and where nobody publishes, what waits stays bounded.
export interface UpdateQueue<T> {
  add(item: T): void;
}

interface QueueOptions<T> {
  /** Calls back before the next paint, or soon. */
  schedule(publish: () => void): void;
  /** ms. */
  now(): number;
  /** Takes one item up without showing it. */
  take(item: T): void;
  /** What was taken is to be seen. */
  show(): void;
}

/** ms of one piece: what is left of a frame belongs to drawing. */
export const PIECE_MS = 10;
/** More than so many do not wait for a frame: ten messages a second make as many in half a minute. */
export const MOST_WAITING = 300;

export function createUpdateQueue<T>({ schedule, now, take, show }: QueueOptions<T>): UpdateQueue<T> {
  const waiting: T[] = [];
  const piece = (): void => {
    const until = now() + PIECE_MS;
    let taken = 0;
    do take(waiting[taken++]!);
    while (taken < waiting.length && now() < until);
    waiting.splice(0, taken);
    show();
  };
  const publish = (): void => {
    if (waiting.length === 0) return;
    piece();
    if (waiting.length > 0) schedule(publish);
  };
  return {
    add(item) {
      waiting.push(item);
      if (waiting.length === 1) schedule(publish);
      if (waiting.length > MOST_WAITING) piece();
    },
  };
}
