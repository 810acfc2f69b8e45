// What an accuracy while training is a share of, the same words in every figure.
export const PAIRS_RIGHT = 'pairs ranked right';
/** PPO's: it has no pairs. */
export const SAMPLED_RIGHT = 'sampled answers right';
