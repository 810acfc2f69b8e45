import { expect, test } from 'vitest';
import golden from '../../testing/golden/tasks.json';
import { h01, type KeyPart, pythonRepr } from './h01';

test('golden: h01', () => {
  const golds = golden.cases.filter((one) => one.kind === 'h01');
  expect(golds.length).toBe(1);
  for (const { inputs, expected } of golds) {
    const keys: readonly (readonly KeyPart[])[] = inputs.keys ?? [];
    expect(keys.map((key) => h01(...key))).toEqual(expected.values);
  }
});

test("Python's repr: quotes, escapes, tuples", () => {
  expect(pythonRepr(['x'])).toBe("('x',)");
  expect(pythonRepr([])).toBe('()');
  expect(pythonRepr(['carry', 3, -9, '+', ['a', ['b']]])).toBe("('carry', 3, -9, '+', ('a', ('b',)))");
  expect(pythonRepr("it's")).toBe('"it\'s"');
  expect(pythonRepr('say "hi"')).toBe('\'say "hi"\'');
  expect(pythonRepr('it\'s "x"')).toBe("'it\\'s \"x\"'");
  expect(pythonRepr('a\\b\n\t\r\x00\x7f\xa0é€\u200b\u2028😀\ue000\ud800')).toBe(
    "'a\\\\b\\n\\t\\r\\x00\\x7f\\xa0é€\\u200b\\u2028😀\\ue000\\ud800'",
  );
  expect(pythonRepr(-0)).toBe('0');
  expect(() => pythonRepr(0.5)).toThrow(RangeError);
});

// Made with Python's hashlib and repr.
test('h01 of keys with quotes, escapes and nesting', () => {
  const word = (...key: readonly KeyPart[]): number => h01(...key) * 4294967296;
  expect(word("it's")).toBe(526810691);
  expect(word('it\'s "x"')).toBe(2317252549);
  expect(word('a\\b\n\t\r\x00\x7f\xa0é€\u200b\u2028😀\ue000')).toBe(1237891946);
  expect(word('x', ['y'], [1, -2, ['z']])).toBe(495817343);
});
