// Judges time without trusting the clock alone: a fixed piece of work, done in the judged page's own main thread right before and after,
// tells how much slower this machine is now than the one on which the limits were met, and the limits stretch by that much.
import { expect, type Page } from '@playwright/test';

/**
 * ms of one piece of work on the machine on which the limits were met (2 cores of a virtual Intel Xeon, Chromium without a GPU), with nothing
 * beside it, 21 November 2026: medians of 15.0–16.0 by the clock (37 of 40), of 15.2–15.7 of the processor (12 of 12).
 */
export const REFERENCE = 15;
/** Beyond this nothing is judged: a limit stretched so far would let anything pass. */
const ABSURD = 6;

/** A measured number and the limit it has on the reference machine: a longest time, or a least count such as of frames. */
export type Limited = { what: string; measured: number } & ({ atMost: number } | { atLeast: number });
/** With how many times slower than the reference machine this one was meanwhile. */
export interface Judged {
  of: Limited[];
  slowness: number;
}

/** Named so in a trace. */
export const PIECE = 'piece of work';
/** That many are measured, after some that compile. */
export const PIECES = 9;
const WARM_UP = 5;

/**
 * Median ms, by the clock, of a fixed piece of work: script, making elements, laying them out. In a frame of its own, out of reach of the
 * page's styles.
 */
export function pieceOfWork(page: Page): Promise<number> {
  return page.evaluate(
    async ({ name, warmUp, count }) => {
      const frame = document.createElement('iframe');
      frame.style.cssText = 'position: fixed; inset: 0; width: 600px; height: 400px; opacity: 0; pointer-events: none';
      document.body.append(frame);
      const own = frame.contentDocument!;
      const work = (): number => {
        const began = performance.now();
        const words = Array.from({ length: 12_000 }, (_, i) => `word ${(i * 7919) % 12_007}`);
        const counts = new Map(words.sort().map((word, i) => [word, i]));
        const table = own.createElement('table');
        for (let row = 0; row < 120; row++) {
          const line = table.insertRow();
          for (let at = 0; at < 10; at++) line.insertCell().textContent = `${counts.get(`word ${row * 10 + at}`)}`;
        }
        own.body.replaceChildren(table);
        if (table.offsetHeight === 0) throw new Error('The piece of work was not laid out.');
        return performance.now() - began;
      };
      const times: number[] = [];
      for (let turn = 0; turn < warmUp + count; turn++) {
        const time = work();
        if (turn >= warmUp) {
          performance.mark(name);
          times.push(time);
        }
        await new Promise((done) => setTimeout(done));
      }
      frame.remove();
      return times.sort((a, b) => a - b)[(count - 1) / 2]!;
    },
    { name: PIECE, warmUp: WARM_UP, count: PIECES },
  );
}

/** How many times slower than the reference machine this page's main thread is now, at least 1. */
export const slownessOf = async (page: Page): Promise<number> => Math.max(1, (await pieceOfWork(page)) / REFERENCE);

/** Prints the numbers beside their limits, as `slowness` stretches them; says which break theirs. */
export function broken({ of, slowness }: Judged): string[] {
  const isAbsurd = slowness > ABSURD;
  return of.flatMap((one) => {
    const limit = 'atMost' in one ? one.atMost * slowness : one.atLeast / slowness;
    const isKept = !isAbsurd && ('atMost' in one ? one.measured <= limit : one.measured >= limit);
    const bound = `${'atMost' in one ? 'at most' : 'at least'} ${limit.toFixed(1)}`;
    const said = `${one.what}: ${one.measured.toFixed(1)}, ${bound} at slowness ${slowness.toFixed(2)}${isAbsurd ? ', too slow to judge anything' : ''}`;
    console.log(`${isKept ? ' ' : '✕'} ${said}`);
    return isKept ? [] : [said];
  });
}

/** Whatever else the machine does counts too, so that each thing has to keep its limit in one of the tries only. */
export async function bestOf(act: () => Promise<Judged>, tries = 5): Promise<void> {
  const kept = new Set<string>();
  let failed: string[] = [];
  for (let left = tries; left > 0; left--) {
    const { of, slowness } = await act();
    failed = of.flatMap((one) => {
      const told = broken({ of: [one], slowness });
      if (told.length === 0) kept.add(one.what);
      return kept.has(one.what) ? [] : told;
    });
    if (failed.length === 0) return;
  }
  expect(failed, 'what broke its limit in every try').toEqual([]);
}

/** Judges what `act` measures by the clock, with the slower of the yardsticks before and after. */
export const judge = (page: Page, act: () => Promise<Limited[]>): Promise<void> =>
  bestOf(async () => {
    const before = await slownessOf(page);
    const of = await act();
    return { of, slowness: Math.max(before, await slownessOf(page)) };
  });
