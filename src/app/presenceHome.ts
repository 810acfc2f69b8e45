// What the browser tells a page of being looked at, and its wake lock.
import type { PresencePage } from '../state/presence';
import type { HeldLock } from '../state/wakeLock';

async function requestWakeLock(): Promise<HeldLock> {
  const lock = await navigator.wakeLock.request('screen');
  return {
    release: () => lock.release(),
    onRelease: (work) => lock.addEventListener('release', work, { once: true }),
  };
}

export const browserPage: PresencePage = {
  isVisible: () => !document.hidden,
  canFreeze: 'onfreeze' in document,
  wasDiscarded: 'wasDiscarded' in document && document.wasDiscarded === true,
  requestWakeLock: 'wakeLock' in navigator ? requestWakeLock : null,
  listen(tell) {
    document.addEventListener('visibilitychange', () => tell(document.hidden ? 'hidden' : 'visible'));
    document.addEventListener('freeze', () => tell('frozen'));
    document.addEventListener('resume', () => tell('resumed'));
    // Kept whole while another page is shown in the tab, and come back to.
    addEventListener('pagehide', ({ persisted }) => persisted && tell('frozen'));
    addEventListener('pageshow', ({ persisted }) => persisted && tell('resumed'));
  },
  now: () => Date.now(),
  after: (milliseconds, work) => void setTimeout(work, milliseconds),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds);
    return () => clearInterval(timer);
  },
};
