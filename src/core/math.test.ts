import { expect, test } from 'vitest';
import { cos, erfc, exp, log, power, sigmoid, sin } from './math';

const relative = (got: number, want: number) => Math.abs(got - want) / Math.max(Math.abs(want), 1e-300);

test('exp and log follow the built-in functions to 1e-14', () => {
  for (let x = -700; x <= 700; x += 0.37) expect(relative(exp(x), Math.exp(x))).toBeLessThan(1e-14);
  for (let e = -300; e <= 300; e++)
    expect(Math.abs(log(1.37 * 10 ** e) - Math.log(1.37 * 10 ** e))).toBeLessThan(3e-13);
  for (let x = 0.5; x < 2; x += 0.001) expect(Math.abs(log(x) - Math.log(x))).toBeLessThan(1e-15);
  expect(exp(0)).toBe(1);
  expect(exp(-1000)).toBe(0);
  expect(exp(1000)).toBe(Infinity);
  expect(exp(NaN)).toBeNaN();
  expect(log(1)).toBe(0);
  expect(log(0)).toBe(-Infinity);
  expect(log(-1)).toBeNaN();
});

test('sin and cos follow the built-in functions to 1e-12 up to 10 000', () => {
  for (let x = -10000; x < 10000; x += 3.7) {
    expect(Math.abs(sin(x) - Math.sin(x))).toBeLessThan(1e-12);
    expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThan(1e-12);
  }
});

test('power and sigmoid', () => {
  expect(relative(power(0.9, 7), 0.9 ** 7)).toBeLessThan(1e-14);
  expect(sigmoid(0)).toBe(0.5);
  expect(sigmoid(-800)).toBe(0);
  expect(sigmoid(800)).toBe(1);
});

test('erfc has the tables’ values to 1e-13, in both tails', () => {
  // Abramowitz and Stegun, with more digits.
  const table: [number, number][] = [
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [1.9, 0.007209570764742524],
    [2, 0.004677734981047266],
    [3, 2.2090496998585441e-5],
    [5, 1.5374597944280349e-12],
    [10, 2.088487583762545e-45],
  ];
  for (const [x, want] of table) {
    expect(relative(erfc(x), want)).toBeLessThan(1e-13);
    expect(relative(erfc(-x), 2 - want)).toBeLessThan(1e-14);
  }
  expect(erfc(40)).toBe(0);
  expect(erfc(-40)).toBe(2);
  expect(erfc(NaN)).toBeNaN();
});
