// Judges time without trusting the clock alone: a fixed piece of work, done in the judged page's own main thread right before and after,
// tells how much slower this machine is now than the one on which the limits were met, and the limits stretch by that much.
import { expect, type Page } from '@playwright/test';

/**
 * ms of one piece of work in a quiet page of the machine on which the limits were met: 2 cores of a virtual Intel Xeon, Chromium without a
 * GPU, the smallest of sixty medians while little else ran, 21 November 2026.
 */
const REFERENCE = 18;
/** Beyond this nothing is judged: a limit stretched so far would let anything pass. */
const ABSURD = 6;

/** One measured number and the limit it has on the reference machine: a longest time, or a least count such as of frames. */
export type Judged = { what: string; measured: number } & ({ atMost: number } | { atLeast: number });

/** Median ms of a fixed piece of work: script, making elements, laying them out. In a frame of its own, out of reach of the page's styles. */
export function pieceOfWork(page: Page): Promise<number> {
  return page.evaluate(async () => {
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
    for (let turn = 0; turn < 14; turn++) {
      const time = work();
      // The first ones compile.
      if (turn >= 5) times.push(time);
      await new Promise((done) => setTimeout(done));
    }
    frame.remove();
    return times.sort((a, b) => a - b)[4]!;
  });
}

/** How many times slower than the reference machine this page's main thread is now, at least 1. */
export const slownessOf = async (page: Page): Promise<number> => Math.max(1, (await pieceOfWork(page)) / REFERENCE);

/** Prints the numbers beside their limits, as `slowness` stretches them; returns those that break theirs. */
export function broken(judged: readonly Judged[], slowness: number): string[] {
  return judged.flatMap((one) => {
    const limit = 'atMost' in one ? one.atMost * slowness : one.atLeast / slowness;
    const holds = slowness <= ABSURD && ('atMost' in one ? one.measured <= limit : one.measured >= limit);
    const bound = `${'atMost' in one ? 'at most' : 'at least'} ${limit.toFixed(1)}`;
    console.log(
      `${one.what}: ${one.measured.toFixed(1)}, ${bound} at slowness ${slowness.toFixed(2)}${holds ? '' : ' ✕'}`,
    );
    return holds ? [] : [one.what];
  });
}

/**
 * Does `act` and judges what it measured by the slower of the yardsticks before and after. Whatever else the machine does counts too, so
 * that each thing has to hold in one of the tries only.
 */
export async function judge(page: Page, act: () => Promise<Judged[]>, tries = 3): Promise<void> {
  let open: string[] | null = null;
  let slowness = 1;
  for (let left = tries; left > 0 && open?.length !== 0; left--) {
    const before = await slownessOf(page);
    const judged = await act();
    slowness = Math.max(before, await slownessOf(page));
    const failed = broken(judged, slowness);
    open = open ? open.filter((what) => failed.includes(what)) : failed;
  }
  expect(slowness, 'times slower than the reference machine: too much to judge by the clock').toBeLessThanOrEqual(
    ABSURD,
  );
  expect(open, 'what broke its limit in every try').toEqual([]);
}
