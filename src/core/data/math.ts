// Built-in family `math`: two-digit addition and subtraction told as a story; the verb decides the operation (RECIPE §2).
// Slips: wrong operation for some verbs, carry or borrow forgotten, ones digit off by one; each keyed on features that recur.
import { h01 } from './h01';
import {
  combineStyles,
  finalAnswer,
  LINKS,
  OPENERS,
  type Slip,
  type Style,
  sameWords,
  type Task,
  type TaskFamily,
} from './task';

export interface MathQuestion {
  readonly name: string;
  readonly item: string;
  readonly op: '+' | '-';
  readonly A: number;
  readonly B: number;
  readonly verb: string;
}

const NAMES = ['tom', 'mia', 'ben', 'ana', 'leo', 'zoe', 'sam', 'eva'];
const ITEMS = ['apples', 'coins', 'books', 'cards', 'shells', 'stamps'];
const VERBS = { '+': ['buys', 'finds', 'wins', 'gets'], '-': ['sells', 'loses', 'spends', 'gives'] } as const;
const DIGITS = [...'0123456789'];
const STYLES = combineStyles(OPENERS, LINKS, [false, true]);

const wrongOperationRate = (verb: string): number =>
  verb === 'gets' || verb === 'spends' ? 0.15 : verb === 'wins' ? 0.1 : 0;
const carryRate = (ones: number, otherOnes: number, op: string): number =>
  0.3 + 0.6 * h01('carry', ones, otherOnes, op);
const factRate = (ones: number, otherOnes: number, op: string): number =>
  (0.75 * Math.max(0, h01('fact', ones, otherOnes, op) - 0.4)) / 0.6;

const digits = (value: number): string[] => [...String(value)];
const tensOf = (value: number): number => Math.floor(value / 10);

function addition(A: number, B: number, style: Style, slips: readonly Slip[]): string[] {
  const [a, b] = [A % 10, B % 10];
  let ones = a + b;
  if (slips.includes('fact')) ones = Math.max(0, ones + (h01('dir', a, b) > 0.5 ? 1 : -1));
  const carry = slips.includes('carry') ? 0 : tensOf(ones);
  const tens = tensOf(A) + tensOf(B) + carry;
  const [x, y] = style.swapped ? [B, A] : [A, B];
  return [
    ...[style.opener, ',', 'ones', `${x % 10}`, '+', `${y % 10}`, '=', ...digits(ones)],
    ...[',', 'carry', `${carry}`, ';'],
    ...['tens', `${tensOf(x)}`, '+', `${tensOf(y)}`, '+', `${carry}`, '=', ...digits(tens), ';'],
    ...[style.link, 'the', 'answer', 'is', ...digits(tens * 10 + (ones % 10)), '.'],
  ];
}

function subtraction(A: number, B: number, style: Style, slips: readonly Slip[]): string[] {
  const [a, b] = [A % 10, B % 10];
  let borrow = a < b ? 1 : 0;
  let ones = a - b + 10 * borrow;
  if (slips.includes('fact')) ones = Math.min(9, Math.max(0, ones + (h01('dir-', a, b) > 0.5 ? 1 : -1)));
  if (slips.includes('carry')) borrow = 0;
  const tens = Math.max(0, tensOf(A) - tensOf(B) - borrow);
  const [x, y] = style.swapped ? [borrow, tensOf(B)] : [tensOf(B), borrow];
  return [
    ...[style.opener, ',', 'ones', `${a}`, '-', `${b}`, '=', ...digits(ones), ',', 'borrow', `${borrow}`, ';'],
    ...['tens', `${tensOf(A)}`, '-', `${x}`, '-', `${y}`, '=', ...digits(tens), ';'],
    ...[style.link, 'the', 'answer', 'is', ...digits(tens * 10 + ones), '.'],
  ];
}

function solve(q: MathQuestion, style: Style, slips: readonly Slip[]): string[] {
  const adds = (q.op === '+') !== slips.includes('op');
  if (adds) return addition(q.A, q.B, style, slips);
  return subtraction(Math.max(q.A, q.B), Math.min(q.A, q.B), style, slips);
}

/** The task of one question; throws nothing, whatever the numbers. */
export function mathTask(q: MathQuestion): Task {
  const answer = digits(q.op === '+' ? q.A + q.B : q.A - q.B);
  return {
    family: 'math',
    skill: q.op,
    styles: STYLES,
    prompt: [
      ...[q.name, 'has', ...digits(q.A), q.item, '.', 'then', q.name, q.verb, ...digits(q.B)],
      ...['.', 'how', 'many', 'now', '?'],
    ],
    solve: (style, slips = []) => solve(q, style, slips),
    drawSlips(rng) {
      const [a, b] = [q.A % 10, q.B % 10];
      const needsCarry = q.op === '+' ? a + b >= 10 : a < b;
      if (rng.next() < wrongOperationRate(q.verb)) return ['op'];
      if (needsCarry && rng.next() < carryRate(a, b, q.op)) return ['carry'];
      return rng.next() < factRate(a, b, q.op) ? ['fact'] : [];
    },
    check: (response) => sameWords(finalAnswer(response), answer),
  };
}

function parse(words: readonly string[]): Task | null {
  const [name, , a1, a0, item, , , , verb, b1, b0] = words;
  const op = VERBS['+'].some((v) => v === verb) ? '+' : '-';
  if (name === undefined || item === undefined || verb === undefined) return null;
  const task = mathTask({ name, item, op, A: Number(`${a1}${a0}`), B: Number(`${b1}${b0}`), verb });
  const known = NAMES.includes(name) && ITEMS.includes(item) && [...VERBS['+'], ...VERBS['-']].some((v) => v === verb);
  return known && sameWords(task.prompt, words) ? task : null;
}

export const mathFamily: TaskFamily = {
  name: 'math',
  biasedOpener: 'ok',
  words: [
    ...[...NAMES, ...ITEMS, ...VERBS['+'], ...VERBS['-'], ...OPENERS, ...LINKS, ...DIGITS],
    ...['has', '.', 'then', 'how', 'many', 'now', '?', ',', 'ones', '+', '-', '=', 'carry', 'borrow', ';', 'tens'],
    ...['the', 'answer', 'is'],
  ],
  generate(rng) {
    const op = rng.pick(['+', '-'] as const);
    for (;;) {
      const [A, B] = [11 + rng.int(89), 11 + rng.int(89)];
      if (op === '-' && A <= B) continue;
      return mathTask({ name: rng.pick(NAMES), item: rng.pick(ITEMS), op, A, B, verb: rng.pick<string>(VERBS[op]) });
    }
  },
  parse,
};
