// A verdict's bars: their scale, their table, and their picture for a file. Percents. Pure.

import type { ChartInks } from '../../components/charts/chartInks';
import { CHART_SIZE, chartPicture, type ShapeMark } from '../../components/charts/chartPicture';
import type { FigureTable } from '../../components/charts/FigureFrame';
import { formatNumber, formatPercent } from '../../components/format';
import type { Picture } from '../../components/pictureLayout';
import type { GuidedSide, GuidedVerdict } from '../../core/study/guided';
import type { Interval } from '../../core/study/statistics';

/** The first arm is the one that is asked about. */
export const sideColour = (index: number): string => (index === 0 ? 'var(--improving)' : 'var(--baseline)');

/** A whisker inside of 0 … 100 %. */
export const shownWhisker = ({ whisker }: GuidedSide): Interval | null =>
  whisker && { low: Math.max(0, whisker.low), high: Math.min(100, whisker.high) };

/** “94.3 ± 1.2 %”, “94.3 % (91.1 to 96.4)”. */
export function sideText({ mean, whisker }: GuidedSide): string {
  if (mean === null) return 'not computed';
  if (!whisker) return `${mean.toFixed(1)} %`;
  if (whisker.of === 'seeds') return `${mean.toFixed(1)} ± ${(whisker.high - mean).toFixed(1)} %`;
  return `${mean.toFixed(1)} % (${whisker.low.toFixed(1)} to ${whisker.high.toFixed(1)})`;
}

/** What the whiskers are, once for the picture. */
export function whiskerText(sides: readonly GuidedSide[]): string {
  const kinds = new Set(sides.flatMap(({ whisker }) => whisker?.of ?? []));
  const words = [
    kinds.has('seeds') ? 'Whiskers: one standard deviation over seeds.' : '',
    kinds.has('prompts') ? 'Whiskers of a single seed: 95 % by its answers alone.' : '',
  ];
  return words.filter(Boolean).join(' ');
}

export function verdictTable(caption: string, sides: readonly GuidedSide[]): FigureTable<GuidedSide> {
  return {
    caption,
    columns: [
      { head: 'Arm', value: ({ label }) => label, text: ({ label }) => label, isText: true },
      { head: 'Mean, %', value: ({ mean }) => mean, text: ({ mean }) => (mean === null ? '–' : mean.toFixed(1)) },
      {
        head: 'sd',
        value: ({ mean, whisker }) => (whisker?.of === 'seeds' ? whisker.high - mean! : null),
        text: ({ mean, whisker }) => (whisker?.of === 'seeds' ? (whisker.high - mean!).toFixed(1) : '–'),
      },
      { head: 'KL to SFT', value: ({ kl }) => kl, text: ({ kl }) => formatNumber(kl) },
      { head: 'Seeds', value: ({ samples }) => samples.length, text: ({ samples }) => String(samples.length) },
    ],
    rows: () => sides,
    allRows: () => sides,
    rowKey: ({ label }) => label,
  };
}

interface PictureParts {
  title: string;
  quantity: string;
  notes: readonly string[];
  verdict: Pick<GuidedVerdict, 'sides' | 'before'>;
  inks: ChartInks;
  colourOf(colour: string): string;
}

/** Bars from the left edge, one above the other, the SFT model as a dashed line. */
export function verdictPicture({ title, quantity, notes, verdict, inks, colourOf }: PictureParts): Picture {
  const { width, height } = CHART_SIZE;
  const { sides, before } = verdict;
  const row = height / sides.length;
  const x = (percent: number): number => (percent / 100) * width;
  const line = (from: [number, number], to: [number, number], isDashed = false): ShapeMark => ({
    ...{ type: 'line', points: [from, to], colour: inks.ink, width: 1.5 },
    ...(isDashed ? { dash: [4, 4] } : {}),
  });
  const marks = sides.flatMap((side, i): ShapeMark[] => {
    if (side.mean === null) return [];
    const middle = (i + 0.5) * row;
    const bar: ShapeMark = {
      ...{ type: 'rectangle', x: 0, y: middle - row * 0.2, width: x(side.mean), height: row * 0.4 },
      colour: colourOf(sideColour(i)),
    };
    const whisker = shownWhisker(side);
    return whisker ? [bar, line([x(whisker.low), middle], [x(whisker.high), middle])] : [bar];
  });
  return chartPicture({
    title,
    notes,
    x: {
      title: `${quantity}, %`,
      ticks: [0, 25, 50, 75, 100].map((tick) => ({ position: tick / 100, text: `${tick}` })),
    },
    y: { title: '', ticks: [] },
    marks: before === null ? marks : [...marks, line([x(before), 0], [x(before), height], true)],
    swatches: sides.map((side, i) => ({ colour: colourOf(sideColour(i)), text: `${side.label}: ${sideText(side)}` })),
    inks,
  });
}

/** “DPO, all weights 97.1 ± 1.2 %; …; SFT model 55.3 %.” */
export const figureText = ({ sides, before }: Pick<GuidedVerdict, 'sides' | 'before'>): string =>
  [
    ...sides.map((side) => `${side.label} ${sideText(side)}`),
    ...(before === null ? [] : [`SFT model ${formatPercent(before)}`]),
  ].join('; ');
