// What PPO has beside its policy, in and out of a point: the rollout under way, the critic, and a reward model that was trained for it.
import type { Question } from '../../data/dataset';
import { Model, type Weights } from '../../model/model';
import { tf } from '../../tf';
import type { RunContext } from '../context';
import type { RewardSource } from '../rewardModel';
import type { RolloutAnswer, SampledRollout } from '../rollout';
import type { Critic } from '../trainStep';
import type { ArrayReader, ArrayWriter } from './arrays';
import type { LoopFacts } from './facts';
import { putOptimiser, putParameters, takeOptimiser } from './parts';
import { damaged } from './point';

type PpoFacts = Extract<LoopFacts, { loop: 'ppo' }>;
const ROWS = ['oldLogps', 'refLogps', 'oldValues', 'advantages', 'returns'] as const;

export function putRollout(writer: ArrayWriter, rollout: SampledRollout): PpoFacts['rollout'] {
  const { answers, accuracy, sampledTokens } = rollout;
  for (const row of ROWS)
    writer.putRows(
      `rollout/${row}`,
      answers.map((answer) => answer[row]),
    );
  const responses = answers.map(({ response }) => [...response]);
  return { accuracy, sampledTokens, responses, scores: answers.map(({ score }) => score) };
}

/** The rollout whose prompts were `asked`. */
export function savedRollout(
  asked: readonly Question[],
  { accuracy, sampledTokens, responses, scores }: PpoFacts['rollout'],
  arrays: ArrayReader,
): SampledRollout {
  if (responses.length !== asked.length || scores.length !== asked.length)
    throw damaged('its rollout has answers to other prompts');
  const lengths = responses.map(({ length }) => length);
  const [oldLogps, refLogps, oldValues, advantages, returns] = ROWS.map((row) =>
    arrays.rows(`rollout/${row}`, lengths),
  );
  const answers = asked.map((question, i): RolloutAnswer => {
    return {
      ...{ question, prompt: question.prompt, response: responses[i]!, score: scores[i]! },
      ...{ oldLogps: oldLogps![i]!, refLogps: refLogps![i]!, oldValues: oldValues![i]! },
      ...{ advantages: advantages![i]!, returns: returns![i]! },
    };
  });
  return { answers, accuracy, sampledTokens };
}

/** Says how many updates it has made. */
export function putCritic(writer: ArrayWriter, { head, optimiser }: Critic): number {
  putParameters(writer, 'critic', head);
  return putOptimiser(writer, 'critic optimiser', optimiser);
}

export function takeCritic({ head, optimiser }: Critic, updates: number, arrays: ArrayReader): void {
  for (const [name, { shape, size }] of head.parameters)
    head.assign(name, tf.tensor(arrays.floats(`critic/${name}`, size), shape));
  takeOptimiser(arrays, 'critic optimiser', optimiser, updates);
}

/** What scores PPO's answers: a reward model that comes from somewhere, or none. */
export interface RewardScorer {
  rewardModel: Model | null;
  source: RewardSource;
}

/** By the reward model, which is trained no more: its weights, once they were read. */
const knownWeights = new WeakMap<Model, Weights>();

/** A reward model that was trained here; one that was loaded is loaded again. */
export function putScorer(writer: ArrayWriter, { rewardModel, source }: RewardScorer): PpoFacts['rewardModel'] {
  if (!rewardModel) return 'none';
  if (source === 'shipped') return 'loaded';
  const known = knownWeights.get(rewardModel);
  if (known) for (const [name, values] of known) writer.putLasting(`reward/${name}`, values);
  else writer.putLastingWeights('reward', rewardModel, (weights) => knownWeights.set(rewardModel, weights));
  return 'trained';
}

/** Of a run that goes on behind the reward model's training; null where there is to be one that this does not know. */
export function savedScorer({ progress, modelConfig }: RunContext): RewardScorer | null {
  const at = progress.insideOf('steps');
  if (at?.inside.loop.loop !== 'ppo') return null;
  switch (at.inside.loop.rewardModel) {
    case 'none':
      return { rewardModel: null, source: 'substitute' };
    case 'trained':
      return { rewardModel: new Model(modelConfig, at.arrays.weights('reward', modelConfig)), source: 'trained live' };
    case 'loaded':
      return null;
  }
}
