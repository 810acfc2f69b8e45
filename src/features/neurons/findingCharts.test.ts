import { describe, expect, it } from 'vitest';
import { PAGE_INKS } from '../../components/charts/chartInks';
import { pictureSvg } from '../../components/pictureExport';
import type { ChurnPoint } from '../../core/masks/churn';
import type { Concentration } from '../../core/masks/concentration';
import type { MagnitudeHistogram } from '../../core/masks/magnitudeHistogram';
import {
  churnMarks,
  churnPicture,
  histogramMarks,
  histogramPicture,
  lorenzMarks,
  lorenzPicture,
} from './findingCharts';

const size = { width: 100, height: 60 };

describe('histogram of |Δθ|', () => {
  const histogram: MagnitudeHistogram = {
    edges: Float64Array.of(0.01, 0.1, 1),
    selected: Uint32Array.of(0, 3),
    others: Uint32Array.of(16, 1),
    zeros: { selected: 0, others: 5 },
  };

  it('stacks square roots, the selected on top, with the threshold at its logarithm', () => {
    // Heights of 60: √(16/16) whole, √(1/16) a quarter, √(4/16) a half. 0.1 is half way from 0.01 to 1.
    expect(histogramMarks(histogram, 0.1, size, PAGE_INKS)).toEqual([
      { type: 'rectangle', x: 0, y: 0, width: 50, height: 60, colour: 'var(--ink-3)' },
      { type: 'rectangle', x: 50, y: 45, width: 50, height: 15, colour: 'var(--ink-3)' },
      { type: 'rectangle', x: 50, y: 30, width: 50, height: 15, colour: 'var(--selected)' },
      {
        type: 'line',
        points: [
          [50, 0],
          [50, 60],
        ],
        colour: 'var(--ink)',
        width: 1.5,
      },
    ]);
    expect(histogramMarks(histogram, 2, size, PAGE_INKS)).toHaveLength(3);
    expect(histogramMarks(histogram, null, size, PAGE_INKS)).toHaveLength(3);
  });

  it('is a file with ticks, counts and where it comes from', () => {
    const svg = pictureSvg(histogramPicture(histogram, 0.1, ['quiet-otter, lm_head.weight'], PAGE_INKS));
    for (const text of ['0.01', '0.1', '1', '16', '4', 'selected: 3', 'not selected: 17', '5 weights did not move.'])
      expect(svg).toContain(`>${text}</text>`);
    expect(svg).toContain('>quiet-otter, lm_head.weight</text>');
  });
});

describe('Lorenz curve', () => {
  const curve: Concentration = {
    sumOfSquares: 1,
    weightShare: Float64Array.of(0, 0.1, 1),
    updateShare: Float64Array.of(0, 0.75, 1),
    at: { percent: 10, weights: 1, weightShare: 0.1, updateShare: 0.75 },
    gini: 0.65,
  };

  it('goes from the lower left to the upper right through its points', () => {
    const [, line, dot] = lorenzMarks(curve, size, PAGE_INKS);
    expect(line).toMatchObject({
      points: [
        [0, 60],
        [10, 15],
        [100, 0],
      ],
    });
    expect(dot).toMatchObject({ x: 10, y: 15 });
  });

  it('is a file that says its numbers', () => {
    const svg = pictureSvg(lorenzPicture(curve, [], PAGE_INKS));
    expect(svg).toMatch(/The top 10.% of the weights hold 75.% of the squared change; Gini 0\.650\./);
    expect(svg.match(/<polyline/g)).toHaveLength(3 + 2);
  });

  it('has its last tick end at the plot, not half outside the file', () => {
    const shares = lorenzPicture(curve, [], PAGE_INKS).plot.filter((mark) => mark.type === 'text');
    expect(shares.map(({ x, anchor }) => [x, anchor])).toEqual([
      [0, 'start'],
      [240, 'middle'],
      [480, 'end'],
      [240, 'middle'],
    ]);
  });
});

describe('churn', () => {
  const point = (step: number, shareOfFinal: number | null, chanceShare: number | null): ChurnPoint => ({
    step,
    selected: 1,
    shareOfFinal,
    chanceShare,
    iouWithFinal: null,
    iouWithPrevious: null,
  });
  const points = [point(5, 0.5, 0.05), point(10, null, 0.05), point(20, 1, 0.05)];

  it('draws both shares against the step and leaves out what is not known', () => {
    const [share, chance] = churnMarks(points, size, PAGE_INKS);
    expect(share).toMatchObject({
      points: [
        [25, 30],
        [100, 0],
      ],
      dashed: false,
    });
    expect(chance).toMatchObject({
      points: [
        [25, 57],
        [50, 57],
        [100, 57],
      ],
      dashed: true,
    });
  });

  it('is a file with both lines named', () => {
    const svg = pictureSvg(churnPicture(points, ['quiet-otter'], PAGE_INKS));
    for (const text of ['already selected', 'by chance', '20', 'warm-up step', 'quiet-otter'])
      expect(svg).toContain(`>${text}</text>`);
  });
});
