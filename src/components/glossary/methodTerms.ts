// The glossary's methods: what each one does differently, and its loss. S is a summed log-ratio, a a mean log-prob, n a length in tokens;
// w the chosen answer, l the rejected one.
import type { GlossaryEntry } from './entry';

const seen = { where: 'Compare, the methods table', view: 'compare' } as const;

export const METHOD_TERMS = {
  sft: {
    label: 'SFT',
    also: 'supervised fine-tuning, starter',
    text: 'Training on given solutions. The SFT model is where every arm starts: it was trained on noisy solutions and is right about half of the time.',
    formula: '−Σ log p_t',
    ...seen,
  },
  rft: {
    label: 'RFT',
    also: 'rejection sampling fine-tuning',
    text: 'SFT on the model’s own right answers. Simple and strong here, but it copies any style that these answers share.',
    formula: '−Σ log p_t of right samples',
    ...seen,
  },
  dpo: {
    label: 'DPO',
    also: 'direct preference optimization',
    text: 'Makes the chosen answer more likely than the rejected one, both relative to the reference. It needs no reward model.',
    formula: '−log σ(β (S_w − S_l))',
    ...seen,
  },
  npo: {
    label: 'NPO',
    also: 'negative preference optimization',
    text: 'The half of DPO that pushes down: the rejected answer becomes less likely, nothing is pulled up. Made for unlearning.',
    formula: '(2/β) · −log σ(−β S_l)',
    ...seen,
  },
  ipo: {
    label: 'IPO',
    also: 'identity preference optimization',
    text: 'Pulls the log-ratio difference to a fixed value instead of driving it ever further, against overfitting. On sums (the paper’s form) or on token means.',
    formula: '(S_w − S_l − 1/(2β))²',
    ...seen,
  },
  simpo: {
    label: 'SimPO',
    also: 'simple preference optimization, target margin γ',
    text: 'Compares mean log-probs with a target margin γ and needs no reference.',
    formula: '−log σ(β (a_w − a_l) − γ)',
    ...seen,
  },
  bco: {
    label: 'BCO',
    also: 'binary classifier optimization',
    text: 'Trains the implicit reward as a classifier of good and bad answers, against a running mean δ.',
    formula: '−log σ(β S_w − δ) − log σ(δ − β S_l)',
    ...seen,
  },
  kto: {
    label: 'KTO',
    also: 'Kahneman-Tversky optimization',
    text: 'Takes good and bad answers on their own, not as pairs, and measures each against an estimate z₀ of the drift.',
    formula: '1 − σ(β (S_w − z₀)) and 1 − σ(β (z₀ − S_l))',
    ...seen,
  },
  'r-dpo': {
    label: 'R-DPO',
    also: 'length-regularised DPO',
    text: 'DPO with a term for the difference in length, so that longer is not taken for better.',
    formula: '−log σ(β (S_w − S_l) + α (n_w − n_l))',
    ...seen,
  },
  'ln-dpo': {
    label: 'LN-DPO',
    also: 'length-normalised DPO',
    text: 'DPO on mean instead of summed log-ratios, with a larger β.',
    formula: '−log σ(β (S_w/n_w − S_l/n_l))',
    ...seen,
  },
  hinge: {
    label: 'hinge',
    also: 'SLiC',
    text: 'Stops as soon as the margin has reached 1, where DPO goes on more and more gently.',
    formula: 'max(0, 1 − β (S_w − S_l))',
    ...seen,
  },
  ppo: {
    label: 'PPO',
    also: 'proximal policy optimization',
    text: 'Samples from the policy while it trains and reinforces what scores well, with a limit on each step’s probability ratio. Here without a critic; the score is the exact checker’s.',
    formula: 'max(−A ρ, −A clip(ρ, 1 ± c))',
    ...seen,
  },
  a2c: {
    label: 'PPO-A2C',
    also: 'critic, GAE, advantage, value head',
    text: 'PPO with a critic that learns to predict the score token by token. GAE mixes its predictions into the advantage A: how much better a token did than expected.',
    formula: 'A_t = δ_t + γλ A_t+1, δ_t = R_t + γ V_t+1 − V_t',
    ...seen,
  },
  merging: {
    label: 'online merging',
    also: 'OnDARE, OnTIES, merging optimiser, task vector',
    text: 'An optimiser that mixes every step with the direction θ_SFT − θ_base, so that alignment takes less away. OnDARE keeps random entries of the step, OnTIES its largest.',
    ...seen,
  },
  'reserve-rate': {
    label: 'reserve rate',
    also: 'p, thinning, merge share',
    text: 'The share of a step’s entries that online merging keeps: 1 % here.',
    where: 'Run, settings of the merging arms',
    view: 'run',
  },
  'merge-weight': {
    label: 'merge weight',
    also: 'α of online merging',
    text: 'How much of θ_SFT − θ_base is mixed into every step of online merging.',
    where: 'Run, settings of the merging arms',
    view: 'run',
  },
} as const satisfies Record<string, GlossaryEntry>;
