// Which settings of single methods and optimisers a run listens to (ALGORITHM §8, §9). All others are for every run.
import { type FieldName, isPpo, type RunConfig } from '../config';

type Chosen = Pick<RunConfig, 'method' | 'optimiser'>;

const ofMethod =
  (...methods: readonly RunConfig['method'][]) =>
  ({ method }: Chosen): boolean =>
    methods.includes(method);
const isMerging = ({ optimiser }: Chosen): boolean => optimiser !== 'adamw';

const OWNERS: Partial<Record<FieldName, (chosen: Chosen) => boolean>> = {
  lengthAlpha: ofMethod('r-dpo'),
  targetMargin: ofMethod('simpo'),
  ...{ desirableWeight: ofMethod('kto'), undesirableWeight: ofMethod('kto') },
  ...{ rolloutPrompts: isPpo, ppoEpochs: isPpo, ppoReward: isPpo, klCoefficient: isPpo, clipRange: isPpo },
  ...{ gaeLambda: ofMethod('ppo-a2c'), valueCoefficient: ofMethod('ppo-a2c'), valueLearningRate: ofMethod('ppo-a2c') },
  ...{ mergeRules: isMerging, mergeShare: isMerging, mergeAlpha: isMerging, mergeRescale: isMerging },
};

/** False for a setting of a method or optimiser that is not the chosen one: it changes nothing. */
export const isRelevant = (name: FieldName, chosen: Chosen): boolean => OWNERS[name]?.(chosen) ?? true;
