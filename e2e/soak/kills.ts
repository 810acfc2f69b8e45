// How each kill is made, and how the page is had back after it: by opening it again, or as it is where it lives on.

import type { Way } from './plan';
import type { SoakStudio } from './studio';

const SOON = 15_000;
/** A worker that ends without a word: after so long a visitor looks at a run that stands still. */
const STILL = 300;

/** Ends what the run runs on. Throws Error where that cannot be done. */
export async function makeKill(studio: SoakStudio, way: Way): Promise<void> {
  const ear = studio.ear();
  switch (way) {
    case 'crash': {
      const session = await studio.page().context().newCDPSession(studio.page());
      // It has nobody left to answer.
      session.send('Page.crash').catch(() => {});
      return expectGone(studio);
    }
    case 'close':
      return studio.page().close();
    case 'reload':
      return studio.reload();
    case 'SIGKILL':
      return studio.killBrowser();
    case 'silence':
      await studio.ask('order', { type: 'crash', how: 'silence' });
      return pause(STILL);
    case 'exception':
    case 'trap':
    case 'memory':
      await studio.ask('order', { type: 'crash', how: way });
      return crashed(studio);
    case 'termination':
      await studio.ask('terminate', true);
      return crashed(studio);
    case 'destroy': {
      await studio.ask('order', { type: 'loseDevice' });
      const failed = await ear.find((all) => all.find(({ type }) => type === 'failed'), SOON);
      if (!failed) throw new Error('Nothing was heard of the lost device.');
    }
  }
}

async function crashed(studio: SoakStudio): Promise<void> {
  const crash = await studio.ear().find((all) => all.find(({ type }) => type === 'crashed'), SOON);
  if (!crash) throw new Error('The worker did not crash.');
}

async function expectGone(studio: SoakStudio): Promise<void> {
  const isGone = await studio
    .ear()
    .find<never>(() => undefined, SOON)
    .then(
      () => false,
      () => true,
    );
  if (!isGone) throw new Error('The page did not crash.');
}

/** Is the page there as it was, so that a visitor goes on in it? */
export const livesOn = (way: Way): boolean =>
  way === 'exception' ||
  way === 'trap' ||
  way === 'memory' ||
  way === 'termination' ||
  way === 'destroy' ||
  way === 'reload';

export const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
