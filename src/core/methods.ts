// The methods that can be compared: name, loss in words, defaults of ours and of the paper or the method's own code. Their losses are
// in losses/, their training in stages/. LOG.md says which settings were tuned, on the validation split only (`npm run tune`).
import type { Family, Method, RunConfig } from './config';
import type { TimedStage } from './events';

export interface MethodDescription {
  label: string;
  /** The loss of one example, as in ALGORITHM §8. */
  loss: string;
  /** Settings that differ from the preset's when this method is chosen. */
  defaults: Partial<RunConfig>;
  /** Settings of families for which the default's is not the best of those tried. */
  families?: Partial<Record<Family, Partial<RunConfig>>>;
  /** What the paper or the method's authors use, by setting; the paper's own baseline settings are unknown. */
  paper: Partial<Record<keyof RunConfig, string>>;
}

const PREFERENCE_PAPER = { improvingLearningRate: '5e-7 … 5e-6', beta: '0.1' };

export const METHOD_DESCRIPTIONS: Record<Method, MethodDescription> = {
  allo: {
    label: 'ALLO',
    loss: 'forgetting: Σ w_t · −log σ(−β d_t) / D; improving: −log σ(β(S_w − S_kept))',
    defaults: {},
    paper: { forgettingLearningRate: '5e-7', improvingLearningRate: '5e-6', beta: '0.1' },
  },
  dpo: {
    label: 'DPO',
    loss: '−log σ(β(S_w − S_l))',
    defaults: { improvingLearningRate: 3e-5 },
    paper: PREFERENCE_PAPER,
  },
  hinge: {
    label: 'Hinge (SLiC)',
    loss: 'max(0, 1 − β(S_w − S_l))',
    defaults: { improvingLearningRate: 3e-5 },
    families: { instruct: { improvingLearningRate: 1e-5 } },
    paper: PREFERENCE_PAPER,
  },
  'r-dpo': {
    label: 'R-DPO',
    loss: '−log σ(β(S_w − S_l) + α(n_w − n_l))',
    defaults: { improvingLearningRate: 3e-5 },
    paper: { ...PREFERENCE_PAPER, lengthAlpha: '0.01 (searched 0.001 … 0.1)' },
  },
  'ln-dpo': {
    label: 'LN-DPO',
    loss: '−log σ(β(S_w/n_w − S_l/n_l))',
    defaults: { improvingLearningRate: 3e-5, beta: 5 },
    paper: { improvingLearningRate: '5e-7 … 5e-6', beta: '5' },
  },
  ipo: {
    label: 'IPO',
    loss: '(S_w − S_l − 1/(2β))²',
    defaults: { improvingLearningRate: 3e-5 },
    families: { qa: { improvingLearningRate: 1e-4 }, instruct: { improvingLearningRate: 1e-4 } },
    paper: PREFERENCE_PAPER,
  },
  'ipo-mean': {
    label: 'IPO (mean)',
    loss: '(S_w/n_w − S_l/n_l − 1/(2β))²',
    defaults: { improvingLearningRate: 3e-5 },
    families: { instruct: { improvingLearningRate: 1e-5 } },
    paper: PREFERENCE_PAPER,
  },
  bco: {
    label: 'BCO',
    loss: '−log σ(βS_w − δ) − log σ(δ − βS_l), δ the running mean reward',
    defaults: { improvingLearningRate: 3e-5 },
    paper: PREFERENCE_PAPER,
  },
  kto: {
    label: 'KTO',
    loss: 'λ_D(1 − σ(β(S_w − z0))), λ_U(1 − σ(β(z0 − S_l))), z0 the KL estimate of the batch',
    defaults: { improvingLearningRate: 3e-5 },
    families: { instruct: { improvingLearningRate: 1e-5 } },
    paper: { ...PREFERENCE_PAPER, desirableWeight: '1', undesirableWeight: '1' },
  },
  simpo: {
    label: 'SimPO',
    loss: '−log σ(β(a_w − a_l) − γ), a the mean log-prob; no reference',
    defaults: { improvingLearningRate: 3e-5, beta: 2 },
    paper: { improvingLearningRate: '3e-7 … 1e-6', beta: '2 … 10', targetMargin: '0.3 … 0.5' },
  },
  npo: {
    label: 'NPO',
    loss: '(2/β) · −log σ(−β S_l)',
    defaults: { improvingLearningRate: 1e-5 },
    paper: { improvingLearningRate: '1e-5', beta: '0.1' },
  },
  sft: {
    label: 'SFT',
    loss: 'cross-entropy on the gold solutions',
    defaults: { improvingLearningRate: 3e-4 },
    paper: { improvingLearningRate: '2e-5' },
  },
  rft: {
    label: 'RFT',
    loss: 'cross-entropy on the own right answers',
    defaults: { improvingLearningRate: 3e-4 },
    paper: { improvingLearningRate: '2e-5' },
  },
  ppo: {
    label: 'PPO',
    loss: 'clipped policy gradient of score − KL, without a critic',
    defaults: { improvingLearningRate: 1e-4 },
    paper: { improvingLearningRate: '1e-6 … 1.41e-5', klCoefficient: '0.2', clipRange: '0.2', ppoEpochs: '4' },
  },
  'ppo-a2c': {
    label: 'PPO-A2C',
    loss: 'clipped policy gradient with a critic and GAE',
    defaults: { improvingLearningRate: 1e-4, klCoefficient: 0.02, valueLearningRate: 1e-2 },
    families: { math: { gaeLambda: 1 } },
    paper: {
      ...{ improvingLearningRate: '1e-6 … 1.41e-5', klCoefficient: '0.2', clipRange: '0.2', ppoEpochs: '4' },
      ...{ gaeLambda: '0.95', valueCoefficient: '0.1' },
    },
  },
};

/** Does the method's own training learn from preference pairs? The others learn from answers, given or sampled. */
export const learnsFromPairs = (method: Method): method is PairMethod =>
  method !== 'sft' && method !== 'rft' && method !== 'ppo' && method !== 'ppo-a2c';
/** A method that learns from pairs; `allo` by its improving stage. */
export type PairMethod = Exclude<Method, 'sft' | 'rft' | 'ppo' | 'ppo-a2c'>;

/** Is the method's own training DPO, whole or fine-grained with a share ε of kept rejected tokens? */
export const trainsDpo = (method: Method): boolean => method === 'allo' || method === 'dpo';

/**
 * β of plain DPO in a run, for its warm-up and its evaluation: the run's β, but 0.1 where the method's own β means something else (mean
 * log-probs), so that masks and measured losses stay comparable.
 */
export const dpoBeta = ({ method, beta }: Pick<RunConfig, 'method' | 'beta'>): number =>
  hasOwnBeta(method) ? 0.1 : beta;
/** Does the method's β mean something else than DPO's? */
const hasOwnBeta = (method: Method): boolean => METHOD_DESCRIPTIONS[method].defaults.beta !== undefined;

/** Does a run's β act in this stage? Else its loss has none (SFT, RFT, PPO), or one that stays (`dpoBeta`). */
export const stageHasBeta = (stage: TimedStage, method: Method): boolean =>
  stage === 'warm-up' ? !hasOwnBeta(method) : learnsFromPairs(method);

/**
 * What a method takes for the reward of a response: β times the sum of its log-ratios against the reference, their mean over the tokens, or
 * the mean of its log-probs, with no reference.
 */
export type RewardForm = 'sum' | 'mean' | 'reference-free';
export function rewardForm(method: Method): RewardForm {
  if (method === 'simpo') return 'reference-free';
  return method === 'ln-dpo' || method === 'ipo-mean' ? 'mean' : 'sum';
}
