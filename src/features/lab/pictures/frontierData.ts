// The numbers of the reward–KL frontier: every arm with every learning rate and ratio as a place, the lines that connect them, and the
// reference curves. Nothing of how it is drawn.
import { ARM_DESCRIPTIONS } from '../../../core/arms';
import type { Arm } from '../../../core/config';
import { FRONTIER_RATES } from '../../../core/study/armLists';
import { HIGH_RATE, variant } from '../../../core/study/variants';
import {
  type ArmSeeds,
  greedy,
  greedyBefore,
  kl,
  type LabData,
  type Spread,
  sampled,
  sampledBefore,
  spreadOf,
} from '../labData';

/** Which accuracy: the best answer, or one drawn at T = 1 (as best-of-n's are). */
export type Answers = 'greedy' | 'sampled';

export interface FrontierPlace {
  label: string;
  arm: string;
  settings: Readonly<Record<string, string>>;
  klToSft: Spread;
  accuracy: Spread;
  /** Results that did not come to their end, in words. */
  failures: readonly string[];
}

export interface FrontierCurve {
  label: string;
  arm: string;
  points: readonly { name: string; klToSft: number; accuracy: Spread }[];
}

export interface Frontier {
  sft: Spread | null;
  places: readonly FrontierPlace[];
  /** Labels of one arm's places by learning rate, or by ratio at one rate. */
  chains: readonly (readonly string[])[];
  bestOfN: FrontierCurve | null;
  interpolations: readonly FrontierCurve[];
}

/** Trained on other pairs, or on half of the tasks: not to be compared here. */
const isOther = ({ settings }: ArmSeeds): boolean => 'styleBias' in settings || 'skills' in settings;

export function frontierOf(data: LabData, family: string, answers: Answers): Frontier {
  const arms = data.arms(family).filter((arm) => !isOther(arm));
  const places = arms.flatMap((arm): FrontierPlace[] => {
    const klToSft = spreadOf(arm.results, kl);
    const accuracy = spreadOf(arm.results, answers === 'greedy' ? greedy : sampled);
    const failures = arm.results.flatMap(({ failure, seed }) => (failure ? [`seed ${seed} stopped: ${failure}`] : []));
    return klToSft && accuracy ? [{ ...arm, klToSft, accuracy, failures }] : [];
  });
  const bySeed = new Map(arms.flatMap(({ results }) => results.map((result) => [result.seed, result] as const)));
  return {
    sft: spreadOf([...bySeed.values()], answers === 'greedy' ? greedyBefore : sampledBefore),
    places,
    chains: chainsOf(arms),
    bestOfN: bestOfN(data, family),
    interpolations: answers === 'greedy' ? interpolations(data, family) : [],
  };
}

const rateOf = ({ settings }: ArmSeeds): number => Number(settings.rateFactor ?? 1);
const percentOf = ({ arm, settings }: ArmSeeds): number =>
  arm === 'dpo-full' ? 100 : Number(settings.improvingPercent ?? 10);

/** Settings that make another line: all but those that vary along it. */
const without = ({ arm, settings }: ArmSeeds, ...names: string[]): string =>
  JSON.stringify([arm, Object.entries(settings).filter(([name]) => ![...names, 'seed', 'backend'].includes(name))]);

const onlyHas = ({ settings }: ArmSeeds, ...names: string[]): boolean =>
  Object.keys(settings).every((name) => [...names, 'preset', 'family', 'arm', 'seed', 'backend'].includes(name));

function chainsOf(arms: readonly ArmSeeds[]): string[][] {
  const byLine = new Map<string, ArmSeeds[]>();
  const add = (line: string, arm: ArmSeeds) => byLine.set(line, [...(byLine.get(line) ?? []), arm]);
  for (const arm of arms) {
    if (arm.arm in FRONTIER_RATES) add(`rates ${without(arm, 'rateFactor')}`, arm);
    const isRatio = arm.arm === 'dpo-top10' && onlyHas(arm, 'rateFactor', 'improvingPercent');
    const isWhole = arm.arm === 'dpo-full' && onlyHas(arm, 'rateFactor');
    if ((isRatio || isWhole) && [1, HIGH_RATE].includes(rateOf(arm))) add(`ratios ${rateOf(arm)}`, arm);
  }
  return [...byLine]
    .filter(([, line]) => line.length > 1)
    .map(([name, line]) => {
      const order = name.startsWith('rates') ? rateOf : percentOf;
      return line.sort((a, b) => order(a) - order(b)).map(({ label }) => label);
    });
}

function bestOfN(data: LabData, family: string): FrontierCurve | null {
  const results = data.measured(family, 'best-of-n');
  const counts = [...new Set(results.flatMap(({ points }) => points.map(({ n }) => n)))].sort((a, b) => a - b);
  const points = counts.flatMap((n) => {
    const at = results.flatMap((result) => result.points.filter((point) => point.n === n));
    return curvePoint(`n = ${n}`, at);
  });
  return points.length > 0 ? { label: 'Best of n', arm: '', points } : null;
}

function interpolations(data: LabData, family: string): FrontierCurve[] {
  const results = data.measured(family, 'interpolation');
  return [...new Set(results.map(({ arm }) => arm))].map((arm) => {
    const own = results.filter((result) => result.arm === arm);
    const lambdas = [...new Set(own.flatMap(({ points }) => points.map(({ lambda }) => lambda)))].sort((a, b) => a - b);
    const points = lambdas.flatMap((lambda) =>
      curvePoint(
        `λ = ${lambda}`,
        own.flatMap((result) => result.points.filter((point) => point.lambda === lambda)),
      ),
    );
    return { label: ARM_DESCRIPTIONS[arm as Arm]?.label ?? arm, arm, points };
  });
}

function curvePoint(name: string, at: readonly { klToSft: number; accuracy: number }[]): FrontierCurve['points'] {
  const [x, y] = [spreadOf(at, ({ klToSft }) => klToSft), spreadOf(at, ({ accuracy }) => accuracy)];
  return x && y ? [{ name, klToSft: x.mean, accuracy: y }] : [];
}

export interface WayPoint {
  stage: string;
  step: number;
  klToSft: number;
  accuracy: number;
}

/** An arm's places on its way, each the mean over the seeds that have it; greedy answers to the first prompts. */
export function wayOf(arm: ArmSeeds | null): WayPoint[] {
  const byStep = new Map<string, WayPoint[]>();
  for (const { path } of arm?.results ?? []) {
    for (const { stage, step, klToSft, accuracy } of path) {
      if (accuracy === null) continue;
      const key = `${stage} ${step}`;
      byStep.set(key, [...(byStep.get(key) ?? []), { stage, step, klToSft, accuracy }]);
    }
  }
  return [...byStep.values()].map((at) => ({
    ...{ stage: at[0]!.stage, step: at[0]!.step },
    klToSft: at.reduce((sum, place) => sum + place.klToSft, 0) / at.length,
    accuracy: at.reduce((sum, place) => sum + place.accuracy, 0) / at.length,
  }));
}

/** Whose ways are shown without being asked for. */
export const SHOWN_WAYS = [variant('allo'), variant('dpo-full'), variant('dpo-top10')] as const;
