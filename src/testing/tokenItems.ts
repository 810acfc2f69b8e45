// For the tests of the Tokens view: one wrong answer (7) and one pair (3) of a run that follows both, with the log-probs of a moment, small enough
// to work out by hand.
import type { PairRecord, PromptRecord, ResponseRecord, RewardRecord } from '../core/events';
import type { RunState } from '../state/runState';
import { fakeRun } from './fakeRun';

export const record: RewardRecord = {
  responseId: 7,
  rewards: Float32Array.of(1, 0.25, 0.75, 0.5),
  weights: Float32Array.of(0, 1, 0, 0),
  wrong: Uint8Array.of(0, 1, 2, 0),
  rewrite: null,
};
export const response: ResponseRecord = {
  id: 7,
  promptId: 0,
  tokens: [9, 10, 11, 2],
  correct: false,
  ended: true,
  copies: 1,
};
export const prompt: PromptRecord = { id: 0, family: 'math', text: 'how many ?', tokens: [9], gold: [9, 12, 2] };
export const answer = { kind: 'answer' as const, response, prompt, record };
export const pair: PairRecord = { promptId: 0, chosen: [9, 12, 2], rejected: [9, 10, 11, 2], chosenSource: 'sample' };
export const paired = { kind: 'pair' as const, index: 3, pair, prompt, record };
export const started = fakeRun('started', { preset: 'tiny', change: { beta: 0.5, keepShare: 0.5 } });
export const run: RunState = {
  ...started,
  inspected: { pairs: [3], responses: [7], prompts: [] },
};
export const f32 = (...values: number[]) => Float32Array.from(values);
/** Chosen, rejected of pair 3; answer 7. */
export const rows = {
  policy: [f32(-1, -1, -0.5), f32(-1, -3, -2, -0.25), f32(-1, -3, -2, -0.25)],
  reference: [f32(-1, -2, -1), f32(-1, -1, -1, -0.25), f32(-1, -1, -1, -0.25)],
};
export const before = { ...rows, policy: [f32(-1, -1, -1), f32(-1, -2, -2, -0.25), f32(-1, -2, -2.5, -0.25)] };
export const at = (stage: 'warm-up' | 'forgetting' | 'improving', step = 4) => ({
  place: { stage, step },
  rows,
  before,
});
export const settings = { beta: 0.5, tau: 0.5, keepShare: 0.5 };
export const list = (values: ArrayLike<number>): number[] => Array.from(values);
export const log = (x: number) => Math.log(1 / (1 + Math.exp(-x)));
