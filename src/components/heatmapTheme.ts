// The theme as canvases need it: colours as numbers, and a value that changes when theme or pixel ratio do, so that effects redraw.
import { useSyncExternalStore } from 'react';
import { parseColour, type Rgb } from './legendColours';

/** Changes with the colour theme and with devicePixelRatio. */
export const useThemeKey = (): string => useSyncExternalStore(subscribe, currentKey, () => 'server');

// One set of observers for all canvases: reading computed styles for each of them would cost at every render.
const listeners = new Set<() => void>();
let key: string | null = null;
let observing = false;

function subscribe(listener: () => void): () => void {
  observe();
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function observe(): void {
  if (observing) return;
  observing = true;
  const changed = () => {
    const next = themeKey();
    if (next === key) return;
    key = next;
    for (const listener of listeners) listener();
  };
  const attributes = { attributes: true, attributeFilter: ['data-theme', 'class', 'style'] };
  new MutationObserver(changed).observe(document.documentElement, attributes);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  window.addEventListener('resize', changed);
}

function currentKey(): string {
  key ??= themeKey();
  return key;
}

const cssValue = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name);

const themeKey = (): string => `${cssValue('--paper')} ${cssValue('--selected')} ${window.devicePixelRatio}`;

/** A theme colour as numbers; middle grey when the theme does not define it. */
export const themeColour = (name: string): Rgb => parseColour(cssValue(name)) ?? [128, 128, 128];
