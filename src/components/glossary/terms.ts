// The glossary's list: every term in one to three plain sentences, its formula where that helps, and the view in which it is seen.
import type { GlossaryEntry } from './entry';
import { METHOD_TERMS } from './methodTerms';
import { STUDY_TERMS } from './studyTerms';

const ALIGNMENT_TERMS = {
  policy: {
    label: 'policy',
    also: 'π',
    text: 'The model that is being trained: it gives every next token a probability.',
    formula: 'p_t = π(y_t | x, y_<t)',
    where: 'Try, the answers of the aligned model',
    view: 'try',
  },
  reference: {
    label: 'reference',
    also: 'reference model',
    text: 'A frozen copy of the model from before the stage. Losses compare the policy with it, so that only changes count. Forgetting starts from the SFT model, improving from what forgetting left.',
    where: 'Tokens, the layer “reference log-prob”',
    view: 'tokens',
  },
  chosen: {
    label: 'chosen',
    also: 'preferred, y_w',
    text: 'The answer of a pair that is to become more likely: here, a right one.',
    where: 'Data, pairs',
    view: 'data',
  },
  pair: {
    label: 'preference pair',
    also: 'pair',
    text: 'Two answers to one prompt, of which one is to be preferred: here, a right and a wrong one that the SFT model gave itself.',
    where: 'Data, pairs',
    view: 'data',
  },
  rejected: {
    label: 'rejected',
    also: 'dispreferred, y_l',
    text: 'The answer of a pair that is to become less likely: here, a wrong one to the same prompt.',
    where: 'Data, pairs',
    view: 'data',
  },
  'log-prob': {
    label: 'log-prob',
    also: 'log-probability, logp, nats',
    text: 'The natural logarithm of the probability of a token, in nats. An answer’s log-prob is the sum over its tokens; 0 would be certainty.',
    formula: 'log p_t = log π(y_t | x, y_<t)',
    where: 'Tokens, the inspector',
    view: 'tokens',
  },
  'log-ratio': {
    label: 'log-ratio',
    also: 'd, implicit reward',
    text: 'How much more likely the policy makes a token than the reference does, in nats: above 0 it was learnt, below 0 forgotten.',
    formula: 'd_t = log π(y_t) − log π_ref(y_t)',
    where: 'Tokens, the layer “log-ratio”',
    view: 'tokens',
  },
  margin: {
    label: 'margin',
    text: 'By how much the chosen answer’s summed log-ratio exceeds the rejected one’s, times β. DPO makes it grow.',
    formula: 'β (S_w − S_l)',
    where: 'Curves, improving',
    view: 'curves',
  },
  beta: {
    label: 'β',
    also: 'beta',
    text: 'How strongly a loss reacts to a log-ratio. A large β is satisfied by a small change and stays near the reference; a small one goes on pushing.',
    where: 'Run, settings',
    view: 'run',
  },
  tau: {
    label: 'τ',
    also: 'tau, reward threshold',
    text: 'The token reward below which a token counts as unaligned: 0.5. (In online merging τ is another thing, the vector θ_SFT − θ_base.)',
    formula: 'w_t = 1 where p_t < τ, else 0',
    where: 'Tokens, rewards below the threshold',
    view: 'tokens',
  },
  epsilon: {
    label: 'ε',
    also: 'epsilon, kept share, noisy-token removal',
    text: 'The share of the rejected tokens that improving counts: those whose log-ratio fell most. The others are taken for noise.',
    where: 'Tokens, the layer kept / dropped of a rejected answer',
    view: 'tokens',
  },
  kl: {
    label: 'KL to SFT',
    also: 'KL(SFT ‖ model), KL divergence, drift',
    text: 'How far the model has moved from the SFT model, in nats per token on the SFT model’s own samples. 0 is no change; above about 0.1 to 0.2 answers begin to suffer.',
    formula: 'mean of log π_SFT(y_t) − log π(y_t)',
    where: 'Lab, the frontier’s x axis',
    view: 'lab',
  },
  mask: {
    label: 'neuron mask',
    also: 'mask, neurons, masked weights',
    text: 'The weights that may move, all others are held still. A “neuron” here is a single weight. ALLO takes those that a warm-up changed most: 5 % for forgetting, 10 % for improving.',
    formula: 'm_i = 1 where |θ′_i − θ_i| is among the top r %',
    where: 'Neurons',
    view: 'neurons',
  },
  warmup: {
    label: 'warm-up',
    text: 'A few updates of plain DPO on all weights, only to see which of them move most; then it is thrown away. (The learning rate’s own warm-up is its slow start.)',
    where: 'Curves, warm-up',
    view: 'curves',
  },
  reward: {
    label: 'token reward',
    also: 'token-level reward',
    text: 'The probability with which a rewriting model would keep a token of an answer: near 1 for right tokens, near 0 for the first wrong one. What follows from an error looks right again, so recall is low.',
    where: 'Tokens',
    view: 'tokens',
  },
  rewriting: {
    label: 'rewriting model',
    also: 'reward model, RM',
    text: 'A second model that was trained to mend wrong answers with as few changes as possible. It is given prompt, solution and answer, and its probabilities are the token rewards.',
    where: 'Tokens, how good the rewards are',
    view: 'tokens',
  },
  forgetting: {
    label: 'forgetting',
    also: 'unlearning, stage 1',
    text: 'ALLO’s first stage: the unaligned tokens of wrong answers become less likely, by NPO weighted token by token, on 5 % of the weights.',
    formula: 'Σ w_t · −log σ(−β d_t) / Σ w_t',
    where: 'Curves, forgetting',
    view: 'curves',
  },
  improving: {
    label: 'improving',
    also: 'stage 2, fine-grained DPO',
    text: 'ALLO’s second stage: DPO on pairs without the rejected tokens that are taken for noise, on 10 % of the weights. For other methods: their only stage.',
    formula: '−log σ(β (S_w − S_kept))',
    where: 'Curves, improving',
    view: 'curves',
  },
  updates: {
    label: 'updates',
    also: 'steps, optimiser steps',
    text: 'Steps of the optimiser, each on at most 1024 tokens. Arms get as many after the warm-up, 110 with the default model, but for “warm-up only” and DPO with 160.',
    where: 'Lab, the tables',
    view: 'lab',
  },
  moved: {
    label: 'moved share',
    also: 'changed weights',
    text: 'The share of all weights that are not bit for bit what they were in the SFT model.',
    where: 'Run, results',
    view: 'run',
  },
  epoch: {
    label: 'epoch',
    text: 'Once through all pairs. Improving makes about one; several of them overfit.',
    where: 'Run, settings',
    view: 'run',
  },
  rate: {
    label: 'learning rate ×',
    also: 'learning rate, lr, rate factor, step size',
    text: 'A factor on the learning rates of an arm. A mask makes each step smaller, so arms are compared fairly only when each may have the rate that suits it.',
    where: 'Lab, the ratio sweep and the ablations',
    view: 'lab',
  },
} as const satisfies Record<string, GlossaryEntry>;

export const TERMS = { ...ALIGNMENT_TERMS, ...METHOD_TERMS, ...STUDY_TERMS } as const;
export type TermName = keyof typeof TERMS;
export const TERM_NAMES = Object.keys(TERMS) as readonly TermName[];

export const entryOf = (name: TermName): GlossaryEntry => TERMS[name];

const plain = (text: string): string => text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');

/** Terms whose name, other words or text hold all words of the query; those found by name stand first. In alphabetical order without one. */
export function findTerms(query: string): TermName[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const named = (name: TermName) => plain(`${entryOf(name).label} ${entryOf(name).also ?? ''}`);
  const whole = (name: TermName) => `${named(name)} ${plain(entryOf(name).text)}`;
  const byName = (name: TermName): number =>
    words.length > 0 && words.every((word) => named(name).includes(word)) ? 0 : 1;
  return TERM_NAMES.filter((name) => words.every((word) => whole(name).includes(word))).sort(
    (a, b) => byName(a) - byName(b) || sortKey(a).localeCompare(sortKey(b), 'en'),
  );
}

/** Greek letters stand where their names would. */
const sortKey = (name: TermName): string =>
  /^[\p{Script=Greek}]$/u.test(entryOf(name).label) ? name : entryOf(name).label;

/** `text` in parts, the first occurrence of each term marked with its name: of its label, or of another word for it where that is not there. */
export function splitByTerms(text: string, names: readonly TermName[]): { text: string; name: TermName | null }[] {
  const found = names
    .flatMap((name) => {
      const { label, also } = entryOf(name);
      // Single letters mean many things.
      const words = [label, ...(also?.split(', ') ?? []).filter((word) => word.length > 1)];
      const word = words.find((one) => wordAt(text, one) !== -1);
      if (word === undefined) return [];
      const at = wordAt(text, word);
      return [{ name, at, end: at + word.length }];
    })
    .sort((a, b) => a.at - b.at || b.end - a.end);
  const parts: { text: string; name: TermName | null }[] = [];
  let from = 0;
  for (const { name, at, end } of found) {
    if (at < from) continue;
    if (at > from) parts.push({ text: text.slice(from, at), name: null });
    parts.push({ text: text.slice(at, end), name });
    from = end;
  }
  if (from < text.length) parts.push({ text: text.slice(from), name: null });
  return parts;
}

/** Where the label stands as a word of its own, an ending s allowed; −1: nowhere. */
function wordAt(text: string, label: string): number {
  const escaped = label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.search(new RegExp(`(?<![\\p{L}\\p{N}-])${escaped}(?=s?(?![\\p{L}\\p{N}-]))`, 'iu'));
}
