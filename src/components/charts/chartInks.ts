// The theme's colours for charts: as CSS variables on the page, which follow the theme, and as values for files.

const NAMES = {
  ink: '--ink',
  quietInk: '--ink-2',
  faintInk: '--ink-3',
  line: '--line',
  paper: '--paper',
  accent: '--accent',
  selected: '--selected',
  warmup: '--warmup',
  font: '--sans',
} as const;

export type ChartInks = Record<keyof typeof NAMES, string>;

const inksOf = (value: (name: string) => string): ChartInks => ({
  ink: value(NAMES.ink),
  quietInk: value(NAMES.quietInk),
  faintInk: value(NAMES.faintInk),
  line: value(NAMES.line),
  paper: value(NAMES.paper),
  accent: value(NAMES.accent),
  selected: value(NAMES.selected),
  warmup: value(NAMES.warmup),
  font: value(NAMES.font),
});

export const PAGE_INKS: ChartInks = inksOf((name) => `var(${name})`);

/** Of the current theme. */
export function fileInks(): ChartInks {
  const style = getComputedStyle(document.documentElement);
  return inksOf((name) => style.getPropertyValue(name).trim());
}

/** Turns the CSS variables of marks into the current theme's values, which files need. */
export function fileColours(): (colour: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (colour) =>
    colour.replace(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim() || 'gray');
}
