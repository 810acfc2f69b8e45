// Made-up results of the whole recorded plan, with the numbers of a first study (RECIPE §6–8) where it has them: only for looking at the lab.
import type { Family } from '../../src/core/config';
import { distinct, EXPERIMENTS, jobsOf } from '../../src/core/study/experiments';
import type { Job } from '../../src/core/study/job';
import type { ArmResult, StudyResult } from '../../src/core/study/result';
import { armLabel } from '../../src/core/study/variants';
import { type Found, resultOf, type World } from '../../src/testing/studyWorld';

/** Accuracy, its sd over seeds, KL. */
type Numbers = readonly [accuracy: number, sd: number, kl: number];

const START: Record<Family, { before: number; beforeSampled: number }> = {
  math: { before: 55.5, beforeSampled: 51.5 },
  qa: { before: 51, beforeSampled: 49 },
  instruct: { before: 48.5, beforeSampled: 42.5 },
};

const MATH: Record<string, Numbers> = {
  'DPO, all weights': [97, 1.2, 0.034],
  'DPO, top 10 %': [90.5, 1, 0.007],
  'DPO, top 10 %, lr × 3.3': [95.5, 1.1, 0.073],
  'DPO, top 10 %, lr × 10': [71, 4, 0.42],
  'DPO, all weights, lr × 3.3': [82, 2.5, 0.31],
  'DPO, all weights, lr × 0.33': [92, 1.4, 0.006],
  'DPO, random 10 %': [64, 1, 0.0004],
  'DPO, last 10 %': [56, 0.8, 0.0001],
  'DPO, foreign 10 % (of qa)': [62.5, 1.4, 0.0005],
  'DPO, foreign 10 % (of instruct)': [63.5, 1.2, 0.0005],
  'DPO, top 10 %, ranked by gradient': [94, 1, 0.011],
  'DPO, top 1 %': [78.5, 2, 0.001],
  'DPO, top 2.5 %': [84, 2, 0.003],
  'DPO, top 5 %': [88.5, 1.5, 0.005],
  'DPO, top 20 %': [94.5, 1, 0.012],
  'DPO, top 50 %': [96.5, 1, 0.022],
  'DPO, top 1 %, lr × 3.3': [89.5, 2, 0.018],
  'DPO, top 2.5 %, lr × 3.3': [92, 2, 0.03],
  'DPO, top 5 %, lr × 3.3': [93.5, 1.5, 0.05],
  'DPO, top 20 %, lr × 3.3': [93, 1.7, 0.11],
  'DPO, top 50 %, lr × 3.3': [84, 2.4, 0.22],
  'DPO, 160 updates': [96, 1.3, 0.05],
  'Warm-up only': [91, 1.5, 0.008],
  NPO: [96.5, 1.5, 0.058],
  RFT: [98, 1.2, 0.063],
  'RFT, lr × 0.3': [94, 1.2, 0.02],
  SFT: [93, 1.5, 0.09],
  ALLO: [95, 1.2, 0.057],
  'ALLO, lr × 0.5': [93, 1, 0.02],
  'ALLO, lr × 2': [84, 3, 0.2],
  'ALLO without mask': [90.5, 4.9, 0.219],
  'ALLO without mask, lr × 0.25': [97, 1, 0.035],
  'ALLO without token rewards': [94.5, 1.2, 0.052],
  'ALLO without forgetting': [94, 0.8, 0.026],
  'ALLO, random masks': [76, 0.8, 0.001],
  'ALLO, raw weights': [60.5, 5, 0.0004],
  IPO: [93, 2, 0.03],
  'IPO (mean)': [88, 2, 0.02],
  BCO: [92, 2, 0.028],
  SimPO: [79, 3, 0.14],
  'R-DPO': [96.5, 1, 0.036],
  PPO: [71, 2, 0.012],
  'PPO-A2C': [74, 2, 0.016],
  OnDARE: [93.5, 1, 0.024],
  OnTIES: [91, 1, 0.019],
};
const STYLE: Record<string, number> = {
  'ALLO, style bias': 48.5,
  'ALLO without token rewards, all rejected tokens, style bias': 67.5,
  'ALLO, forgetting only, style bias': 33,
  'ALLO without token rewards, forgetting only, style bias': 55.5,
  'DPO, all weights, style bias': 45.5,
  'DPO, top 10 %, lr × 3.3, style bias': 71,
  'RFT, style bias': 100,
};

const jitter = (seed: number, of: string): number => {
  let hash = 7 * seed;
  for (const letter of of) hash = (hash * 31 + letter.charCodeAt(0)) % 9973;
  return (hash / 9973) * 2.4 - 1.2;
};

function foundOf(job: Job): Found {
  const { family, seed } = job.config;
  const label = armLabel(job.config);
  const { before } = START[family];
  const [accuracy, sd, kl] = MATH[label] ?? [before + 30 + 5 * jitter(1, label), 1.5, 0.04];
  const shrink = family === 'math' ? 1 : 0.75;
  const value = before + (accuracy - 55.5) * shrink + sd * jitter(seed, label + family);
  const clamped = Math.round(Math.max(0, Math.min(99.5, value)) * 2) / 2;
  return {
    ...{ accuracy: clamped, before, sampled: Math.max(20, clamped - 12 + jitter(seed, label)) },
    ...{ kl: Math.max(0.00002, kl * (1 + 0.12 * jitter(seed + 5, label))), others: 50, othersBefore: 50.5 },
    style: STYLE[label] ?? 32,
    auroc: 0.93,
    bestOfN: [1, 2, 4, 8, 16].map((n) => ({
      n,
      accuracy: 100 - (100 - START[family].beforeSampled) * 0.74 ** (Math.log2(n) ** 1.3),
      klToSft: 0.05 * (1 - 1 / n) * (1 + Math.log2(n) * 0.2),
    })),
    interpolation: [0, 0.25, 0.5, 0.75, 1, 1.25].map((lambda) => ({
      lambda,
      klToSft: kl * lambda * lambda,
      accuracy: before + (accuracy - 55.5) * shrink * (1 - (1 - Math.min(lambda, 1)) ** 1.8),
    })),
    overlap: { within: 5.4 + jitter(seed, family), across: 1.03 },
  };
}

/** With a way and a longer curve than the test world's. */
function withWay(result: ArmResult): ArmResult {
  const { before, after, family, seed, arm } = result;
  const [from, to] = [before.families[family]!.greedy!, after.families[family]!.greedy!];
  const end = arm === 'dpo-top10' ? 0.49 : arm === 'dpo-last10' ? 0.69 : 0.54;
  const steps = Array.from({ length: 110 }, (_, i) => i + 1);
  return {
    ...result,
    path: [0, 0.2, 0.4, 0.6, 0.8, 1].map((way, i) => ({
      ...{ stage: 'improving', step: i * 22, klToSft: after.klToSft * way ** 1.6 },
      accuracy: from + (to - from) * (1 - (1 - way) ** 2),
    })),
    curves: [
      {
        stage: 'improving',
        step: steps,
        loss: steps.map((step) => end + (0.69 - end) * 0.965 ** step + 0.03 * jitter(seed * 131 + step, arm)),
      },
    ],
  };
}

const KINDS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj', 'input_layernorm'];

function finished(result: StudyResult): StudyResult {
  if (result.kind === 'arm') return withWay(result);
  if (result.kind === 'agreement')
    return {
      ...result,
      pairs: [
        ...result.pairs,
        ...result.pairs.map((pair) => ({ ...pair, score: 'gradient' as const, iou: pair.iou * 2.6 })),
      ],
    };
  if (result.kind !== 'change') return result;
  return {
    ...result,
    concentration: [
      [1, 0.05, 0.85, 0.083],
      [5, 0.22, 0.93, 0.28],
      [10, 0.37, 0.96, 0.438],
      [20, 0.59, 0.98, 0.65],
      [50, 0.92, 0.998, 0.93],
    ].map(([percent, change, gradient, gaussian]) => ({
      ...{
        percent: percent!,
        change: change! + 0.01 * jitter(result.seed, 'c'),
        gradient: gradient!,
        gaussian: gaussian!,
      },
    })),
    tensors: [0, 1, 2].flatMap((layer) =>
      KINDS.map((kind, i) => ({
        name: `model.layers.${layer}.${kind === 'input_layernorm' ? kind : `self_attn.${kind}`}.weight`,
        ...{ size: 9216, change: 7 + i, gradient: 18 - 2 * i + layer },
      })),
    ),
  };
}

/** The results of experiments, by job; `share` of them. */
export function madeUpResults(share = 1): StudyResult[] {
  const jobs = distinct(EXPERIMENTS.flatMap((experiment) => jobsOf(experiment)));
  return jobs.slice(0, Math.ceil(share * jobs.length)).map((job) => {
    const { config, kind, split } = job;
    const name = kind === 'arm' ? armLabel(config) + (split === 'validation' ? ' (validation)' : '') : kind;
    const world: World = { [name]: foundOf(job) };
    return finished(resultOf(job, world));
  });
}
