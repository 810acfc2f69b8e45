// The stage's loss as a formula, and the same with one token's numbers put in. Pure; the numbers come from the inspection.
import { formatNumber } from '../../components/format';
import type { TokenPlace } from '../../state/tokensChoice';
import type { Inspection, LossSettings } from './inspection';

export interface FormulaLine {
  /** Indices stand behind an underscore: "w_t". */
  text: string;
  isResult?: boolean;
}

export interface TokenFormula {
  general: readonly FormulaLine[];
  /** With the token's numbers. */
  substituted: readonly FormulaLine[];
  /** The sign of the gradient in words. */
  words: string;
}

/** Four significant digits without the zeros at the end. */
const number = (value: number): string =>
  formatNumber(value, 4)
    .replace(/(\.\d*?)0+(?=$|e)/, '$1')
    .replace(/\.(?=$|e)/, '');
/** Where the largest term in size is, the first of equal ones; null without a loss. */
export function strongestToken({ loss, sides }: Inspection): TokenPlace | null {
  if (!loss) return null;
  let best: { place: TokenPlace; size: number } | null = null;
  for (const [side, { terms }] of sides.entries())
    for (let token = 0; terms && token < terms.length; token++) {
      const size = Math.abs(terms[token]!);
      if (!best || size > best.size) best = { place: { side, token }, size };
    }
  return best?.place ?? null;
}

/** In brackets when it is negative. */
const factor = (value: number): string => (value < 0 ? `(${number(value)})` : number(value));

/** The formulas of the loss; `at`: the token whose numbers are put in. null without a loss. */
export function tokenFormula(
  { loss, sides }: Inspection,
  at: TokenPlace | null,
): { general: readonly FormulaLine[]; token: TokenFormula | null } | null {
  if (!loss) return null;
  const general: FormulaLine[] =
    loss.form === 'npo'
      ? [{ text: 'L = Σ_t w_t · [−log σ(−β · d_t)] / D' }, { text: '∂L/∂ log p_t = w_t · β · σ(β · d_t) / D' }]
      : [
          { text: 'L = −log σ(β · z),   z = Σ d_t of chosen − Σ d_t of kept rejected' },
          { text: '∂L/∂ log p_t = ∓β · σ(−β · z)' },
        ];
  const side = at ? sides[at.side] : undefined;
  if (!at || !side?.terms || !side.gradients || !side.ratios || at.token >= side.tokens.length)
    return { general, token: null };
  const values = {
    beta: loss.settings.beta,
    ratio: side.ratios[at.token]!,
    term: side.terms[at.token]!,
    gradient: side.gradients[at.token]!,
    weight: side.weights?.[at.token] ?? 1,
  };
  const substituted =
    loss.form === 'npo'
      ? npoLines(values, loss.denominator)
      : dpoLines(values, loss.z, side.role === 'chosen', side.kept?.[at.token] !== 0);
  return { general, token: { general, substituted, words: gradientWords(values.gradient) } };
}

interface Values {
  beta: number;
  ratio: number;
  term: number;
  gradient: number;
  weight: number;
}

function npoLines({ beta, ratio, term, gradient, weight }: Values, denominator: number): FormulaLine[] {
  if (denominator === 0) return [{ text: 'D = 0: no token weighs anything, so the loss is 0' }];
  return [
    {
      text: `${number(weight)} · [−log σ(−${number(beta)} · ${factor(ratio)})] / ${number(denominator)} = ${number(term)}`,
    },
    {
      text: `${number(weight)} · ${number(beta)} · σ(${number(beta)} · ${factor(ratio)}) / ${number(denominator)} = ${number(gradient)}`,
    },
  ];
}

function dpoLines(
  { beta, ratio, term, gradient }: Values,
  z: number,
  isChosen: boolean,
  isKept: boolean,
): FormulaLine[] {
  if (!isChosen && !isKept) return [{ text: 'dropped as noisy: its term and its gradient are 0' }];
  const sign = isChosen ? '' : '−';
  return [
    { text: `its part of β · z: ${sign}${number(beta)} · ${factor(ratio)} = ${number(term)}, of ${number(beta * z)}` },
    { text: `${isChosen ? '−' : ''}${number(beta)} · σ(−${number(beta)} · ${factor(z)}) = ${number(gradient)}` },
  ];
}

export function gradientWords(gradient: number): string {
  if (gradient > 0) return 'The gradient is above 0: descent lowers the probability of this token.';
  if (gradient < 0) return 'The gradient is below 0: descent raises the probability of this token.';
  return 'The gradient is 0: descent leaves the probability of this token to the others.';
}

/** "β 0.3, τ 0.7": what differs from the run's settings; empty for nothing. */
export function changedSettings(run: LossSettings, used: LossSettings): string {
  const parts = [
    used.beta !== run.beta && `β ${number(used.beta)}`,
    used.tau !== run.tau && `τ ${number(used.tau)}`,
    used.keepShare !== run.keepShare && `ε ${number(used.keepShare)}`,
  ];
  return parts.filter(Boolean).join(', ');
}
