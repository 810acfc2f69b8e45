// Experiments 6 and 8: masks of one family used on another and how far they agree, against chance; and how concentrated the warm-up's
// change is under Adam, against its raw gradient and a Gaussian, and in which tensors.
import { type Line, linesSource } from '../../../components/charts/linesDrawing';
import { matrixSource } from '../../../components/charts/matrixDrawing';
import { type Row, rowsSource } from '../../../components/charts/rowsDrawing';
import { type Scale, ticksAt } from '../../../components/charts/spots';
import { FAMILIES, type Family } from '../../../core/config';
import { placeOf } from '../../../core/masks/tensorKinds';
import type { ChangeResult } from '../../../core/study/result';
import { foreignVariants, variant } from '../../../core/study/variants';
import { SFT_STYLE, styleOf } from '../armStyles';
import { greedy, greedyBefore, type LabData, type Spread, spreadOf } from '../labData';
import { fixed, spreadText } from '../labText';
import { cellsOf, endsOf, type LabPicture, PERCENTS, row } from './labPicture';

/** The share at which masks are compared, in percent. */
const SHARE = 10;

export function transferPicture(data: LabData, family: Family): LabPicture {
  const variants = [
    variant('dpo-top10'),
    variant('dpo-top10', { maskScore: 'gradient' }),
    ...foreignVariants(family).map((foreign) => foreign.variant),
    variant('dpo-random10'),
  ];
  const arms = variants.flatMap((each) => data.ofVariant(family, each) ?? []);
  const sft = spreadOf(arms[0]?.results ?? [], greedyBefore);
  const places = arms.flatMap(({ label, arm, settings, results }) => {
    const spread = spreadOf(results, greedy);
    return spread ? [{ label, spread, style: styleOf(arm, settings) }] : [];
  });
  const start = sft ? [{ label: 'SFT', spread: sft, style: { ...SFT_STYLE, colour: 'var(--ink-3)' } }] : [];
  const all = [...places, ...start];
  return {
    ...{ id: 'lab-transfer', name: 'Masks from elsewhere', unit: `accuracy on ${family}`, hasRows: true },
    caption:
      'Plain DPO on a tenth of the weights: its own, ranked by the change or by the raw gradient, those of other families, and a random tenth. Bars: means over seeds, with a standard deviation.',
    source:
      places.length === 0
        ? null
        : rowsSource({
            rows: all.map(
              ({ label, spread, style }): Row => ({
                ...{ key: label, label, pick: label === 'SFT' ? null : label },
                marks: [
                  {
                    ...{ name: '', value: spread.mean, ...endsOf(spread), style, isBar: true, level: 0 },
                    lines: [`accuracy ${spreadText(spread)}`],
                  },
                ],
              }),
            ),
            ...{ axis: 'accuracy, %', zero: null, base: 0, include: PERCENTS, bounds: PERCENTS, swatches: [] },
          }),
    table: {
      caption: `Accuracy on ${family}, %, by where the mask comes from`,
      heads: ['Arm', 'accuracy, %', 'sd', 'seeds'],
      rows: all.map(({ label, spread }) => row(label, label, ...cellsOf(spread))),
    },
    empty: 'Accuracy with masks from other families will stand here, beside the own and a random one.',
  };
}

type Score = 'change' | 'gradient';

/** Mean IoU over chance between the masks of two families, or of two seeds of one; null where it is not measured. */
export function agreementOf(data: LabData, family: string, other: string, score: Score): Spread | null {
  return spreadOf(data.measured(family, 'agreement'), ({ pairs }) => {
    const pair = pairs.find((each) => each.family === other && each.score === score && each.percent === SHARE);
    return pair ? pair.iou / pair.chance : null;
  });
}

const SCORE_WORDS: Record<Score, string> = { change: 'warm-up’s change', gradient: 'raw gradient' };

export function agreementPicture(data: LabData, score: Score): LabPicture {
  const cells = FAMILIES.map((family) =>
    FAMILIES.map((other) => {
      const found = agreementOf(data, family, other, score);
      const against = family === other ? `${other}, next seed` : other;
      return {
        value: found?.mean ?? null,
        text: found ? `${fixed(found.mean)} ×` : '–',
        name: `${family} and ${against}`,
        lines: [found ? `${spreadText(found, ' × chance', 2)}` : 'not measured'],
        found,
        against,
      };
    }),
  );
  return {
    ...{ id: `lab-agreement-${score}`, name: `Agreement by ${score}`, hasRows: true },
    unit: '× chance',
    caption: `Overlap (IoU) of the top ${SHARE} % by the ${SCORE_WORDS[score]}, as a multiple of what chance gives. On the diagonal: the same family with the next seed.`,
    source: cells.flat().some(({ value }) => value !== null)
      ? matrixSource({
          ...{ rows: FAMILIES, columns: FAMILIES, cells, full: 10, axis: '' },
          colour: 'var(--selected)',
        })
      : null,
    table: {
      caption: `Overlap of top-${SHARE} % masks, multiples of chance: means over seeds`,
      heads: ['Masks', 'with', 'overlap ÷ chance', 'sd', 'seeds'],
      rows: cells.flatMap((line, r) =>
        line.map(({ against, found }) => row(`${r} ${against}`, FAMILIES[r]!, against, ...cellsOf(found))),
      ),
    },
    empty: 'How far masks of two families agree will stand here, against chance.',
  };
}

const CURVES = [
  { key: 'gradient', label: 'raw gradient', style: styleOf('dpo-full'), dash: [6, 3] },
  { key: 'change', label: 'change under Adam', style: styleOf('dpo-top10'), dash: [] },
  { key: 'gaussian', label: 'a Gaussian', style: { ...SFT_STYLE, colour: 'var(--ink-3)' }, dash: [2, 3] },
] as const;

export function concentrationPicture(data: LabData, family: string): LabPicture {
  const results = data.measured(family, 'change');
  const percents = [
    ...new Set(results.flatMap(({ concentration }) => concentration.map(({ percent }) => percent))),
  ].sort((a, b) => a - b);
  const lines = CURVES.map(
    ({ key, label, style, dash }): Line => ({
      ...{ key, label, style, dash, spread: 'bars', hasMarkers: true, raw: [], pick: null },
      points: percents.flatMap((percent) => {
        const spread = spreadOf(results, (result) => {
          const found = result.concentration.find((each) => each.percent === percent);
          return found ? 100 * found[key] : null;
        });
        return spread
          ? [
              {
                x: percent,
                y: spread.mean,
                ...endsOf(spread),
                lines: [`top ${percent} %`, `holds ${spreadText(spread)}`],
              },
            ]
          : [];
      }),
    }),
  );
  const scale: Scale = { kind: 'log', low: percents[0] ?? 1, high: percents.length > 1 ? percents.at(-1)! : 100 };
  return {
    ...{
      id: 'lab-concentration',
      name: 'Where the change sits',
      unit: `% of the squared sum on ${family}`,
      hasRows: false,
    },
    caption:
      'How much of the squared sum the largest entries hold. Few weights matter in the gradient; Adam’s normalisation hides it in the change.',
    source:
      results.length === 0
        ? null
        : linesSource({
            lines,
            x: { title: 'largest entries, %, logarithmic', scale, ticks: ticksAt(scale, percents) },
            ...{ yTitle: '%', include: PERCENTS, bounds: PERCENTS, swatches: [] },
          }),
    table: {
      caption: 'Share of the squared sum in the largest entries, %: means over seeds',
      heads: ['Of', 'entries, %', 'share, %', 'sd'],
      rows: lines.flatMap(({ label, points }) =>
        points.map(({ x, y, high }) => row(`${label} ${x}`, label, x, y, high === null ? null : high - y)),
      ),
    },
    empty: 'How concentrated the warm-up’s change is will stand here, against its gradient and a Gaussian.',
  };
}

export interface KindDensity {
  kind: string;
  change: Spread;
  gradient: Spread;
}

/** Percent of the entries in the top 10 %, by kind of tensor, over all layers; the densest by change first. */
export function kindDensities(results: readonly ChangeResult[]): KindDensity[] {
  const kinds = [...new Set(results.flatMap(({ tensors }) => tensors.map(({ name }) => placeOf(name).kind)))];
  const density = (kind: string, score: Score) =>
    spreadOf(results, ({ tensors }) => {
      const own = tensors.filter(({ name }) => placeOf(name).kind === kind);
      const size = own.reduce((sum, each) => sum + each.size, 0);
      return size > 0 ? own.reduce((sum, each) => sum + each.size * each[score], 0) / size : null;
    });
  return kinds
    .flatMap((kind) => {
      const [change, gradient] = [density(kind, 'change'), density(kind, 'gradient')];
      return change && gradient ? [{ kind, change, gradient }] : [];
    })
    .sort((a, b) => b.change.mean - a.change.mean);
}

export function densityPicture(data: LabData, family: string): LabPicture {
  const kinds = kindDensities(data.measured(family, 'change'));
  const mark = (name: string, spread: Spread, style: ReturnType<typeof styleOf>) => ({
    ...{ name, value: spread.mean, ...endsOf(spread), style, isBar: false, level: 0 },
    lines: [`${spreadText(spread)} of its entries`],
  });
  return {
    ...{
      id: 'lab-densities',
      name: 'In which tensors',
      unit: `% of a tensor’s entries in the top ${SHARE} %`,
      hasRows: true,
    },
    caption: `The line is ${SHARE} %, where every tensor would stand if the top ${SHARE} % were spread evenly. Squares: ranked by the change; hollow circles: by the raw gradient.`,
    source:
      kinds.length === 0
        ? null
        : rowsSource({
            rows: kinds.map(({ kind, change, gradient }) => ({
              ...{ key: kind, label: kind, pick: null },
              marks: [
                mark('ranked by change', change, styleOf('dpo-top10')),
                mark('ranked by gradient', gradient, { ...styleOf('dpo-full'), isHollow: true }),
              ],
            })),
            ...{ axis: '% of the entries', zero: SHARE, base: 0, include: [0], bounds: PERCENTS, swatches: [] },
          }),
    table: {
      caption: `Percent of each kind of tensor in the top ${SHARE} %: means over seeds`,
      heads: ['Tensors', 'by change, %', 'sd', 'by gradient, %', 'sd ', 'seeds'],
      rows: kinds.map(({ kind, change, gradient }) =>
        row(kind, kind, change.mean, change.sd, gradient.mean, gradient.sd, change.seeds),
      ),
    },
    empty: 'The density of the selected weights by kind of tensor will stand here.',
  };
}
