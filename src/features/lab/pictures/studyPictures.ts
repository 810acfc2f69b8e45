// Experiment 1, the empirical study: loss curves of DPO on the top 10 %, the last 10 % and all weights, and accuracy bars per family with the
// paper's bars under ours.
import type { Line, LinePoint } from '../../../components/charts/linesDrawing';
import { linesSource } from '../../../components/charts/linesDrawing';
import { highest, memoryOf, roundTicks, smooth, windowFor } from '../../../components/charts/points';
import { type Row, rowsSource } from '../../../components/charts/rowsDrawing';
import { type Scale, ticksAt } from '../../../components/charts/spots';
import type { Arm } from '../../../core/config';
import { PAPER_BARS, PAPER_SOURCE } from '../../../core/study/paper';
import { mean, sampleSd } from '../../../core/study/statistics';
import { variant } from '../../../core/study/variants';
import { PAPER_STYLE, SFT_STYLE, styleOf } from '../armStyles';
import { type ArmSeeds, greedy, greedyBefore, type LabData, type Spread, spreadOf } from '../labData';
import { fixed, spreadText } from '../labText';
import { endsOf, type LabPicture, PERCENTS, row } from './labPicture';

const CURVES: readonly Arm[] = ['dpo-full', 'dpo-top10', 'dpo-last10'];
const BARS: readonly Arm[] = ['dpo-full', 'dpo-top10', 'dpo-random10', 'dpo-last10', 'warm-up-only'];

export interface MeanCurve {
  steps: number[];
  /** Smoothed mean over seeds, and the sd of the seeds' smoothed losses; null of one seed. */
  mean: number[];
  sd: (number | null)[];
  /** Each seed's own losses. */
  raw: { step: number; loss: number }[][];
}

/** The last stage's losses: every seed smoothed over a twentieth of the steps, then averaged over the seeds that have the step. */
export function meanCurve({ results }: ArmSeeds): MeanCurve | null {
  const curves = results.flatMap(({ curves: all }) => all.slice(-1));
  const longest = highest(
    curves.map(({ step }) => step.length),
    0,
  );
  if (longest === 0) return null;
  const bySteps = new Map<number, number[]>();
  const memory = memoryOf(windowFor(longest));
  for (const { step, loss } of curves) {
    const smoothed = smooth(
      loss.map((one) => one ?? Number.NaN),
      loss.length,
      memory,
    );
    step.forEach((at, i) => {
      if (Number.isFinite(smoothed[i]!)) bySteps.set(at, [...(bySteps.get(at) ?? []), smoothed[i]!]);
    });
  }
  const steps = [...bySteps.keys()].sort((a, b) => a - b);
  return {
    steps,
    mean: steps.map((step) => mean(bySteps.get(step)!)),
    sd: steps.map((step) => sampleSd(bySteps.get(step)!)),
    raw: curves.map(({ step, loss }) =>
      step.flatMap((at, i) => (loss[i] === null ? [] : [{ step: at, loss: loss[i]! }])),
    ),
  };
}

function lossLine(arm: ArmSeeds): Line[] {
  const curve = meanCurve(arm);
  if (!curve) return [];
  const style = styleOf(arm.arm, arm.settings);
  const points = curve.steps.map((x, i): LinePoint => {
    const [y, sd] = [curve.mean[i]!, curve.sd[i] ?? null];
    const around = sd === null ? '' : ` ± ${sd.toFixed(3)}`;
    return {
      ...{ x, y, low: sd === null ? null : y - sd, high: sd === null ? null : y + sd },
      lines: [`update ${x}`, `loss ${y.toFixed(3)}${around}`],
    };
  });
  return [
    {
      ...{ key: arm.label, label: arm.label, points, style, dash: style.dash, spread: 'band', hasMarkers: false },
      raw: curve.raw.map((own) => own.map(({ step, loss }) => [step, loss] as const)),
      pick: arm.label,
    },
  ];
}

/** Training losses of the three arms of the paper's figure. */
export function lossPicture(data: LabData, family: string): LabPicture {
  const lines = CURVES.flatMap((arm) => data.ofVariant(family, variant(arm)) ?? []).flatMap(lossLine);
  const last = highest(
    lines.flatMap(({ points }) => points.map(({ x }) => x)),
    1,
  );
  const scale: Scale = { kind: 'linear', low: 0, high: last };
  const ticks = roundTicks(0, last, 5).filter((tick) => tick <= last);
  return {
    ...{ id: 'lab-loss', name: 'Training loss', unit: `DPO loss on ${family}`, hasRows: false },
    caption: `Mean over seeds, smoothed over a twentieth of the updates; the band is a standard deviation, each seed’s own losses faint behind. In the paper’s figure (${PAPER_SOURCE}) the top 10 % lie below both others from step 100 on.`,
    source:
      lines.length === 0
        ? null
        : linesSource({
            lines,
            x: { title: 'updates', scale, ticks: ticksAt(scale, ticks) },
            ...{ yTitle: 'loss', include: [], swatches: [] },
          }),
    table: {
      caption: 'Loss by update: mean over seeds, smoothed, and its standard deviation',
      heads: ['Arm', 'update', 'loss', 'sd'],
      rows: lines.flatMap(({ label, points }) =>
        points.map(({ x, y, high }) => row(`${label} ${x}`, label, x, y, high === null ? null : high - y)),
      ),
    },
    empty: 'Three loss curves will stand here: the top 10 %, the last 10 % and all weights.',
  };
}

interface Bar {
  group: string;
  label: string;
  spread: Spread;
  arm: Arm | null;
  isPaper: boolean;
}

function ourBars(data: LabData, family: string): Bar[] {
  const of = (arm: Arm) => data.ofVariant(family, variant(arm));
  const all = BARS.flatMap((arm) => of(arm)?.results ?? []);
  const sft = spreadOf([...new Map(all.map((result) => [result.seed, result])).values()], greedyBefore);
  const arms = BARS.flatMap((arm): Bar[] => {
    const found = of(arm);
    const spread = spreadOf(found?.results ?? [], greedy);
    return found && spread ? [{ group: family, label: found.label, spread, arm, isPaper: false }] : [];
  });
  return sft && arms.length > 0
    ? [{ group: family, label: 'SFT', spread: sft, arm: null, isPaper: false }, ...arms]
    : arms;
}

const PAPER_ARMS = [
  ['full', 'dpo-full', 'all neurons'],
  ['top', 'dpo-top10', 'top 10 %'],
  ['last', 'dpo-last10', 'last 10 %'],
] as const;

const paperBars = (): Bar[] =>
  PAPER_BARS.flatMap((bar) =>
    PAPER_ARMS.map(([name, arm, label]) => ({
      ...{ group: `The paper, ${bar.task}`, label: `DPO, ${label}`, arm, isPaper: true },
      spread: { mean: bar[name], sd: null, seeds: 1 },
    })),
  );

function barRow({ group, label, spread, arm, isPaper }: Bar): Row {
  const style = isPaper ? PAPER_STYLE : arm ? styleOf(arm) : SFT_STYLE;
  const lines = isPaper
    ? [`accuracy about ${fixed(spread.mean)} % (${PAPER_SOURCE})`]
    : [`accuracy ${spreadText(spread)}`];
  const colour = !isPaper && arm === null ? 'var(--ink-3)' : style.colour;
  return {
    ...{ key: `${group} ${label}`, label, group, pick: isPaper || !arm ? null : label },
    marks: [
      {
        name: '',
        value: spread.mean,
        ...endsOf(spread),
        style: { ...style, colour },
        isBar: !isPaper,
        level: 0,
        lines,
      },
    ],
  };
}

/** Bars of every family that is measured, and the paper's three tasks. */
export function accuracyPicture(data: LabData, families: readonly string[]): LabPicture {
  const ours = families.flatMap((family) => ourBars(data, family));
  const bars = [...ours, ...paperBars()];
  return {
    ...{ id: 'lab-study', name: 'Accuracy by family', unit: '% of held-out prompts', hasRows: true },
    caption: `Bars: means over seeds, with a standard deviation. Diamonds: the paper’s own bars for QA tasks on a 7 B model, ${PAPER_SOURCE}.`,
    source:
      ours.length === 0
        ? null
        : rowsSource({
            ...{
              rows: bars.map(barRow),
              axis: 'accuracy, %',
              zero: null,
              base: 0,
              include: PERCENTS,
              bounds: PERCENTS,
            },
            swatches: [],
          }),
    table: {
      caption: 'Accuracy, %: means over seeds and their standard deviation; the paper’s bars',
      heads: ['Arm', 'of', 'accuracy, %', 'sd', 'seeds'],
      rows: bars.map(({ group, label, spread, isPaper }) =>
        row(`${group} ${label}`, label, group, spread.mean, spread.sd, isPaper ? null : spread.seeds),
      ),
    },
    empty: 'Accuracy bars of every family will stand here, and the paper’s beside them.',
  };
}
