// Experiment 3, ablations as a dot plot: what each arm gains or loses against ALLO, paired by seed and prompt, at one learning rate and
// with the rate chosen for each on the validation split. The intervals are resampled: milliseconds each, so they come later.
import { type Row, type RowMark, rowsSource } from '../../../components/charts/rowsDrawing';
import type { Arm } from '../../../core/config';
import { ABLATION_ARMS, RETUNED_FACTORS } from '../../../core/study/armLists';
import { accuracy, samplesOf } from '../../../core/study/samples';
import { type Difference, pairedDifference } from '../../../core/study/statistics';
import { withRate } from '../../../core/study/variants';
import { styleOf } from '../armStyles';
import { type ArmSeeds, greedy, type LabData, spreadOf, stampOf } from '../labData';
import { fixed, intervalText, signed } from '../labText';
import type { LaterTask } from '../useLater';
import { type LabPicture, row } from './labPicture';

export interface Ablation {
  key: string;
  arm: Arm;
  kind: 'same rate' | 'own rate';
  /** The arm at that rate, and ALLO at the same or at its own best. */
  first: ArmSeeds;
  second: ArmSeeds;
}

/** The rate that was best on the validation prompts, of equals the one nearest to 1; null unless all are measured. */
export function bestRate(data: LabData, family: string, arm: Arm): number | null {
  const tried = [...RETUNED_FACTORS]
    .sort((a, b) => Math.abs(Math.log(a)) - Math.abs(Math.log(b)))
    .map((factor) => ({
      factor,
      found: spreadOf(data.ofVariant(family, withRate(arm, factor), 'validation')?.results ?? [], greedy)?.mean ?? null,
    }));
  if (tried.some(({ found }) => found === null)) return null;
  return tried.reduce((best, each) => (each.found! > best.found! ? each : best)).factor;
}

/** What can be compared by now. */
export function ablations(data: LabData, family: string): Ablation[] {
  const at = (arm: Arm, rate: number | null) => (rate === null ? null : data.ofVariant(family, withRate(arm, rate)));
  return ABLATION_ARMS.filter((arm) => arm !== 'allo').flatMap((arm) =>
    (['same rate', 'own rate'] as const).flatMap((kind): Ablation[] => {
      const rateOf = (of: Arm) => (kind === 'same rate' ? 1 : bestRate(data, family, of));
      const [first, second] = [at(arm, rateOf(arm)), at('allo', rateOf('allo'))];
      if (!first || !second) return [];
      // Of one size: differences are remembered.
      const key = `${first.results[0]!.preset} ${family} ${arm} ${kind}`;
      return [{ key, arm, kind, first, second }];
    }),
  );
}

export const differenceTasks = (all: readonly Ablation[]): LaterTask<Difference | null>[] =>
  all.map(({ key, first, second }) => ({
    key,
    stamp: `${stampOf(first.results)} / ${stampOf(second.results)}`,
    compute: () => pairedDifference(samplesOf(first.results, accuracy), samplesOf(second.results, accuracy)),
  }));

function ablationMark({ kind, arm, first, second }: Ablation, difference: Difference): RowMark {
  const { mean, interval, seeds } = difference;
  return {
    name: kind === 'same rate' ? 'at the same learning rate' : `at its own rate (${first.label})`,
    ...{ value: mean, low: interval?.low ?? null, high: interval?.high ?? null, isBar: false },
    level: kind === 'same rate' ? 0 : 1,
    style: { ...styleOf(arm), shape: kind === 'same rate' ? 'circle' : 'diamond', isHollow: kind === 'own rate' },
    lines: [
      `${signed(mean)} points to ${second.label}`,
      intervalText(interval),
      `${seeds} ${seeds === 1 ? 'seed: spread over prompts only' : 'seeds'}`,
    ],
  };
}

export function ablationPicture(
  data: LabData,
  family: string,
  known: ReadonlyMap<string, Difference | null>,
): LabPicture {
  const all = ablations(data, family).flatMap((ablation) => {
    const difference = known.get(ablation.key);
    return difference ? [{ ablation, difference }] : [];
  });
  const rows = ABLATION_ARMS.flatMap((arm): Row[] => {
    const own = all.filter(({ ablation }) => ablation.arm === arm);
    const label =
      own.find(({ ablation }) => ablation.kind === 'same rate')?.ablation.first.label ?? own[0]?.ablation.first.label;
    const marks = own.map(({ ablation, difference }) => ablationMark(ablation, difference));
    return label ? [{ key: arm, label, marks, pick: label }] : [];
  });
  return {
    ...{
      id: 'lab-ablations',
      name: 'What each part is worth',
      unit: `points on ${family} against ALLO`,
      hasRows: true,
    },
    caption:
      'Left of the line: worse without the part. Dots: at ALLO’s learning rate; hollow diamonds: each arm, and ALLO, at the rate that was best on the validation split. Lines are 95 % intervals of paired differences; one that crosses the line decides nothing.',
    source:
      rows.length === 0
        ? null
        : rowsSource({ rows, axis: 'difference to ALLO, points', zero: 0, base: 0, include: [-2, 2], swatches: [] }),
    table: {
      caption: 'Paired differences in accuracy to ALLO, points, with 95 % intervals',
      heads: ['Arm', 'against', 'learning rate', 'difference', 'low', 'high', 'seeds'],
      rows: all.map(({ ablation: { key, kind, first, second }, difference: { mean, interval, seeds } }) =>
        row(key, first.label, second.label, kind, mean, interval?.low ?? null, interval?.high ?? null, seeds),
      ),
    },
    empty: 'A dot for every part of ALLO that is left out will stand here, with its interval.',
  };
}

/** In one sentence what the validation split chose. */
export function ratesText(data: LabData, family: string): string {
  const chosen = ABLATION_ARMS.flatMap((arm) => {
    const rate = bestRate(data, family, arm);
    return rate === null
      ? []
      : [`${data.ofVariant(family, withRate(arm, 1))?.label ?? arm} × ${fixed(rate, rate < 1 ? 2 : 0)}`];
  });
  return chosen.length > 0 ? `Learning rates chosen on the validation split: ${chosen.join(', ')}.` : '';
}
