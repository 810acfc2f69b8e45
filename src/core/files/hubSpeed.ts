// How fast bytes come, over the last seconds, so that a pause or a faster line soon shows.

const WINDOW = 5000;
/** Too short a time tells nothing. */
const LEAST = 500;

export interface Speed {
  /** Bytes so far at a time in milliseconds. */
  add(bytes: number, at: number): void;
  /** Bytes a second; null while too little is known. */
  perSecond(at: number): number | null;
}

export function createSpeed(): Speed {
  let marks: { bytes: number; at: number }[] = [];
  return {
    add(bytes, at) {
      const last = marks.at(-1);
      // What was thrown away and comes again makes the old marks worthless.
      if (last && bytes < last.bytes) marks = [];
      if (last && marks.length > 1 && at - marks.at(-2)!.at < 100) marks.pop();
      marks.push({ bytes, at });
      while (marks.length > 2 && at - marks[1]!.at >= WINDOW) marks.shift();
    },
    perSecond(at) {
      const [first] = marks;
      const last = marks.at(-1);
      if (!first || !last || at - first.at < LEAST) return null;
      return ((last.bytes - first.bytes) / (at - first.at)) * 1000;
    },
  };
}
