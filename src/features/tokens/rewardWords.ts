// What a token reward p means in words: of a rewriting model it is a probability, of the substitute only whether the better answer has
// the token. Pure.
import type { RunEvent } from '../../core/events';
import { LAYER_INFO, type Layer } from './tokenLayers';

export type RewardSource = Extract<RunEvent, { type: 'rewards' }>['source'];

export interface RewardWords {
  /** A sentence's beginning. */
  meaning: string;
  /** Beside the colours. */
  legend: string;
  /** Why some wrong tokens are missed. */
  recall: string;
  missedFirst: string;
  missedConsequence: string;
  falseAlarm: string;
}

const REWRITER: RewardWords = {
  meaning: 'A reward p is how likely the rewriter is to keep a token',
  legend: 'p of the rewriter; low = it would change this token',
  recall:
    'The rewriter reads the wrong answer as it stands, so once the first error is said, some of what follows from it looks right: consequences are missed more often.',
  missedFirst: 'Where the answer goes wrong, and the rewriter would keep it.',
  missedConsequence: 'Wrong because of what came before; the rewriter would keep them.',
  falseAlarm: 'Right tokens that the rewriter would change.',
};

const DIFFERENCE: RewardWords = {
  meaning: 'A token that the better answer does not have gets a reward of 0, any other 1',
  legend: 'token difference (substitute); 0 = the better answer does not have this token, 1 = it does',
  recall:
    'Nothing was learned here: a wrong token that the better answer also has is missed, a right one that it says otherwise is an alarm.',
  missedFirst: 'Where the answer goes wrong, though the better answer has the same token.',
  missedConsequence: 'Wrong because of what came before; the better answer has the same tokens.',
  falseAlarm: 'Right tokens that the better answer does not have.',
};

/** The words that fit a run's rewards. */
export const rewardWords = (source: RewardSource): RewardWords => (source === 'substitute' ? DIFFERENCE : REWRITER);

/** What low and high mean in a layer. */
export const layerSaying = (layer: Layer, source: RewardSource | null): string =>
  layer === 'reward' && source ? rewardWords(source).legend : LAYER_INFO[layer].saying;
