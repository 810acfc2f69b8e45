// What the Curves view can show, one picture each: how it is read from a run's steps or measurements, and how it is written. Pure.
import type { LineMarker } from '../../components/charts/markers';
import { formatNumber, formatShare } from '../../components/format';
import { PAIRS_RIGHT } from '../../components/metricText';
import type { RunConfig } from '../../core/config';
import type { StageName } from '../../core/events';
import type { RunState, SeriesRow } from '../../state/runState';

/** Reads one step; undefined: it has no such value. Made anew for each series, so that it may count. */
export type StepReader = (row: SeriesRow) => number | undefined;

export interface Measurement {
  stage: StageName;
  step: number;
  value: number;
}

export interface Part {
  /** '' when the quantity has one line only. */
  label: string;
  /** null: the stage's or the run's. */
  colour: string | null;
  /** Tells it from the other part without colour. */
  marker?: LineMarker;
  steps?: (config: RunConfig) => StepReader;
  /** Measured now and then, in the order of the run. */
  measured?: (run: RunState) => readonly Measurement[];
}

export interface Quantity {
  id: string;
  name: string;
  unit: string;
  parts: readonly Part[];
  /** Ends of its axis that are given. */
  ends: readonly [low: number | null, high: number | null];
  isSmoothed: boolean;
  format(value: number): string;
  /** What will appear, and when. */
  empty: string;
}

const metric =
  (name: Exclude<keyof SeriesRow, 'step' | 'milliseconds' | 'fault'>): Part['steps'] =>
  () =>
  (row) =>
    row[name];

const one = (steps: Part['steps']): readonly Part[] => [{ label: '', colour: null, steps }];
const sides = (chosen: Part['steps'], rejected: Part['steps']): readonly Part[] => [
  { label: 'chosen', colour: 'var(--chosen)', marker: 'up', steps: chosen },
  { label: 'rejected', colour: 'var(--rejected)', marker: 'down', steps: rejected },
];

/** min(1, clipNorm / norm); NaN when the norm is not finite. */
export const clipScale = (clipNorm: number, norm: number): number =>
  Number.isFinite(norm) ? Math.min(1, clipNorm / norm) : Number.NaN;

/** Share of a stage's updates so far whose gradient was clipped; those without a finite norm are not counted. */
export function clippedSoFar({ clipNorm }: Pick<RunConfig, 'clipNorm'>): StepReader {
  let clipped = 0;
  let counted = 0;
  return ({ gradientNorm }) => {
    if (!Number.isFinite(gradientNorm)) return undefined;
    counted++;
    if (gradientNorm > clipNorm) clipped++;
    return clipped / counted;
  };
}

/** Nothing where no time passed on the clock. */
export const tokensPerSecond: StepReader = ({ tokens, milliseconds }) =>
  milliseconds > 0 ? (1000 * tokens) / milliseconds : undefined;

/** KL to SFT: what every snapshot says and what was measured between them. */
export function klMeasurements({ drift, moments }: Pick<RunState, 'drift' | 'moments'>): Measurement[] {
  const seen = new Map<string, Measurement>();
  for (const { stage, step, klToSft } of [...drift, ...moments]) {
    seen.set(`${stage} ${step}`, { stage, step, value: klToSft });
  }
  return [...seen.values()];
}

/** Share of right answers among those whose answer is known; snapshots without any are left out. */
export const heldOutMeasurements = ({ moments }: Pick<RunState, 'moments'>): Measurement[] =>
  moments.flatMap(({ stage, step, answers }) => {
    const known = answers.filter(({ correct }) => correct !== null);
    const right = known.filter(({ correct }) => correct).length;
    return known.length > 0 ? [{ stage, step, value: right / known.length }] : [];
  });

const AT_PAIRS = 'with the first update of the warm-up, and again while improving';
const AT_ALL = 'with the first update of each stage';
const SHARE = [0, 1] as const;
const FROM_ZERO = [0, null] as const;
const FREE = [null, null] as const;

export const QUANTITIES: readonly Quantity[] = [
  {
    ...{ id: 'loss', name: 'Loss', unit: 'nats', ends: FREE, isSmoothed: true, format: formatNumber },
    parts: one(metric('loss')),
    empty: `Appears ${AT_ALL}: what the optimiser lowers.`,
  },
  {
    ...{ id: 'accuracy', name: 'Accuracy', unit: PAIRS_RIGHT, ends: SHARE, isSmoothed: true },
    ...{ format: formatShare, parts: one(metric('accuracy')) },
    empty: `Appears ${AT_PAIRS}: how many of a batch's pairs the model ranks right.`,
  },
  {
    ...{ id: 'margin', name: 'Margin', unit: 'chosen − rejected', ends: FREE, isSmoothed: true, format: formatNumber },
    parts: one(metric('margin')),
    empty: `Appears ${AT_PAIRS}: the reward of the chosen answer over the rejected one's.`,
  },
  {
    ...{ id: 'rewards', name: 'Rewards', unit: 'β · log-ratio, nats', ends: FREE, isSmoothed: true },
    ...{ format: formatNumber, parts: sides(metric('chosenReward'), metric('rejectedReward')) },
    empty: `Appears ${AT_PAIRS}: the implied rewards of both sides of a pair.`,
  },
  {
    ...{ id: 'log-probs', name: 'Log-probs', unit: 'nats per answer', ends: FREE, isSmoothed: true },
    ...{ format: formatNumber, parts: sides(metric('chosenLogp'), metric('rejectedLogp')) },
    empty: `Appears ${AT_ALL}: how likely right and wrong answers are.`,
  },
  {
    ...{ id: 'kl', name: 'KL to SFT', unit: 'nats per token', ends: FROM_ZERO, isSmoothed: false },
    ...{ format: formatNumber, parts: [{ label: '', colour: null, measured: klMeasurements }] },
    empty: 'Appears when the warm-up begins, then at every moment of the time line: how far the model has gone.',
  },
  {
    ...{ id: 'held-out', name: 'Held-out accuracy', unit: 'greedy', ends: SHARE, isSmoothed: false },
    ...{ format: formatShare, parts: [{ label: '', colour: null, measured: heldOutMeasurements }] },
    empty: 'Appears when the warm-up begins, then at every moment of the time line, where right answers are known.',
  },
  {
    ...{ id: 'gradient-norm', name: 'Gradient norm', unit: 'before clipping', ends: FROM_ZERO, isSmoothed: true },
    ...{ format: formatNumber, parts: one(metric('gradientNorm')) },
    empty: `Appears ${AT_ALL}: how strongly a batch pulls.`,
  },
  {
    ...{ id: 'clipping', name: 'Clipping', unit: 'gradient kept', ends: SHARE, isSmoothed: true },
    ...{ format: formatShare },
    parts: one(
      ({ clipNorm }) =>
        ({ gradientNorm }) =>
          clipScale(clipNorm, gradientNorm),
    ),
    empty: `Appears ${AT_ALL}: 100 % where the gradient was short enough.`,
  },
  {
    ...{ id: 'clipped-steps', name: 'Clipped steps', unit: 'of the stage so far', ends: SHARE },
    ...{ isSmoothed: false, format: formatShare, parts: one(clippedSoFar) },
    empty: `Appears ${AT_ALL}: how many updates had their gradient clipped.`,
  },
  {
    ...{ id: 'learning-rate', name: 'Learning rate', unit: 'per update', ends: FROM_ZERO, isSmoothed: false },
    ...{ format: formatNumber, parts: one(metric('learningRate')) },
    empty: `Appears ${AT_ALL}: the schedule as it was applied.`,
  },
  {
    ...{ id: 'loss-tokens', name: 'Loss tokens', unit: 'share counted', ends: FROM_ZERO },
    ...{ isSmoothed: true, format: formatShare, parts: one(metric('selectedShare')) },
    empty: 'Appears with the first update of forgetting: how many tokens of the wrong answers count.',
  },
  {
    ...{ id: 'speed', name: 'Speed', unit: 'tokens a second', ends: FROM_ZERO, isSmoothed: true, format: formatNumber },
    parts: one(() => tokensPerSecond),
    empty: `Appears ${AT_ALL}: tokens of a batch over the time of its update.`,
  },
];
