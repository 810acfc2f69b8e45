// Cross-origin isolation, which WASM needs for threads, on hosts that do not send its headers: registers the service worker
// and loads the page once more, through it. Runs before anything is shown, so a reload can lose nothing.

/** Who isolated the page, or why nobody did and what would help (full sentences). */
export type Isolation = { by: 'host' | 'serviceWorker' } | { by: 'none'; reason: string; fix: string };

/** What the window offers. */
export interface IsolationPage {
  /** undefined where the browser knows no isolation. */
  crossOriginIsolated: boolean | undefined;
  isSecureContext: boolean;
  /** Is it shown inside another page? */
  isFramed: boolean;
  serviceWorker: Pick<ServiceWorkerContainer, 'controller' | 'register'> | undefined;
  /** Absolute address of the service worker's script; its folder is the worker's scope. */
  script: string;
  /** Lasts as long as the tab. May throw (storage refused), and so may its methods. */
  openStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  reload(): void;
}

/** Set while the page is loaded once more. Still there afterwards and not isolated: it did not help, so never again. */
const MARK = 'allo-studio.reloadedForIsolation';
/** Longer than any local start takes; the page waits no more than this for its threads. */
const PATIENCE_MS = 3000;

const HEADERS = 'let the host send COOP and COEP headers (npm start does)';
const none = (reason: string, fix: string): Isolation => ({ by: 'none', reason, fix });

/** The page this code runs in. */
export const currentPage = (): IsolationPage => ({
  crossOriginIsolated: globalThis.crossOriginIsolated,
  isSecureContext,
  isFramed: window.top !== window,
  serviceWorker: navigator.serviceWorker,
  script: new URL('serviceWorker.js', document.baseURI).href,
  openStorage: () => sessionStorage,
  reload: () => location.reload(),
});

/**
 * Isolates the page where that is needed and possible. 'reloading': the page is about to go away, so show nothing. Never
 * rejects: without isolation the studio works too, on one thread.
 */
export async function bringIsolation(page: IsolationPage): Promise<Isolation | 'reloading'> {
  if (page.crossOriginIsolated) {
    forgetReload(page);
    return { by: page.serviceWorker?.controller ? 'serviceWorker' : 'host' };
  }
  return obstacleOf(page) ?? (await startWorker(page)) ?? reloadOnce(page);
}

function forgetReload(page: IsolationPage): void {
  try {
    page.openStorage().removeItem(MARK);
  } catch {
    // Storage is refused: nothing was remembered.
  }
}

/** What stands in the way from the start. */
function obstacleOf(page: IsolationPage): Isolation | null {
  if (!page.isSecureContext)
    return none(
      'This page was opened over plain http from another machine, where browsers isolate nothing.',
      'Open it over https, or on the machine itself through http://localhost.',
    );
  if (page.isFramed)
    return none('This page is shown inside another one, which decides over it.', 'Open it in a tab of its own.');
  if (page.crossOriginIsolated === undefined)
    return none('This browser knows no cross-origin isolation.', 'Use a newer browser.');
  if (!page.serviceWorker)
    return none(
      'The host sends no isolation headers, and this browser offers no service worker that could.',
      `Leave private browsing, or ${HEADERS}.`,
    );
  return null;
}

/** Registers the service worker. null once it will answer the next load. */
async function startWorker(page: IsolationPage): Promise<Isolation | null> {
  const patience = new Promise<'late'>((resolve) => setTimeout(resolve, PATIENCE_MS, 'late'));
  try {
    const state = await Promise.race([activeWorker(page), patience]);
    return state === 'active'
      ? null
      : none('This page’s service worker was not ready in time, and it is not waited for.', 'Reload the page.');
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    return none(
      `The host sends no isolation headers, and the browser refused this page’s service worker (${why}).`,
      `Allow site data for this address, leave private browsing, or ${HEADERS}.`,
    );
  }
}

/** Rejects with the browser's reason, or with ours, when there will be no worker. */
async function activeWorker({ serviceWorker, script }: IsolationPage): Promise<'active'> {
  const registration = await serviceWorker?.register(script);
  // What blocks service workers may also answer with nothing at all.
  const worker = registration && (registration.active ?? registration.waiting ?? registration.installing);
  if (!worker) throw new Error('it was blocked');
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activating' || worker.state === 'activated') resolve('active');
      if (worker.state === 'redundant') reject(new Error('it could not be installed'));
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

/** Loads the page once more, unless that was just tried, or cannot be remembered and might go on for ever. */
function reloadOnce(page: IsolationPage): Isolation | 'reloading' {
  try {
    const storage = page.openStorage();
    if (storage.getItem(MARK))
      return none(
        'This page’s service worker runs, but the browser did not isolate the page even so.',
        `Reload the page (without Shift), or ${HEADERS}.`,
      );
    storage.setItem(MARK, 'yes');
    if (!storage.getItem(MARK)) throw new Error('Nothing was stored.');
  } catch {
    return none(
      'This page’s service worker acts from the next load on; the page may not store that it reloads itself.',
      'Reload the page.',
    );
  }
  page.reload();
  return 'reloading';
}
