// The table's columns: what each is read from, its unit and digits, and whether more of it is better. What is computed is table.ts.
import { formatCount } from '../../components/format';
import { FAMILIES } from '../../core/config';
import type { ExperimentId } from '../../core/study/experiment';
import type { ArmResult } from '../../core/study/result';
import {
  accuracy,
  accuracyOn,
  klToSft,
  otherFamilies,
  type Reading,
  sampledAccuracy,
  styleShare,
} from '../../core/study/samples';
import { fixed, signed } from './numberText';
import type { ArmRow } from './rows';

interface ColumnBase {
  id: string;
  head: string;
  /** '' for none; behind the head. */
  unit: string;
  help: string;
  isShownFirst?: boolean;
}

/** Mean and spread over seeds of what each result says. */
export interface NumberColumn extends ColumnBase {
  kind: 'number';
  reading: Reading;
  /** null where neither end is better by itself. */
  better: 'higher' | 'lower' | null;
  digits: number;
  write(value: number): string;
  /** By stage. */
  parts?(result: ArmResult): Readonly<Record<string, number>>;
  /** The number is the sum of its parts. */
  isSum?: boolean;
}

/** What is not a mean of readings. */
export interface OtherColumn extends ColumnBase {
  kind: 'difference' | 'paper' | 'paper difference' | 'verdict' | 'origin';
}

export type Column = NumberColumn | OtherColumn;

const one = (value: number | null | undefined): readonly number[] | null => (value == null ? null : [value]);
const sum = (parts: Readonly<Record<string, number>>): number => Object.values(parts).reduce((a, b) => a + b, 0);

const number = (
  id: string,
  head: string,
  unit: string,
  digits: number,
  better: NumberColumn['better'],
  reading: Reading,
  help: string,
): NumberColumn => ({
  ...{ kind: 'number', id, head, unit, help, better, digits, reading },
  write: (value) => fixed(value, digits),
});

const count = (column: NumberColumn): NumberColumn => ({ ...column, write: formatCount });

/** After − before on a family that was not aligned, prompt by prompt. */
export const taxReading =
  (family: string): Reading =>
  (result) => {
    const [after, before] = [accuracyOn(() => [family])(result), accuracyOn(() => [family], 'before')(result)];
    return after && before && after.length === before.length ? after.map((value, i) => value - before[i]!) : null;
  };

const tax = (family: string): NumberColumn => ({
  ...number(
    `tax ${family}`,
    `Tax: ${family}`,
    'points',
    1,
    'higher',
    taxReading(family),
    `Greedy accuracy on ${family} after − before: what alignment cost (−) or gained (+) there.`,
  ),
  write: (value) => signed(value, 1),
});

const NUMBERS = {
  accuracy: number(
    ...(['accuracy', 'Accuracy', '%', 1, 'higher', accuracy] as const),
    'Right greedy answers to held-out prompts of the aligned family: mean ± standard deviation over seeds.',
  ),
  sampled: number(
    ...(['sampled', 'At T = 1', '%', 1, 'higher', sampledAccuracy] as const),
    'Right answers when one is sampled to a prompt.',
  ),
  kl: number(
    ...(['kl', 'KL to SFT', 'nats/token', 4, null, klToSft] as const),
    'Distance from the SFT model on its own samples. Less is not better by itself: see the frontier in the lab.',
  ),
  goldLogp: number(
    ...(['gold', 'log p(gold)', 'nats', 2, 'higher', ({ after }: ArmResult) => one(after.goldLogp)] as const),
    'Mean log-probability of the gold answers, a response.',
  ),
  moved: number(
    ...(['moved', 'Weights moved', '%', 1, null, ({ after }: ArmResult) => one(after.movedPercent)] as const),
    'Share of all weights that differ from the SFT model’s.',
  ),
  style: number(
    ...(['style', 'Style share', '%', 1, 'lower', styleShare] as const),
    'Sampled answers with the superficial style; measured where right answers were given one (experiment 7).',
  ),
};

const mask: NumberColumn = {
  ...number(
    'mask',
    'Mask',
    '%',
    1,
    null,
    ({ maskPercent }) => (Object.keys(maskPercent).length > 0 ? [Math.max(...Object.values(maskPercent))] : null),
    'Share of the weights that may move, by stage; sorted by the largest. Absent where every weight may.',
  ),
  parts: ({ maskPercent }) => maskPercent,
};

const updates: NumberColumn = {
  ...count(
    number(
      'updates',
      'Updates',
      '',
      0,
      null,
      (result) => [sum(result.updates)],
      'Optimiser steps by stage, and in all: a mask’s warm-up counts.',
    ),
  ),
  parts: (result) => result.updates,
  isSum: true,
};

const tokens: NumberColumn = {
  ...count(
    number(
      'tokens',
      'Trained tokens',
      '',
      0,
      null,
      (result) => [sum(result.tokens)],
      'Tokens in those updates, padding not counted.',
    ),
  ),
};

const sampledTokens = count(
  number(
    'sampled-tokens',
    'Sampled tokens',
    '',
    0,
    null,
    (result) => [result.sampledTokens],
    'Answers sampled while training (PPO).',
  ),
);

const seconds = number(
  'seconds',
  'Time',
  's',
  1,
  null,
  (result) => [result.seconds],
  'Of the arm’s own stages, on the machine that computed it: comparable only within one machine and backend.',
);

const OTHERS = {
  difference: {
    ...{ kind: 'difference', id: 'difference', head: 'Against baseline', unit: 'points', isShownFirst: true },
    help: 'Accuracy minus the baseline’s, paired by seed and prompt, with its 95 % bootstrap interval over both.',
  },
  paper: {
    ...{ kind: 'paper', id: 'paper', head: 'Paper', unit: '%', isShownFirst: true },
    help: 'The paper’s average for the same arm and family: % right, of instruct % wins against the SFT model. A Llama of the 7 B class.',
  },
  paperDifference: {
    ...{ kind: 'paper difference', id: 'paper-difference', head: 'Paper, against baseline', unit: 'points' },
    help: 'The paper’s average minus its average for the baseline.',
    isShownFirst: true,
  },
  verdict: {
    ...{ kind: 'verdict', id: 'verdict', head: 'Paper’s claim', unit: '', isShownFirst: true },
    help: 'What the paper says of this arm, and whether these results bear it out. Sentences with the numbers: open the row.',
  },
  origin: {
    ...{ kind: 'origin', id: 'origin', head: 'Computed', unit: '' },
    help: 'Recorded with the studio, computed in this browser, or read from a file; and on which backend.',
  },
} as const satisfies Record<string, OtherColumn>;

const first = (column: NumberColumn): NumberColumn => ({ ...column, isShownFirst: true });

/** All columns for these rows, in order; a tax column for each family that some row measured. */
export function columnsFor(rows: readonly ArmRow[]): Column[] {
  const families = new Set<string>();
  for (const { known } of rows)
    for (const { result } of known) for (const name of otherFamilies(result)) families.add(name);
  return [
    // Beside each result what the paper says of it: in sight without scrolling.
    ...[first(NUMBERS.accuracy), OTHERS.paper, OTHERS.difference, OTHERS.paperDifference, OTHERS.verdict],
    ...[NUMBERS.sampled, first(NUMBERS.kl), NUMBERS.goldLogp],
    ...[...families].sort().map((family) => (isFamily(family) ? first(tax(family)) : tax(family))),
    ...[first(NUMBERS.moved), mask, first(updates), first(tokens), sampledTokens, NUMBERS.style, first(seconds)],
    OTHERS.origin,
  ];
}

const isFamily = (name: string): boolean => (FAMILIES as readonly string[]).includes(name);

/** Columns for who has chosen none: those that an experiment is about with them. */
export const firstColumns = (columns: readonly Column[], experiment: ExperimentId | null): Column[] =>
  columns.filter(
    ({ id, isShownFirst }) =>
      isShownFirst || (experiment === 'tax' && id.startsWith('tax ')) || (experiment === 'style' && id === 'style'),
  );

export const headOf = ({ head, unit }: Column): string => (unit ? `${head}, ${unit}` : head);
