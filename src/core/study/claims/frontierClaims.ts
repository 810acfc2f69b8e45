// Claims about accuracy for a given distance from the SFT model. Arms are compared at the same KL: an arm's end against the path that DPO took
// in its training, prompt by prompt on the prompts that a path is measured on.
import { ARM_DESCRIPTIONS } from '../../arms';
import { FRONTIER_RATES, PATH_OF_REFERENCE } from '../armLists';
import type { Claim, Judgement } from '../experiment';
import type { BestOfNResult, StudyResult } from '../result';
import { accuracy, armResults, measurements, rightOrWrong, sampledAccuracy, samplesOf } from '../samples';
import type { SeedSample } from '../statistics';
import { variant, withRate } from '../variants';
import { variantLabel } from './comparisons';
import { ACCURACY, judgeAlike, judgeAll, judgeOrder, notMeasured, type Quantity, type Side } from './judging';

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

/** Of DPO on all weights: its own rate and gentler ones. Above it a path leaves SFT in one leap and soon falls. */
const PATH_RATES = FRONTIER_RATES[PATH_OF_REFERENCE].filter((rate) => rate <= 1).sort((a, b) => a - b);

/** DPO's paths by seed, the gentlest first; only of seeds that have them all, since the others leave wide gaps. */
function pathsOf(results: readonly StudyResult[], family: string): Map<number, Place[][]> {
  const paths = new Map<number, Place[][]>();
  for (const rate of PATH_RATES)
    for (const { seed, path } of armResults(results, family, withRate(PATH_OF_REFERENCE, rate))) {
      const places = path.flatMap(({ klToSft, right }) => (right ? [{ klToSft, values: rightOrWrong(right) }] : []));
      if (places.length > 1) paths.set(seed, [...(paths.get(seed) ?? []), places]);
    }
  return new Map([...paths].filter(([, known]) => known.length === PATH_RATES.length));
}

/** On the gentlest path that goes so far; null beyond all of them. */
function onPaths(paths: readonly Place[][], klToSft: number): number[] | null {
  for (const path of paths) {
    const values = valuesAt(path, klToSft);
    if (values) return values;
  }
  return null;
}

/** The arm's ends and DPO's paths at the same KL, a pair of sides for each rate of which an end lies on a path. */
function sidesAtEqualKl(results: readonly StudyResult[], family: string, arm: RatedArm): [Side, Side][] {
  const paths = pathsOf(results, family);
  const path = variantLabel(variant(PATH_OF_REFERENCE), family);
  return FRONTIER_RATES[arm].flatMap((rate): [Side, Side][] => {
    const rated = withRate(arm, rate);
    const both = armResults(results, family, rated).flatMap((result) => {
      const there = onPaths(paths.get(result.seed) ?? [], result.after.klToSft);
      const values = there && accuracy(result)?.slice(0, there.length);
      return there && values?.length === there.length ? [{ seed: result.seed, values, there }] : [];
    });
    if (both.length === 0) return [];
    return [
      [
        { label: variantLabel(rated, family), samples: both.map(({ seed, values }) => ({ seed, values })) },
        { label: `${path} at the same KL`, samples: both.map(({ seed, there }) => ({ seed, values: there })) },
      ],
    ];
  });
}

/** Every end that lies on DPO's paths has to bear it out. */
function judgeAtEqualKl(
  results: readonly StudyResult[],
  family: string,
  arm: RatedArm,
  judge: (own: Side, path: Side) => Judgement,
): Judgement {
  const sides = sidesAtEqualKl(results, family, arm);
  const name = variantLabel(variant(arm), family);
  if (sides.length === 0) return notMeasured(`no end of ${name} lies on a path of DPO on all weights`);
  return judgeAll(sides.map(([own, path]) => judge(own, path)));
}

/** A mask that gains so little at the same KL is a smaller step, in points. */
export const EQUAL_KL_MARGIN = 3;

const SAMPLED: Quantity = { ...ACCURACY, name: 'accuracy at T = 1' };

/** Best of n's accuracy at the arm's KL, one number a seed; without the seeds whose arm went further than best of n does. */
function judgeBestOfN(results: readonly StudyResult[], family: string, arm: RatedArm): Judgement {
  const curves = new Map(
    measurements(results, family, 'best-of-n', variant('allo')).map((result: BestOfNResult) => [
      result.seed,
      {
        prompts: result.prompts,
        places: result.points.map(({ klToSft, accuracy: right }) => ({ klToSft, values: [right] })),
      },
    ]),
  );
  const reached = armResults(results, family, variant(arm)).flatMap((result) => {
    const curve = curves.get(result.seed);
    // Of other prompts the accuracies would differ without any method.
    const isComparable = curve?.prompts === result.after.families[family]?.prompts;
    const best = curve && isComparable ? valuesAt(curve.places, result.after.klToSft) : null;
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
      judgeAtEqualKl(results, family, 'dpo-top10', (own, path) => judgeAlike(own, path, EQUAL_KL_MARGIN)),
  },
  {
    id: 'allo-at-equal-kl',
    text: 'ALLO is more accurate than DPO at the same KL.',
    paper: null,
    judge: (results, family) => judgeAtEqualKl(results, family, 'allo', (own, path) => judgeOrder(own, path)),
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
