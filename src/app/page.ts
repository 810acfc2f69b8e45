// What the studio keeps in step with the page around it: the address bar, the theme, and saving before the page is gone.

import { addressOf, isFigureHash } from '../state/address';
import type { Theme } from '../state/storage';
import type { Studio } from '../state/studioActions';
import { parseUrl } from '../state/urlState';

/** Writes settings, view and moment into the address; the browser's back button changes the view. The figure it names stays while its view does. */
export function followAddress(studio: Studio): void {
  const { store } = studio;
  const here = () => {
    const state = store.getState();
    const isSameView = parseUrl(location.search).view === state.view;
    const hash = isSameView && isFigureHash(location.hash) ? location.hash : '';
    return `${location.pathname}${addressOf(state)}${hash}`;
  };
  // A slider moves many times a second; browsers refuse that many addresses.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, '', here()), 250);
  };
  history.replaceState(null, '', here());
  store.subscribe((state, before) => {
    if (state.view !== before.view) {
      if (parseUrl(location.search).view !== state.view) history.pushState(null, '', here());
    } else if (state.config !== before.config) history.replaceState(null, '', here());
    else if (
      state.neurons !== before.neurons ||
      state.inspect !== before.inspect ||
      state.tokens !== before.tokens ||
      state.curves !== before.curves ||
      state.lab !== before.lab ||
      state.compare !== before.compare ||
      state.moment !== before.moment ||
      state.at !== before.at
    )
      soon();
  });
  addEventListener('popstate', () => {
    studio.setView(parseUrl(location.search).view);
    history.replaceState(null, '', here());
  });
}

/** Sets `data-theme` on the root element, following the system where the person has not chosen. */
export function followTheme(studio: Studio): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = (theme: Theme): void => {
    document.documentElement.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
  };
  apply(studio.store.getState().theme);
  studio.store.subscribe(({ theme }, before) => {
    if (theme !== before.theme) apply(theme);
  });
  dark.addEventListener('change', () => apply(studio.store.getState().theme));
}

/** A page that is hidden may never be seen again: it is saved then. Leaving is questioned only where saving has failed for a while. */
export function saveOnLeaving({ saved }: Studio): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') saved.saveNow();
  });
  addEventListener('pagehide', saved.saveNow);
  addEventListener('beforeunload', (event) => {
    if (saved.wouldLose()) event.preventDefault();
  });
}
