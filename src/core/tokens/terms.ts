// The losses of one answer, token by token: what each token adds, and the gradient on its log-prob. In double precision, from
// log-probs; the training losses are in losses/. ALGORITHM §5 and §6; golden files `fg_npo`, `fg_dpo`.
import { exp, log } from '../math';

/** Log-probs of one response's tokens in nats: the policy's and the stage's reference's. */
export interface TokenLogps {
  policy: ArrayLike<number>;
  reference: ArrayLike<number>;
}

/** log σ(x), stable for any x. */
export const logSigmoid = (x: number): number => Math.min(x, 0) - log(1 + exp(-Math.abs(x)));

/** σ(x), stable for any x. */
export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)));

/** d_t = log π_θ − log π_ref. */
export const logRatios = ({ policy, reference }: TokenLogps): Float64Array =>
  Float64Array.from(policy, (logp, t) => logp - reference[t]!);

const sumOf = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

export interface NpoInput extends TokenLogps {
  /** w_t ≥ 0; tokens of weight 0 add nothing, whatever their log-probs. */
  weights: ArrayLike<number>;
  /** D: see `weightDenominator`. 0: nothing is selected, and the loss is 0. */
  denominator: number;
  beta: number;
  /** Multiply by the 2/β of the NPO paper. */
  npoScale?: boolean;
}

export interface NpoTerms {
  /** w_t · −log σ(−β d_t) / D: they add up to the loss. */
  terms: Float64Array;
  /** ∂L / ∂ log p_t ≥ 0: descent lowers the log-prob. */
  gradients: Float64Array;
  loss: number;
}

/** The forgetting loss of one response, by token. */
export function npoTerms(input: NpoInput): NpoTerms {
  const { weights, denominator, beta } = input;
  const ratios = logRatios(input);
  const scale = denominator > 0 ? (input.npoScale ? 2 / beta : 1) / denominator : 0;
  const counted = (t: number): boolean => weights[t]! > 0 && scale > 0;
  const terms = ratios.map((d, t) => (counted(t) ? -scale * weights[t]! * logSigmoid(-beta * d) : 0));
  const gradients = ratios.map((d, t) => (counted(t) ? scale * weights[t]! * beta * sigmoid(beta * d) : 0));
  return { terms, gradients, loss: sumOf(terms) };
}

export interface DpoInput {
  chosen: TokenLogps;
  rejected: TokenLogps;
  /** 1 for the rejected tokens that the loss counts. */
  keep: ArrayLike<number>;
  beta: number;
}

export interface DpoTerms {
  /** Σ d_t over the chosen − Σ d_t over the kept rejected tokens, without β. */
  z: number;
  /** −log σ(β z) of this pair alone. */
  loss: number;
  /** β d_t of the chosen, −β d_t of the kept rejected tokens: together they add up to β z. */
  chosenTerms: Float64Array;
  rejectedTerms: Float64Array;
  /** ∂L / ∂ log p_t: ≤ 0 on chosen tokens (descent raises them), ≥ 0 on kept rejected ones. */
  chosenGradients: Float64Array;
  rejectedGradients: Float64Array;
}

/** The loss of warm-up (keep all) and improving for one pair, by token. */
export function dpoTerms({ chosen, rejected, keep, beta }: DpoInput): DpoTerms {
  const chosenTerms = logRatios(chosen).map((d) => beta * d);
  const rejectedTerms = logRatios(rejected).map((d, t) => (keep[t] ? -beta * d : 0));
  const scaled = sumOf(chosenTerms) + sumOf(rejectedTerms);
  const slope = beta * sigmoid(-scaled);
  return {
    z: scaled / beta,
    loss: -logSigmoid(scaled),
    chosenTerms,
    rejectedTerms,
    chosenGradients: chosenTerms.map(() => -slope),
    rejectedGradients: rejectedTerms.map((_, t) => (keep[t] ? slope : 0)),
  };
}
