// The theme as canvases need it: colours as numbers, and a value that changes when theme or pixel ratio do, so that effects redraw.
import { useSyncExternalStore } from 'react';
import type { HeatmapPalette } from './heatmapPaint';
import { densityRamp, parseColour, type Rgb } from './legendColours';

/** Changes with the colour theme and with devicePixelRatio. */
export const useThemeKey = (): string => useSyncExternalStore(subscribe, themeKey, () => 'server');

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class', 'style'] });
  const scheme = window.matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', changed);
  window.addEventListener('resize', changed);
  return () => {
    observer.disconnect();
    scheme.removeEventListener('change', changed);
    window.removeEventListener('resize', changed);
  };
}

const cssValue = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name);

const themeKey = (): string => `${cssValue('--paper')} ${cssValue('--selected')} ${window.devicePixelRatio}`;

/** A theme colour as numbers; middle grey when the theme does not define it. */
export const themeColour = (name: string): Rgb => parseColour(cssValue(name)) ?? [128, 128, 128];

/** The palette of mask heatmaps in the current theme; densities from `upper` on share the strongest colour. */
export function maskPalette(upper: number): HeatmapPalette {
  const quiet = themeColour('--quiet');
  return {
    selected: themeColour('--selected'),
    quiet,
    ground: themeColour('--paper'),
    ramp: densityRamp(quiet),
    upper,
  };
}
