// The key of a figure whose lines differ by side, of one run and of several.
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { type ChartLine, plotOf } from '../../components/charts/plot';
import { InSight } from './QuantityFigure';
import { QUANTITIES } from './quantities';

const rewards = QUANTITIES.find(({ id }) => id === 'rewards')!;

const sides = (run: number): ChartLine[] =>
  rewards.parts.map(({ label, colour, marker }) => ({
    ...{ key: `${run} ${label}`, label, run, runName: `run-${run}`, dash: [], marker, isSparse: false },
    segments: [
      {
        ...{ band: 'warm-up', colour: colour!, offset: 0, count: 2 },
        ...{
          steps: Float64Array.of(1, 2),
          values: label === 'chosen' ? Float64Array.of(0, 2) : Float64Array.of(0, -1),
        },
      },
    ],
  }));

const textOf = (lines: readonly ChartLine[]): string => {
  const plot = plotOf({
    ...{ lines, bands: [], window: [0, 2], xKind: 'linear', yKind: 'linear', memory: 0, ends: [null, null] },
    ...{ changes: [], formatTick: null, width: 100, height: 100 },
  });
  return renderToStaticMarkup(InSight({ plot, lines, quantity: rewards })).replaceAll(/<[^>]+>/g, '');
};

it('names the sides by their shapes, with values while it is one run', () => {
  expect(textOf(sides(0))).toMatch(/^▲ chosen 2\S* ▼ rejected [−-]1\S* /);
  expect(textOf([...sides(0), ...sides(1)])).toMatch(/^▲ chosen▼ rejectedmin /);
});
