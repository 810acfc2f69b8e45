// Experiment 2, the ratio sweep: accuracy, what happens to the other families, and KL, against the share of the weights that may move, at both
// learning rates; and where more weights stop to help.
import { type Line, linesSource } from '../../../components/charts/linesDrawing';
import { type Scale, ticksAt } from '../../../components/charts/spots';
import { formatNumber } from '../../../components/format';
import { RATIO_RATES, RATIOS } from '../../../core/study/armLists';
import { RATIO_MARGIN } from '../../../core/study/claims/studyClaims';
import type { ArmResult } from '../../../core/study/result';
import { topShare } from '../../../core/study/variants';
import { styleOf } from '../armStyles';
import { greedy, kl, type LabData, type Spread, spreadOf, taxOf } from '../labData';
import { spreadText } from '../labText';
import { cellsOf, endsOf, type LabPicture, PERCENTS, row } from './labPicture';

interface Sweep {
  rate: number;
  label: string;
  points: { percent: number; label: string; spread: Spread }[];
}

const rateLabel = (rate: number): string => (rate === 1 ? 'lr × 1 (3e-5)' : `lr × ${formatNumber(rate, 2)} (1e-4)`);

export const sweeps = (data: LabData, family: string, read: (result: ArmResult) => number | null): Sweep[] =>
  RATIO_RATES.map((rate) => ({
    ...{ rate, label: rateLabel(rate) },
    points: RATIOS.flatMap((percent) => {
      const arm = data.ofVariant(family, topShare(percent, rate));
      const spread = arm && spreadOf(arm.results, read);
      return spread ? [{ percent, label: arm.label, spread }] : [];
    }),
  }));

/** The smallest ratio whose mean is within RATIO_MARGIN of the best, in percent; null unless all are measured. */
export function saturationOf({ points }: Sweep): number | null {
  if (points.length < RATIOS.length) return null;
  const best = Math.max(...points.map(({ spread }) => spread.mean));
  return points.find(({ spread }) => spread.mean >= best - RATIO_MARGIN)?.percent ?? null;
}

interface Quantity {
  id: string;
  name: string;
  unit: string;
  read(result: ArmResult): number | null;
  text(spread: Spread): string;
  include: readonly number[];
  bounds?: readonly [low: number, high: number] | undefined;
}

const sweepLine =
  ({ text }: Quantity) =>
  ({ rate, label, points }: Sweep): Line => {
    const style = styleOf(rate === 1 ? 'dpo-full' : 'dpo-top10');
    return {
      ...{
        key: label,
        label,
        style,
        dash: rate === 1 ? [] : [6, 3],
        spread: 'bars',
        hasMarkers: true,
        raw: [],
        pick: null,
      },
      points: points.map(({ percent, spread }) => ({
        ...{ x: percent, y: spread.mean, ...endsOf(spread) },
        lines: [`${percent} % of the weights`, text(spread)],
      })),
    };
  };

function ratioPicture(
  data: LabData,
  family: string,
  quantity: Quantity,
  caption: (all: Sweep[]) => string,
): LabPicture {
  const { id, name, unit, read, include, bounds } = quantity;
  const all = sweeps(data, family, read).filter(({ points }) => points.length > 0);
  const scale: Scale = { kind: 'log', low: RATIOS[0], high: 100 };
  return {
    ...{ id, name, unit, hasRows: false, caption: caption(all) },
    source:
      all.length === 0
        ? null
        : linesSource({
            lines: all.map(sweepLine(quantity)),
            x: { title: 'trained weights, %, logarithmic', scale, ticks: ticksAt(scale, RATIOS) },
            ...{ yTitle: unit, include, bounds, swatches: [], height: 230 },
          }),
    table: {
      caption: `${name} by ratio: means over seeds and their standard deviation`,
      heads: ['Arm', 'ratio, %', `${name}, ${unit}`, 'sd', 'seeds'],
      rows: all.flatMap(({ label, points }) =>
        points.map((point) =>
          row(`${label} ${point.percent}`, `DPO, ${label}`, point.percent, ...cellsOf(point.spread)),
        ),
      ),
    },
    empty: `${name} against the share of the weights that may move will stand here.`,
  };
}

function saturationText(all: Sweep[]): string {
  const parts = all.map((sweep) => {
    const at = saturationOf(sweep);
    return at === null ? `${sweep.label}: not all ratios are measured` : `${sweep.label}: from ${at} % on`;
  });
  return `Where more weights stop to help (within ${RATIO_MARGIN} points of the best ratio): ${parts.join('; ')}. Bars are standard deviations over seeds.`;
}

export function ratioPictures(data: LabData, family: string): LabPicture[] {
  const accuracy: Quantity = {
    ...{
      id: 'lab-ratio',
      name: 'Accuracy by ratio',
      unit: `% on ${family}`,
      read: greedy,
      include: [],
      bounds: PERCENTS,
    },
    text: (spread) => `accuracy ${spreadText(spread)}`,
  };
  const tax: Quantity = {
    ...{
      id: 'lab-ratio-tax',
      name: 'The other families',
      unit: 'points after − before',
      read: taxOf,
      include: [-5, 0, 5],
    },
    text: (spread) => spreadText(spread, ' points'),
  };
  const distance: Quantity = {
    ...{
      id: 'lab-ratio-kl',
      name: 'KL to SFT by ratio',
      unit: 'nats per token',
      read: kl,
      include: [0],
      bounds: [0, Number.POSITIVE_INFINITY],
    },
    text: (spread) => `KL ${spreadText(spread, '', 4)}`,
  };
  return [
    ratioPicture(data, family, accuracy, saturationText),
    ratioPicture(
      data,
      family,
      tax,
      () => 'Below 0 alignment would cost the families that were not aligned: their mean.',
    ),
    ratioPicture(data, family, distance, () => 'How far the aligned model is from the SFT model, on its samples.'),
  ];
}
