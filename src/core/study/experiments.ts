// The lab's nine experiments: what each one asks, the jobs that answer it and the claims it can decide. The same list for the page, the
// command line and the recorded set; what a job computes is runJob.ts.
import { type Arm, FAMILIES, type Family } from '../config';
import {
  ABLATION_ARMS,
  FRONTIER_RATES,
  INTERPOLATED,
  RATIO_RATES,
  RATIOS,
  RETUNED_FACTORS,
  STYLE_VARIANTS,
  TABLE_ARMS,
  TAX_VARIANTS,
} from './armLists';
import { ABLATION_CLAIMS } from './claims/ablationClaims';
import { FRONTIER_CLAIMS } from './claims/frontierClaims';
import { CHANGE_CLAIMS, TRANSFER_CLAIMS } from './claims/maskClaims';
import { METHOD_CLAIMS, TAX_CLAIMS } from './claims/methodClaims';
import { RATIO_CLAIMS, STUDY_CLAIMS } from './claims/studyClaims';
import { STYLE_CLAIMS } from './claims/styleClaims';
import type { Experiment, ExperimentId, Scope } from './experiment';
import { type Job, jobKey, type ReportedSplit } from './job';
import { foreignVariants, topShare, type Variant, variant, variantConfig, withRate } from './variants';

/** DPO under masks from elsewhere, and under one ranked by the raw gradient. */
const transferVariants = (family: Family): Variant[] => [
  variant('dpo-top10'),
  ...foreignVariants(family).map((foreign) => foreign.variant),
  variant('dpo-random10'),
  variant('dpo-top10', { maskScore: 'gradient' }),
];

/** Jobs of one place; seeds outermost, so that the first seed of all families is done first. */
function plan(place: (job: PlaceJobs, family: Family, seed: number, scope: Scope) => Job[]): Experiment['plan'] {
  return (scope) =>
    scope.seeds.flatMap((seed) =>
      scope.families.flatMap((family) => place(placeJobs(scope, family, seed), family, seed, scope)),
    );
}

type PlaceJobs = (kind: Job['kind'], variant: Variant, split?: ReportedSplit) => Job;
const placeJobs =
  ({ preset }: Scope, family: Family, seed: number): PlaceJobs =>
  (kind, chosen, split = 'held-out') => ({ kind, config: variantConfig(chosen, preset, family, seed), split });

const arms = (variants: (family: Family) => readonly Variant[]): Experiment['plan'] =>
  plan((job, family) => variants(family).map((each) => job('arm', each)));

/** Held-out numbers at every rate; the rate is chosen on the first seed's validation prompts. */
const planAblations = plan((job, _family, seed, { seeds }) =>
  ABLATION_ARMS.flatMap((arm) =>
    RETUNED_FACTORS.flatMap((factor) => {
      const chosen = withRate(arm, factor);
      return [job('arm', chosen), ...(seed === seeds[0] ? [job('arm', chosen, 'validation')] : [])];
    }),
  ),
);

const planFrontier = plan((job) => [
  ...(Object.entries(FRONTIER_RATES) as [Arm, readonly number[]][]).flatMap(([arm, rates]) =>
    rates.map((rate) => job('arm', withRate(arm, rate))),
  ),
  job('best-of-n', variant('allo')),
  ...INTERPOLATED.map((arm) => job('interpolation', variant(arm))),
]);

const planTransfer = plan((job, family) => [
  ...transferVariants(family).map((each) => job('arm', each)),
  job('agreement', variant('allo')),
]);

const recorded = (...seeds: number[]): Scope => ({ preset: 'default', families: FAMILIES, seeds });

export const EXPERIMENTS: readonly Experiment[] = [
  {
    id: 'study',
    number: 1,
    title: 'The empirical study',
    question: 'Do the most changed 10 % of the weights align as well as all of them, and the least changed not at all?',
    recorded: recorded(1, 2, 3),
    plan: arms(() =>
      (['dpo-full', 'dpo-top10', 'dpo-random10', 'dpo-last10', 'warm-up-only'] as const).map((arm) => variant(arm)),
    ),
    claims: STUDY_CLAIMS,
  },
  {
    id: 'ratio',
    number: 2,
    title: 'Ratio sweep',
    question: 'How many of the weights are needed, and does the answer hang on the learning rate?',
    recorded: recorded(1, 2),
    plan: arms(() => RATIO_RATES.flatMap((rate) => RATIOS.map((percent) => topShare(percent, rate)))),
    claims: RATIO_CLAIMS,
  },
  {
    id: 'ablations',
    number: 3,
    title: 'Ablations',
    question: 'Which parts of ALLO help, at one learning rate and when each arm gets the rate that suits it?',
    recorded: recorded(1, 2),
    plan: planAblations,
    claims: ABLATION_CLAIMS,
  },
  {
    id: 'methods',
    number: 4,
    title: 'The methods table',
    question: 'Is ALLO better than every method that the paper compares it with?',
    recorded: recorded(1, 2, 3),
    plan: arms(() => TABLE_ARMS.map((arm) => variant(arm))),
    claims: METHOD_CLAIMS,
  },
  {
    id: 'frontier',
    number: 5,
    title: 'Reward–KL frontier',
    question: 'How much accuracy does each arm buy for its distance from the SFT model?',
    recorded: recorded(1, 2),
    plan: planFrontier,
    claims: FRONTIER_CLAIMS,
  },
  {
    id: 'transfer',
    number: 6,
    title: 'Mask transfer',
    question: 'Does a mask found on one task family work on another?',
    recorded: recorded(1, 2, 3),
    plan: planTransfer,
    claims: TRANSFER_CLAIMS,
  },
  {
    id: 'style',
    number: 7,
    title: 'Superficial style',
    question: 'When right answers share a style that does not matter, which arms learn the style?',
    recorded: recorded(1, 2, 3),
    plan: arms(() => Object.values(STYLE_VARIANTS)),
    claims: STYLE_CLAIMS,
  },
  {
    id: 'change',
    number: 8,
    title: 'Where the change sits',
    question: 'Is what the warm-up changes concentrated in few weights, or does Adam spread it over all?',
    recorded: recorded(1, 2, 3, 4, 5),
    plan: plan((job) => [job('change', variant('allo'))]),
    claims: CHANGE_CLAIMS,
  },
  {
    id: 'tax',
    number: 9,
    title: 'Tax between relatives',
    question: 'Does aligning half of a family’s skills cost the other half?',
    recorded: recorded(1, 2),
    plan: arms(() => Object.values(TAX_VARIANTS)),
    claims: TAX_CLAIMS,
  },
];

/** Throws RangeError for an id or number that none has. */
export function findExperiment(which: ExperimentId | number): Experiment {
  const found = EXPERIMENTS.find(({ id, number }) => id === which || number === which);
  if (!found) throw new RangeError(`There is no experiment ${which}: they are 1 … ${EXPERIMENTS.length}.`);
  return found;
}

/** Each job once, in the order in which it first comes. */
export function distinct(jobs: readonly Job[]): Job[] {
  const byKey = new Map<string, Job>();
  for (const job of jobs) {
    const key = jobKey(job);
    if (!byKey.has(key)) byKey.set(key, job);
  }
  return [...byKey.values()];
}

/** The experiment's jobs in a scope, each once. */
export const jobsOf = (experiment: Experiment, scope: Scope = experiment.recorded): Job[] =>
  distinct(experiment.plan(scope));
