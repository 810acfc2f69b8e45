import { expect, test } from 'vitest';
import { createRng } from '../rng';
import { createBpeTokenizer } from './bpe';
import { trainBpe } from './bpeTraining';
import { chunksOf } from './chunks';
import { decodeUtf8, encodeUtf8 } from './utf8';

const chunks = (text: string): string[] => [...chunksOf(encodeUtf8(text))];

test('chunks: words with their space, single digits, signs, white space', () => {
  expect(chunks('The answer is 18.')).toEqual(['The', ' answer', ' is', ' 1', '8', '.']);
  expect(chunks('a  b\n\n c = $5')).toEqual(['a', ' ', ' b', '\n\n', ' c', ' =', ' $', '5']);
  expect(chunks('x'.repeat(100)).map((chunk) => chunk.length)).toEqual([48, 48, 4]);
  expect(chunks('')).toEqual([]);
});

test('merges by hand: the most frequent pair first, ties by lower ids', () => {
  // aaab ×3: aa 6, ab 3 → merge aa (id 265): [aa, a, b] → (aa,a) 3 and (a,b) 3 tie; (a,b) has the lower left id.
  const [a, b] = [9 + 97, 9 + 98];
  expect(trainBpe(['aaab', 'aaab', 'aaab'], 267)).toEqual([
    [a, a],
    [a, b],
  ]);
  expect(trainBpe(['aaab', 'aaab', 'aaab'], 1024).length).toBe(3);
  expect(trainBpe(['abc'], 1024)).toEqual([]);
});

test('encode takes the earliest merge first', () => {
  const [a, b] = [9 + 97, 9 + 98];
  const tokenizer = createBpeTokenizer([
    [a, b],
    [a, a],
  ]);
  expect(tokenizer.encode('aab')).toEqual([a, 265]);
  expect(tokenizer.encode('aaab')).toEqual([266, 265]);
  expect(tokenizer.vocabulary.slice(265)).toEqual(['ab', 'aa']);
  expect(tokenizer.decode([1, 3, a, 265, 2])).toBe('aab');
});

test('training equals a naive recount after every merge', () => {
  const rng = createRng(5, 'bpe');
  const text = Array.from({ length: 400 }, () => rng.pick(['ban', 'ana', 'nab', ' ', ' aa', 'b', '1', '\n'])).join('');
  const words = chunks(text).map((chunk) => Array.from(chunk, (c) => 9 + c.charCodeAt(0)));
  const naive: [number, number][] = [];
  while (naive.length < 40) {
    const counts = new Map<string, number>();
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]},${word[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    const ranked = [...counts].map(([key, count]) => ({ pair: key.split(',').map(Number), count }));
    ranked.sort((x, y) => y.count - x.count || x.pair[0]! - y.pair[0]! || x.pair[1]! - y.pair[1]!);
    const best = ranked[0];
    if (!best || best.count < 2) break;
    const [left, right] = [best.pair[0]!, best.pair[1]!];
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++)
        if (word[i] === left && word[i + 1] === right) word.splice(i, 2, 265 + naive.length);
    naive.push([left, right]);
  }
  expect(naive.length).toBeGreaterThan(20);
  expect(trainBpe([text], 265 + naive.length)).toEqual(naive);
});

test('any text comes back exactly', () => {
  const tokenizer = createBpeTokenizer(
    trainBpe(['the cat sat on the mat, the rat sat too. '.repeat(9), 'żółw 你好 😀😀'], 320),
  );
  expect(tokenizer.vocabulary.length).toBeGreaterThan(280);
  const rng = createRng(3, 'round-trip');
  const alphabets = [0x80, 0x800, 0x10000, 0x110000];
  for (let n = 0; n < 2000; n++) {
    const top = rng.pick(alphabets);
    // Includes NUL, byte order marks and lone surrogates.
    const text = Array.from({ length: rng.int(30) }, () => String.fromCodePoint(rng.int(top))).join('');
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  }
  for (const text of ['\ufeffx', '\ud800', 'a\udc00\ud800b', '<eos>', ' \n  the  cat ', '\u0000']) {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(Math.min(...tokenizer.encode(text))).toBeGreaterThanOrEqual(9);
  }
});

test('tokens as shown to people', () => {
  const { vocabulary } = createBpeTokenizer([
    [9 + 32, 9 + 97],
    [9 + 0xc3, 9 + 0xa9],
  ]);
  expect(vocabulary.slice(0, 3)).toEqual(['<pad>', '<bos>', '<eos>']);
  expect([vocabulary[9 + 10], vocabulary[9 + 0], vocabulary[9 + 0xc3]]).toEqual(['↵', '<0x00>', '<0xC3>']);
  expect(vocabulary.slice(265)).toEqual(['␣a', 'é']);
});

test('UTF-8 agrees with the platform on well-formed text and broken bytes never throw', () => {
  const text = 'aé€😀\u{10ffff}\u0800\uffff';
  expect([...encodeUtf8(text)]).toEqual([...new TextEncoder().encode(text)]);
  expect(decodeUtf8(encodeUtf8(text))).toBe(text);
  expect(decodeUtf8([0xc3, 0x28, 0xff, 0xe2, 0x82])).toBe('\ufffd(\ufffd\ufffd\ufffd');
  expect(decodeUtf8([0xc0, 0x80])).toBe('\ufffd\ufffd');
  expect(decodeUtf8([0xf4, 0x90, 0x80, 0x80])).toBe('\ufffd'.repeat(4));
});

test('impossible sizes and merges are refused', () => {
  expect(() => trainBpe([], 264)).toThrow(RangeError);
  expect(() => trainBpe([], 1e9)).toThrow(RangeError);
  expect(() => createBpeTokenizer([[9, 265]])).toThrow(RangeError);
  expect(() => createBpeTokenizer([[2, 9]])).toThrow(RangeError);
  expect(() => createBpeTokenizer([]).decode([265])).toThrow('265');
});
