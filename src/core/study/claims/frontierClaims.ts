// Claims about accuracy for a given distance from the SFT model. Arms are compared at the same KL: one arm's end against the line through
// the SFT model and the ends that another arm reaches at its learning rates, prompt by prompt. (Where the true path bends down, the line lies a
// little below it, to the first arm's favour.)
import { ARM_DESCRIPTIONS } from '../../arms';
import { FRONTIER_RATES } from '../armLists';
import type { Claim, Judgement } from '../experiment';
import type { BestOfNResult, StudyResult } from '../result';
import { accuracy, accuracyBefore, armResults, measurements, sampledAccuracy, samplesOf } from '../samples';
import { mean, type SeedSample } from '../statistics';
import { variant, withRate } from '../variants';
import { variantLabel } from './comparisons';
import { ACCURACY, judgeAlike, judgeOrder, notMeasured, type Quantity, type Side } from './judging';

interface Place {
  klToSft: number;
  values: readonly number[];
}

/** Values at a KL on the line through places, null beyond them. */
export function valuesAt(places: readonly Place[], klToSft: number): number[] | null {
  const sorted = [...places].sort((a, b) => a.klToSft - b.klToSft);
  const above = sorted.findIndex((place) => place.klToSft >= klToSft);
  if (above < 0 || sorted[above]!.values.length === 0) return null;
  const high = sorted[above]!;
  const low = sorted[above - 1];
  if (!low) return high.klToSft === klToSft ? [...high.values] : null;
  const share = (klToSft - low.klToSft) / (high.klToSft - low.klToSft);
  return high.values.map((value, i) => (1 - share) * low.values[i]! + share * value);
}

type RatedArm = keyof typeof FRONTIER_RATES;

const ratedResults = (results: readonly StudyResult[], family: string, arm: RatedArm) =>
  FRONTIER_RATES[arm].flatMap((rate) => armResults(results, family, withRate(arm, rate)));

/** SFT and the arm's ends at all of its learning rates, by seed: with fewer, the line from SFT would pass far below the true path. */
function pathsOf(results: readonly StudyResult[], family: string, arm: RatedArm): Map<number, Place[]> {
  const paths = new Map<number, Place[]>();
  for (const result of ratedResults(results, family, arm)) {
    const [before, after] = [accuracyBefore(result), accuracy(result)];
    if (!before || !after) continue;
    const path = paths.get(result.seed) ?? [{ klToSft: 0, values: before }];
    paths.set(result.seed, [...path, { klToSft: result.after.klToSft, values: after }]);
  }
  const places = 1 + FRONTIER_RATES[arm].length;
  return new Map([...paths].filter(([, path]) => path.length === places));
}

const averaged = (rows: readonly (readonly number[])[]): number[] =>
  rows[0]!.map((_, i) => mean(rows.map((row) => row[i]!)));

/** The arm's ends and the path's values at the same KL, each averaged over the arm's rates that lie on the path. */
function sidesAtEqualKl(results: readonly StudyResult[], family: string, arm: RatedArm, path: RatedArm): [Side, Side] {
  const paths = pathsOf(results, family, path);
  const ends = new Map<number, [readonly number[], readonly number[]][]>();
  for (const result of ratedResults(results, family, arm)) {
    const values = accuracy(result);
    const there = valuesAt(paths.get(result.seed) ?? [], result.after.klToSft);
    if (values && there && values.length === there.length)
      ends.set(result.seed, [...(ends.get(result.seed) ?? []), [values, there]]);
  }
  const side = (label: string, which: 0 | 1): Side => ({
    label,
    samples: [...ends].map(([seed, rows]) => ({ seed, values: averaged(rows.map((row) => row[which])) })),
  });
  return [
    side(variantLabel(variant(arm), family), 0),
    side(`${variantLabel(variant(path), family)} at the same KL`, 1),
  ];
}

/** A mask that gains so little at the same KL is a smaller step, in points. */
export const EQUAL_KL_MARGIN = 3;

const SAMPLED: Quantity = { ...ACCURACY, name: 'accuracy at T = 1' };

/** Best of n's accuracy at the arm's KL, one number a seed; without the seeds whose arm went further than best of n does. */
function judgeBestOfN(results: readonly StudyResult[], family: string, arm: RatedArm): Judgement {
  const curves = new Map(
    measurements(results, family, 'best-of-n', variant('allo')).map((result: BestOfNResult) => [
      result.seed,
      result.points.map(({ klToSft, accuracy: right }) => ({ klToSft, values: [right] })),
    ]),
  );
  const reached = armResults(results, family, variant(arm)).flatMap((result) => {
    const best = valuesAt(curves.get(result.seed) ?? [], result.after.klToSft);
    return best ? [{ result, sample: { seed: result.seed, values: best } satisfies SeedSample }] : [];
  });
  const label = variantLabel(variant(arm), family);
  if (reached.length === 0) return notMeasured(`${label} and best of n at one KL`);
  const own = samplesOf(
    reached.map(({ result }) => result),
    sampledAccuracy,
  );
  const best = { label: `best of n at the KL of ${label}`, samples: reached.map(({ sample }) => sample) };
  return judgeOrder(best, { label, samples: own }, SAMPLED);
}

const BOUNDED = ['allo', 'dpo-full', 'rft'] as const;

const HALF_WAY: Quantity = { ...ACCURACY, name: 'accuracy at λ = ½' };

/** The interpolated model against the mean of its two ends. */
function judgeHalfWay(results: readonly StudyResult[], family: string): Judgement {
  const found = measurements(results, family, 'interpolation', variant('dpo-full'));
  const at = (lambda: number) => (result: (typeof found)[number]) =>
    result.points.find((point) => point.lambda === lambda)?.accuracy;
  const samples = (of: (result: (typeof found)[number]) => number | undefined): SeedSample[] =>
    found.flatMap((result) => {
      const value = of(result);
      return value === undefined ? [] : [{ seed: result.seed, values: [value] }];
    });
  const middle = (result: (typeof found)[number]) => {
    const [sft, aligned] = [at(0)(result), at(1)(result)];
    return sft === undefined || aligned === undefined ? undefined : (sft + aligned) / 2;
  };
  const half = { label: 'half-way weights', samples: samples(at(0.5)) };
  return judgeOrder(half, { label: 'the mean of SFT and DPO', samples: samples(middle) }, HALF_WAY);
}

export const FRONTIER_CLAIMS: readonly Claim[] = [
  {
    id: 'mask-is-a-smaller-step',
    text: `Much of what a mask does is a smaller step: at the same KL, DPO on the top 10 % and on all weights are within ${EQUAL_KL_MARGIN} points.`,
    paper: null,
    judge: (results, family) =>
      judgeAlike(...sidesAtEqualKl(results, family, 'dpo-top10', 'dpo-full'), EQUAL_KL_MARGIN),
  },
  {
    id: 'allo-at-equal-kl',
    text: 'ALLO is more accurate than DPO at the same KL.',
    paper: null,
    judge: (results, family) => judgeOrder(...sidesAtEqualKl(results, family, 'allo', 'dpo-full')),
  },
  ...BOUNDED.map(
    (arm): Claim => ({
      id: `best-of-n-${arm}`,
      text: `The SFT model’s best of n is more accurate than ${ARM_DESCRIPTIONS[arm].label} at the same KL.`,
      paper: null,
      judge: (results, family) => judgeBestOfN(results, family, arm),
    }),
  ),
  {
    id: 'interpolation',
    text: 'Half way between the SFT model’s and DPO’s weights more than half of the gain in accuracy is there.',
    paper: null,
    judge: judgeHalfWay,
  },
];
