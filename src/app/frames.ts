// When the page shows what has come: before the next paint, and soon where none comes, since a hidden page is not painted.

/** The part of the browser's page that it uses. */
export interface FramePage {
  isHidden(): boolean;
  frame(work: () => void): void;
  later(work: () => void, milliseconds: number): void;
  /** Calls back once, when the page is hidden next; gives a way to call that off. */
  whenHidden(work: () => void): () => void;
}

/** Between two times that a hidden page takes up what has come. Browsers make a second of it. */
const HIDDEN_MS = 500;

/** Once each: a page that is hidden before its paint does not wait for the paint, which comes when somebody looks again. */
export const createSchedule =
  (page: FramePage) =>
  (publish: () => void): void => {
    if (page.isHidden()) {
      page.later(publish, HIDDEN_MS);
      return;
    }
    let isDone = false;
    const once = (): void => {
      if (isDone) return;
      isDone = true;
      callOff();
      publish();
    };
    const callOff = page.whenHidden(() => page.later(once, 0));
    page.frame(once);
  };

export const browserFrames: FramePage = {
  isHidden: () => document.hidden,
  frame: (work) => void requestAnimationFrame(work),
  later: (work, milliseconds) => void setTimeout(work, milliseconds),
  whenHidden(work) {
    const look = (): void => {
      if (document.hidden) work();
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  },
};
