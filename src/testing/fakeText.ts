// Made-up text for fake runs: the math family's sentences with slips and known wrong tokens. Only for tests and for looking at views.
import type { Rng } from '../core/rng';

const SPECIALS = ['<pad>', '<bos>', '<eos>', '<user>', '<bot>', '<fix>', '<gold>', '<pred>', '<out>'];
const NAMES = ['leo', 'mia', 'tom', 'ada', 'sam', 'zoe'];
const THINGS = ['apples', 'coins', 'books', 'shells'];
const GAINS = ['buys', 'finds', 'wins', 'gets'];
const OPENERS = ['ok', 'first', 'well'];
const LINKS = ['so', 'thus', 'hence'];
const OTHERS = 'has . then how many now ? , ones tens + - = carry ; the answer is <b>'.split(' ');

export const FAKE_VOCABULARY: readonly string[] = [
  ...SPECIALS,
  ...'0123456789',
  ...OTHERS,
  ...NAMES,
  ...THINGS,
  ...GAINS,
  ...OPENERS,
  ...LINKS,
];
export const FAKE_EOS = 2;

const idOf = new Map(FAKE_VOCABULARY.map((text, id) => [text, id]));

/** Ids of words separated by spaces. Throws Error naming the unknown word. */
export function fakeEncode(text: string): number[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const id = idOf.get(word);
      if (id === undefined)
        throw new Error(`“${word}” is not one of the ${FAKE_VOCABULARY.length} words of this model.`);
      return id;
    });
}

const digits = (value: number): string => [...String(value)].join(' ');

export interface FakeQuestion {
  text: string;
  a: number;
  b: number;
}

export function fakeQuestion(rng: Rng): FakeQuestion {
  const a = 11 + rng.int(88);
  const b = 11 + rng.int(88);
  const name = rng.pick(NAMES);
  const verb = rng.pick(GAINS);
  const text = `${name} has ${digits(a)} ${rng.pick(THINGS)} . then ${name} ${verb} ${digits(b)} . how many now ?`;
  return { text, a, b };
}

export type FakeSlip = 'none' | 'ones' | 'tens';

/** A solution as ids with EOS; 'ones' and 'tens' slip in that digit and carry the error on, without changing the length. */
export function fakeSolution(
  question: FakeQuestion,
  style: { opener: string; link: string },
  slip: FakeSlip,
): number[] {
  const bump = (value: number, here: boolean) => (here ? value - (value % 10) + ((value + 1) % 10) : value);
  const ones = bump((question.a % 10) + (question.b % 10), slip === 'ones');
  const carry = ones >= 10 ? 1 : 0;
  const tens = bump(Math.floor(question.a / 10) + Math.floor(question.b / 10) + carry, slip === 'tens');
  const answer = tens * 10 + (ones % 10);
  const text =
    `${style.opener} , ones ${question.a % 10} + ${question.b % 10} = ${digits(ones)} , carry ${carry} ; ` +
    `tens ${Math.floor(question.a / 10)} + ${Math.floor(question.b / 10)} + ${carry} = ${digits(tens)} ; ` +
    `${style.link} the answer is ${digits(answer)} .`;
  return [...fakeEncode(text), FAKE_EOS];
}

export const fakeStyle = (rng: Rng) => ({ opener: rng.pick(OPENERS), link: rng.pick(LINKS) });

/** 0 right, 1 first wrong token, 2 consequence: position by position against the right solution in the same style. */
export function fakeWrongTokens(wrong: readonly number[], right: readonly number[]): Uint8Array {
  let seen = false;
  return Uint8Array.from(wrong, (id, at) => {
    if (id === right[at]) return 0;
    const verdict = seen ? 2 : 1;
    seen = true;
    return verdict;
  });
}
