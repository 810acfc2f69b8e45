// The paper's own numbers for what the lab compares, as data. The paper's text was not at hand: they are read from the figures shipped
// with the reference code (ALGORITHM §11), of a Llama of the 7 B class.
import type { Arm, Family } from '../config';

export const PAPER_SOURCE = 'read from the figures shipped with the reference code';

/** Task groups of the tables; an average stands last. QA and math in % right, instruct in % wins against the SFT model. */
export const PAPER_TASKS: Readonly<Record<Family, readonly string[]>> = {
  qa: ['ECQA', 'QASC', 'OBQA', 'StrategyQA', 'average'],
  math: ['GSM8k', 'MATH', 'MAWPS', 'TabMWP', 'average'],
  instruct: ['AlpacaEval 2.0', 'Arena-Hard', 'average'],
};

export interface PaperRow {
  label: string;
  /** Ours for the same; null for where all start. */
  arm: Arm | null;
  /** In the order of PAPER_TASKS. */
  numbers: Readonly<Record<Family, readonly number[]>>;
}

const row = (
  label: string,
  arm: Arm | null,
  qa: readonly number[],
  math: readonly number[],
  instruct: readonly number[],
): PaperRow => ({ label, arm, numbers: { qa, math, instruct } });

/** Tables 1 and 2. */
export const PAPER_TABLE: readonly PaperRow[] = [
  row('SFT LLM', null, [69.92, 55.51, 52.6, 55.75, 58.45], [55.9, 11.8, 79.9, 56.7, 51.1], [50, 50, 50]),
  row('+ SFT', 'sft', [69.14, 55.4, 49.8, 59.24, 58.4], [56.2, 11.8, 80.0, 57.4, 51.4], [49.44, 61.5, 55.47]),
  row('+ RFT', 'rft', [71.15, 57.24, 54.4, 56.33, 59.78], [54.7, 12.0, 80.2, 55.2, 50.5], [50.06, 53.7, 51.88]),
  row('+ DPO', 'dpo-full', [75.07, 60.37, 57.0, 59.53, 62.99], [56.6, 12.2, 81.7, 57.3, 52.0], [53.8, 68.3, 61.05]),
  row('+ R-DPO', 'r-dpo', [75.52, 61.56, 58.4, 59.83, 63.83], [56.9, 12.3, 82.3, 57.2, 52.2], [54.0, 72.2, 63.1]),
  row('+ IPO', 'ipo', [47.86, 43.2, 41.8, 43.38, 44.06], [58.0, 12.9, 82.4, 55.5, 52.2], [56.35, 71.0, 63.68]),
  row('+ BCO', 'bco', [68.87, 55.18, 45.4, 57.21, 56.67], [57.2, 12.4, 81.8, 56.3, 51.9], [54.79, 71.8, 63.3]),
  row('+ SimPO', 'simpo', [62.76, 52.27, 46.8, 53.71, 53.89], [57.9, 12.8, 82.1, 56.7, 52.4], [54.92, 69.3, 62.11]),
  row('+ NPO', 'npo', [70.56, 56.59, 52.8, 56.04, 59.0], [56.4, 12.3, 80.1, 56.5, 51.3], [50.06, 51.1, 50.58]),
  row('+ Vanilla PPO', 'ppo', [70.65, 55.29, 53.4, 56.33, 58.92], [55.2, 11.6, 79.4, 56.5, 50.7], [48.75, 48.2, 48.48]),
  row('+ PPO A2C', 'ppo-a2c', [71.06, 55.18, 53.0, 58.37, 59.4], [55.2, 11.7, 82.1, 55.8, 51.2], [53.5, 57.8, 55.65]),
  row('+ ALLO', 'allo', [75.93, 62.31, 59.6, 60.84, 64.67], [56.6, 13.0, 82.5, 58.1, 52.6], [55.78, 74.9, 65.34]),
];

/** Figure 1's bars, plain DPO on QA: % right of top 10 %, last 10 % and all neurons. Values are read off the picture. */
export const PAPER_BARS: readonly { task: string; top: number; last: number; full: number }[] = [
  { task: 'ECQA', top: 76.0, last: 75.3, full: 75.1 },
  { task: 'OBQA', top: 59.2, last: 58.0, full: 57.0 },
  { task: 'StrategyQA', top: 61.2, last: 59.4, full: 59.5 },
];

/** Figure 1's training losses of DPO on QA, about. */
export const PAPER_LOSSES: readonly { step: number; top: number; full: number; last: number }[] = [
  { step: 100, top: 0.27, full: 0.3, last: 0.32 },
  { step: 320, top: 0.1, full: 0.14, last: 0.13 },
];

/** The paper's row for an arm of ours, null where it has none. */
export const paperRow = (arm: Arm): PaperRow | null => PAPER_TABLE.find((each) => each.arm === arm) ?? null;

/** A family's average in a row: % right, or % wins for instruct. */
export const paperAverage = ({ numbers }: PaperRow, family: Family): number => numbers[family].at(-1)!;

/** “QA 64.67 against 62.99 %, math …” for two arms of ours; null where the paper lacks one. */
export function paperComparison(first: Arm, second: Arm): string | null {
  const [a, b] = [paperRow(first), paperRow(second)];
  if (!a || !b) return null;
  const part = (words: string, family: Family) =>
    `${words} ${paperAverage(a, family)} against ${paperAverage(b, family)} %`;
  return `${[part('QA', 'qa'), part('math', 'math'), part('instruction wins', 'instruct')].join(', ')} (${PAPER_SOURCE})`;
}

const bars = (name: 'top' | 'last' | 'full', against: 'top' | 'last' | 'full'): string =>
  `${PAPER_BARS.map((bar) => `${bar.task} ${bar[name].toFixed(1)} against ${bar[against].toFixed(1)} %`).join(', ')} (${PAPER_SOURCE})`;

export const paperTopAgainstFull = bars('top', 'full');
export const paperLastAgainstFull = bars('last', 'full');
export const paperTopAgainstLast = bars('top', 'last');
export const paperTopLosses = `QA loss ${PAPER_LOSSES.map(
  ({ step, top, full }) => `at step ${step} about ${top.toFixed(2)} against ${full.toFixed(2)}`,
).join(', ')} (${PAPER_SOURCE})`;
