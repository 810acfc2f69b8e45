// Made-up results of a study, for tests of what is concluded from them: all arms alike but for what a test says of some, by their labels.
import type { RunConfig } from '../core/config';
import { configDifference } from '../core/parseConfig';
import { PATH_OF_REFERENCE } from '../core/study/armLists';
import { ENGINE_VERSION, type Job, jobKey } from '../core/study/job';
import type { ArmResult, StudyMeasures, StudyResult } from '../core/study/result';
import { armLabel } from '../core/study/variants';

/** Of an arm, in percent but for loss, KL and AUROC; the rest is what measurements found. */
export interface Found {
  accuracy?: number;
  before?: number;
  sampled?: number;
  others?: number;
  othersBefore?: number;
  loss?: number;
  kl?: number;
  style?: number;
  auroc?: number;
  bestOfN?: { n: number; accuracy: number; klToSft: number }[];
  interpolation?: { lambda: number; klToSft: number; accuracy: number }[];
  concentration?: { change: number; gradient: number; gaussian: number };
  /** Multiples of chance. */
  overlap?: { within: number; across: number };
}

const ALIKE: Required<Found> = {
  ...{ accuracy: 60, before: 50, sampled: 60, others: 40, othersBefore: 40 },
  ...{ loss: 0.5, kl: 0.05, style: 50, auroc: 0.5 },
  bestOfN: [1, 2].map((n) => ({ n, accuracy: 60, klToSft: (n - 1) / 10 })),
  interpolation: [0, 0.5, 1].map((lambda) => ({ lambda, klToSft: lambda / 20, accuracy: 50 + 10 * lambda })),
  concentration: { change: 0.4, gradient: 0.4, gaussian: 0.4 },
  overlap: { within: 1, across: 1 },
};

/** Keys are arm labels (“ALLO, lr × 4”), followed by “ (validation)” for that split, or a measurement's kind; “, seed 2” at the end is of that seed alone. */
export type World = Readonly<Record<string, Found>>;

const PROMPTS = 200;
/** Of which a path is measured on the first. */
const PATH_PROMPTS = 150;

/** Right answers to a share of 200 prompts, the same ones for the same share. */
export const rightAnswers = (percent: number): string =>
  Array.from({ length: PROMPTS }, (_, i) => (((i * 73) % PROMPTS) * 100 < percent * PROMPTS ? '1' : '0')).join('');

const answered = (percent: number, sampled: number | null) => ({
  ...{ prompts: PROMPTS, greedy: percent, sampled, right: rightAnswers(percent) },
});

export function resultOf(job: Job, world: World): StudyResult {
  const { config, kind, split } = job;
  const name = kind === 'arm' ? armLabel(config) + (split === 'validation' ? ' (validation)' : '') : kind;
  const found = { ...ALIKE, ...world[name], ...world[`${name}, seed ${config.seed}`] };
  const common = {
    ...{ version: 1 as const, key: jobKey(job), engine: ENGINE_VERSION, settings: configDifference(config) },
    ...{ preset: config.preset, family: config.family, arm: config.arm, seed: config.seed, split },
    ...{ backend: 'cpu', seconds: 10 },
  };
  if (kind === 'best-of-n') return { ...common, kind, prompts: PROMPTS, samples: 16, points: found.bestOfN };
  if (kind === 'interpolation') return { ...common, kind, points: found.interpolation };
  if (kind === 'change')
    return { ...common, kind, concentration: [{ percent: 10, ...found.concentration }], tensors: [], iou: 0.15 };
  if (kind === 'agreement') return { ...common, kind, pairs: pairsOf(config, found.overlap) };
  return { ...common, kind, ...armOf(config, found) };
}

function pairsOf({ seed, family }: RunConfig, { within, across }: Required<Found>['overlap']) {
  const chance = 0.05;
  return (['math', 'qa', 'instruct'] as const).map((other) => ({
    ...{ family: other, seed: other === family ? seed + 1 : seed, score: 'change' as const, percent: 10, chance },
    iou: chance * (other === family ? within : across),
  }));
}

function armOf(config: RunConfig, found: Required<Found>) {
  const elsewhere = config.skills === 'half' ? [`${config.family}, other skills`] : ['math', 'qa', 'instruct'];
  const measures = (accuracy: number, others: number, klToSft: number): StudyMeasures => ({
    families: Object.fromEntries([
      ...elsewhere.map((family) => [family, answered(others, null)] as const),
      [config.family, answered(accuracy, found.sampled)] as const,
    ]),
    ...{ klToSft, goldLogp: -5, dpoLoss: 0.5, margin: 1, movedPercent: 10, stylePercent: found.style },
  });
  return {
    ...{ updates: { improving: 4 }, tokens: { improving: 4000 }, sampledTokens: 0 },
    before: measures(found.before, found.othersBefore, 0),
    after: measures(found.accuracy, found.others, found.kl),
    ...{ path: pathOf(config, found), rewardAuroc: found.auroc, maskPercent: {}, failure: null },
    // Only the last of the four steps lies in the last quarter.
    curves: [{ stage: 'improving', step: [1, 2, 3, 4], loss: [0.7, 0.9, null, found.loss] }],
  };
}

/** Of DPO on all weights alone: straight from SFT to its end. */
function pathOf({ arm }: RunConfig, { before, accuracy, kl }: Required<Found>): ArmResult['path'] {
  if (arm !== PATH_OF_REFERENCE) return [];
  const right = (percent: number) => rightAnswers(percent).slice(0, PATH_PROMPTS);
  return [
    { stage: 'sft', step: 0, klToSft: 0, accuracy: before, right: right(before) },
    { stage: 'improving', step: 4, klToSft: kl, accuracy, right: right(accuracy) },
  ];
}

export const resultsOf = (jobs: readonly Job[], world: World): StudyResult[] => jobs.map((job) => resultOf(job, world));
