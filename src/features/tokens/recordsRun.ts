// Forgetting records of a file as what the Tokens view reads: a run that stands at the start of its forgetting, where the policy is the reference. Tokens are
// sub-words where a known tokenizer gives as many as there are numbers, otherwise numbered cells. Pure.
import { type TokenText, tokenText } from '../../components/tokenStripText';
import type { RunConfig } from '../../core/config';
import type { OpenedForgetting } from '../../core/data/openRecords';
import { questionOf } from '../../core/data/referenceRecords';
import type { PromptRecord, ResponseRecord, RewardRecord } from '../../core/events';
import { tokenWeights } from '../../core/tokens/rewards';
import { createRunState, type RunState } from '../../state/runState';
import type { MomentRows } from './inspection';

/** What a token weighs: the file's `reward` as it stands, as the released trainer reads it, or our rule. */
export type WeightRule = 'file' | 'threshold';

/** The ids of one answer, its end included. */
type Ids = readonly number[];

/** Ids of cells that only have a number; a vocabulary's are never below 0. */
const END = -1;
const numberedCells = (count: number): Ids => Array.from({ length: count }, (_, t) => (t === count - 1 ? END : -2 - t));

/** The tokens of an output that a run knows: an answer of its own, or words of its vocabulary. */
function runTokens(run: RunState, text: TokenText): (output: string) => Ids | null {
  const { vocabulary = [], eosId = 0 } = run.started ?? {};
  const idOf = new Map(vocabulary.map((word, id) => [word, id]));
  const known = new Map(run.responses.map(({ tokens }) => [text.text(tokens), tokens]));
  const words = (output: string): Ids | null => {
    const ids = output.split(' ').map((word) => idOf.get(word) ?? END);
    return ids.includes(END) ? null : [...ids, eosId];
  };
  return (output) => known.get(output) ?? (text.isWords ? words(output) : null);
}

export interface SplitRecords {
  /** By record. */
  tokens: readonly Ids[];
  text: TokenText;
  /** Records that show sub-words. */
  fitting: number;
  /** Whose tokenizer made them. */
  by: 'model' | 'run';
}

/** Every record's tokens by the open model's tokenizer or the run's, whichever fits more of them. */
export function splitRecords({ records, pieces }: OpenedForgetting, run: RunState | null): SplitRecords {
  const counted = (ids: Ids | null, t: number): Ids | null => (ids?.length === records[t]!.reward.length ? ids : null);
  const ofModel = pieces?.tokens ?? records.map(() => null);
  const runText = tokenText(run?.started?.vocabulary ?? [], run?.started?.specialIds);
  const split = run && runTokens(run, runText);
  const ofRun = records.map(({ output }, i) => (split ? counted(split(output), i) : null));
  const count = (all: readonly (Ids | null)[]): number => all.filter((ids) => ids !== null).length;
  const isModel = count(ofModel) >= count(ofRun);
  const shown = isModel ? ofModel : ofRun;
  const tokens = shown.map((ids, i) => ids ?? numberedCells(records[i]!.reward.length));
  const vocabulary: string[] = [];
  for (const [id, text] of pieces?.vocabulary ?? []) vocabulary[id] = text;
  const text = withCells(isModel ? tokenText(vocabulary, [...(pieces?.specialIds ?? [])]) : runText);
  const outputs = new Map(tokens.map((ids, i) => [ids, records[i]!.output]));
  return {
    tokens,
    text: { ...text, text: (ids) => outputs.get(ids) ?? text.text(ids) },
    fitting: count(shown),
    by: isModel ? 'model' : 'run',
  };
}

const withCells = (text: TokenText): TokenText => ({
  ...text,
  token: (id) => (id >= 0 ? text.token(id) : id === END ? 'end' : `#${-1 - id}`),
  isSpecial: (id) => id === END || (id >= 0 && text.isSpecial(id)),
});

/** Are an answer's tokens numbered cells? */
export const isCell = (tokens: Ids): boolean => (tokens[0] ?? 0) < 0;

/** For numbered cells, of which each is a word by itself. */
export const cellText = (text: TokenText): TokenText => ({ ...text, isWords: true });

/** The records with the weights of a rule; β and τ of `config`. Ids of prompts and answers are the records' places. */
export function recordsRun(
  { name, records }: OpenedForgetting,
  tokens: readonly Ids[],
  config: RunConfig,
  rule: WeightRule,
): RunState {
  const weighting = rule === 'file' ? 'raw' : 'threshold';
  const prompts = records.map(
    ({ input }, id): PromptRecord => ({ id, family: '', text: questionOf(input), tokens: [], gold: null }),
  );
  const responses = records.map(
    (_, id): ResponseRecord => ({ id, promptId: id, tokens: tokens[id]!, correct: false, ended: true, copies: 1 }),
  );
  const rewards = records.map(({ reward, probability }, responseId): RewardRecord => {
    const p = new Float32Array(probability ?? reward);
    const valid = new Uint8Array(p.length).fill(1);
    const weights =
      rule === 'file' ? new Float32Array(reward) : tokenWeights(p, valid, { weighting, tau: config.rewardThreshold });
    return { responseId, rewards: p, weights, wrong: null, rewrite: null };
  });
  return {
    ...createRunState(name, name, { ...config, method: 'allo', weighting }),
    prompts,
    responses,
    rewardOf: new Map(rewards.map((record) => [record.responseId, record])),
  };
}

/** The start of forgetting, where the log-probs of this record are the reference's. */
export function startMoment({ records }: OpenedForgetting, id: number): MomentRows {
  const reference = [new Float32Array(records[id]?.ref_prob ?? [])];
  return { place: { stage: 'forgetting', step: 0 }, rows: { policy: reference, reference }, before: null };
}
