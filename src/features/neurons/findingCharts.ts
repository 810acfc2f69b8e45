// The charts of the Neurons view as marks, one way for the page and for files: how far weights moved, how concentrated that is, and how
// early the mask was settled. Pure.
import type { ChartInks } from '../../components/charts/chartInks';
import { CHART_SIZE, chartPicture, type ShapeMark } from '../../components/charts/chartPicture';
import { formatCount, formatNumber, formatShare } from '../../components/format';
import { domainTicks, tickText } from '../../components/matrix/domain';
import type { Picture, Point } from '../../components/pictureLayout';
import type { ChurnPoint } from '../../core/masks/churn';
import type { Concentration } from '../../core/masks/concentration';
import type { MagnitudeHistogram } from '../../core/masks/magnitudeHistogram';

interface Size {
  width: number;
  height: number;
}

const SHARES = [0, 0.5, 1].map((position) => ({ position, text: formatShare(position) }));

/** The largest bin's count; at least 1. */
const mostOf = ({ selected, others }: MagnitudeHistogram): number =>
  selected.reduce((most, count, i) => Math.max(most, count + others[i]!), 1);

/** Bars of the others with those of the selected on top, heights as square roots: a bin of one weight stays visible beside one of thousands. */
export function histogramMarks(
  histogram: MagnitudeHistogram,
  threshold: number | null,
  { width, height }: Size,
  inks: ChartInks,
): ShapeMark[] {
  const { edges, selected, others } = histogram;
  const bar = width / selected.length;
  const most = mostOf(histogram);
  const up = (count: number): number => height * Math.sqrt(count / most);
  const marks: ShapeMark[] = [];
  for (const [i, count] of selected.entries()) {
    const low = up(others[i]!);
    const top = up(others[i]! + count);
    const place = { type: 'rectangle', x: i * bar, width: bar } as const;
    if (low > 0) marks.push({ ...place, y: height - low, height: low, colour: inks.faintInk });
    if (top > low) marks.push({ ...place, y: height - top, height: top - low, colour: inks.selected });
  }
  const [first, last] = [edges[0] ?? 0, edges.at(-1) ?? 0];
  const at = threshold && last > first ? Math.log(threshold / first) / Math.log(last / first) : Number.NaN;
  if (at >= 0 && at <= 1) {
    const x = at * width;
    const points: Point[] = [
      [x, 0],
      [x, height],
    ];
    marks.push({ type: 'line', points, colour: inks.ink, width: 1.5 });
  }
  return marks;
}

/** `where`: lines under the title, such as run and tensor. */
export function histogramPicture(
  histogram: MagnitudeHistogram,
  threshold: number | null,
  where: readonly string[],
  inks: ChartInks,
): Picture {
  const { edges, selected, others, zeros } = histogram;
  const most = mostOf(histogram);
  const sum = (counts: Uint32Array): number => counts.reduce((total, count) => total + count, 0);
  const [low, high] = [edges[0]!, edges.at(-1)!];
  return chartPicture({
    title: 'How far the weights moved',
    notes: [
      ...where,
      `${formatCount(zeros.selected + zeros.others)} weights did not move.`,
      ...(threshold === null ? [] : [`Line: threshold ${formatNumber(threshold)}.`]),
    ],
    x: {
      title: '|Δθ|, logarithmic',
      ticks: domainTicks({ kind: 'log', low, high, threshold: 1 }, 0.16).map(({ value, position }) => ({
        position,
        text: tickText(value),
      })),
    },
    y: {
      title: 'weights, heights as square roots',
      ticks: [0, Math.round(most / 4), most].map((count) => ({
        position: Math.sqrt(count / most),
        text: formatCount(count),
      })),
    },
    marks: histogramMarks(histogram, threshold, CHART_SIZE, inks),
    swatches: [
      { colour: inks.selected, text: `selected: ${formatCount(sum(selected))}` },
      { colour: inks.faintInk, text: `not selected: ${formatCount(sum(others))}` },
    ],
    inks,
  });
}

export const concentrationSentence = ({ at, gini }: Concentration): string =>
  `The top ${formatShare(at.percent / 100)} of the weights hold ${formatShare(at.updateShare)} of the squared change; Gini ${formatNumber(gini)}.`;

/** The curve, the straight line of equal changes, and the point of the mask's percentage. */
export function lorenzMarks(
  { weightShare, updateShare, at }: Concentration,
  { width, height }: Size,
  inks: ChartInks,
): ShapeMark[] {
  const place = (x: number, y: number): Point => [x * width, (1 - y) * height];
  const [x, y] = place(at.weightShare, at.updateShare);
  return [
    { type: 'line', points: [place(0, 0), place(1, 1)], colour: inks.line, width: 1 },
    {
      type: 'line',
      points: Array.from(weightShare, (share, i) => place(share, updateShare[i]!)),
      colour: inks.accent,
      width: 2,
    },
    { type: 'dot', x, y, radius: 3, colour: inks.selected },
  ];
}

export const lorenzPicture = (curve: Concentration, where: readonly string[], inks: ChartInks): Picture =>
  chartPicture({
    title: 'Concentration of the change',
    notes: [...where, concentrationSentence(curve)],
    x: { title: 'share of the weights, most changed first', ticks: SHARES },
    y: { title: 'share of the squared change', ticks: SHARES },
    marks: lorenzMarks(curve, CHART_SIZE, inks),
    swatches: [
      { colour: inks.accent, text: 'Lorenz curve' },
      { colour: inks.selected, text: `top ${formatShare(curve.at.percent / 100)}` },
      { colour: inks.line, text: 'all changes alike' },
    ],
    inks,
  });

export const CHURN_LINES = [
  { name: 'already selected', of: ({ shareOfFinal }: ChurnPoint) => shareOfFinal, ink: 'warmup', dashed: false },
  { name: 'by chance', of: ({ chanceShare }: ChurnPoint) => chanceShare, ink: 'faintInk', dashed: true },
] as const;

/** From step 0 to the last one; steps without a share are left out. */
export function churnMarks(points: readonly ChurnPoint[], { width, height }: Size, inks: ChartInks): ShapeMark[] {
  const last = points.at(-1)?.step || 1;
  return CHURN_LINES.map(({ of, ink, dashed }) => ({
    type: 'line',
    points: points.flatMap((point): Point[] => {
      const share = of(point);
      return share === null ? [] : [[(point.step / last) * width, (1 - share) * height]];
    }),
    colour: inks[ink],
    width: 2,
    dashed,
  }));
}

export function churnPicture(points: readonly ChurnPoint[], where: readonly string[], inks: ChartInks): Picture {
  const last = points.at(-1)?.step ?? 0;
  return chartPicture({
    title: 'How early the mask is settled',
    notes: where,
    x: {
      title: 'warm-up step',
      ticks: [
        { position: 0, text: '0' },
        { position: 1, text: formatCount(last) },
      ],
    },
    y: { title: 'share of the final mask', ticks: SHARES },
    marks: churnMarks(points, CHART_SIZE, inks),
    swatches: CHURN_LINES.map(({ name, ink }) => ({ colour: inks[ink], text: name })),
    inks,
  });
}
