// Built-in family `instruct`: do one operation on a short list and write it in the asked format (RECIPE §2).
// Slips per (operation, format): a wrong variant of the operation, a wrong format, or the last item dropped.
import { h01 } from './h01';
import { combineStyles, type Slip, type Style, sameWords, type Task, type TaskFamily } from './task';

type Items = readonly string[];

interface Operation {
  readonly right: (items: Items) => Items;
  /** The wrong variant; null where the operation has none. */
  readonly wrong: ((items: Items) => Items) | null;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  copy: { right: (x) => x, wrong: null },
  reverse: { right: (x) => x.toReversed(), wrong: (x) => [...x.slice(2).toReversed(), ...x.slice(0, 2)] },
  // Code-point order: the default order of Python and of JavaScript alike for these ASCII words.
  sort: { right: (x) => x.toSorted(), wrong: (x) => x },
  rotate: { right: (x) => [...x.slice(1), ...x.slice(0, 1)], wrong: (x) => [...x.slice(-1), ...x.slice(0, -1)] },
  first: { right: (x) => x.slice(0, 2), wrong: (x) => x.slice(0, 1) },
  last: { right: (x) => x.slice(-2), wrong: (x) => x.slice(0, 2) },
};

const FORMATS = ['plain', 'brackets', 'commas'];
const WRONG_FORMAT: Readonly<Record<string, string>> = { brackets: 'plain', commas: 'brackets' };
const LIST_ITEMS = [...'abcdefghijklmnop'].map((letter) => `${letter}_`);
const OPENERS = ['sure', 'okay', 'yes'];
const LINKS = ['result', 'list', 'output'];
const STYLES = combineStyles(OPENERS, LINKS, [false]);

export interface InstructQuestion {
  readonly op: string;
  readonly format: string;
  readonly items: Items;
}

const slipRate = (op: string, format: string): number => 0.15 + 0.7 * h01('sloppy', op, format);

function slipKind(op: string, format: string): Slip {
  const kind = h01('kind', op, format);
  if (op !== 'copy' && kind < 0.45) return 'op';
  return format !== 'plain' && kind < 0.8 ? 'fmt' : 'drop';
}

function formatted(items: Items, format: string): string[] {
  if (format === 'plain') return [...items];
  if (format === 'brackets') return ['[', ...items, ']'];
  return items.flatMap((item, index) => (index > 0 ? [',', item] : [item]));
}

function solve(q: InstructQuestion, style: Style, slips: readonly Slip[]): string[] {
  const operation = OPERATIONS[q.op]!;
  let [items, format] = [operation.right(q.items), q.format];
  if (slips.includes('op')) {
    if (!operation.wrong) throw new RangeError(`The operation ${q.op} has no wrong variant`);
    items = operation.wrong(q.items);
  }
  if (slips.includes('fmt')) {
    const other = WRONG_FORMAT[format];
    if (!other) throw new RangeError(`The format ${format} has no wrong variant`);
    format = other;
  }
  if (slips.includes('drop')) items = items.slice(0, -1);
  return [style.opener, ',', 'the', style.link, 'is', ':', ...formatted(items, format), '.'];
}

function check(q: InstructQuestion, response: readonly string[]): boolean {
  const colon = response.indexOf(':');
  if (colon < 0 || response.at(-1) !== '.') return false;
  return sameWords(response.slice(colon + 1, -1), formatted(OPERATIONS[q.op]!.right(q.items), q.format));
}

/** The task of one question. Throws RangeError for an unknown operation or format. */
export function instructTask(q: InstructQuestion): Task {
  if (!Object.hasOwn(OPERATIONS, q.op) || !FORMATS.includes(q.format))
    throw new RangeError(`Unknown instruct question: ${q.op}, ${q.format}`);
  return {
    family: 'instruct',
    skill: q.op,
    styles: STYLES,
    prompt: [q.op, 'the', 'list', ':', ...q.items, ';', 'use', q.format, 'style'],
    solve: (style, slips = []) => solve(q, style, slips),
    drawSlips: (rng) => (rng.next() < slipRate(q.op, q.format) ? [slipKind(q.op, q.format)] : []),
    check: (response) => check(q, response),
  };
}

function parse(words: readonly string[]): Task | null {
  const [op, format, items] = [words[0] ?? '', words.at(-2) ?? '', words.slice(4, -4)];
  if (!Object.hasOwn(OPERATIONS, op) || !FORMATS.includes(format)) return null;
  if (items.length < 1 || !items.every((item) => LIST_ITEMS.includes(item))) return null;
  const task = instructTask({ op, format, items });
  return sameWords(task.prompt, words) ? task : null;
}

export const instructFamily: TaskFamily = {
  name: 'instruct',
  // The first of the openers that means the same as `ok` in the other two families.
  biasedOpener: 'okay',
  words: [
    ...[...Object.keys(OPERATIONS), ...FORMATS, ...LIST_ITEMS, ...OPENERS, ...LINKS],
    ...['the', ':', ';', 'use', 'style', ',', 'is', '[', ']', '.'],
  ],
  generate(rng) {
    const count = 3 + rng.int(3);
    const op = rng.pick(Object.keys(OPERATIONS));
    return instructTask({ op, format: rng.pick(FORMATS), items: rng.sample(LIST_ITEMS, count) });
  },
  parse,
};
