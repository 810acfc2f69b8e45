import { expect, it } from 'vitest';
import { duration, roughly } from './duration';

it('writes spans exactly', () => {
  expect([0.2, 41, 60, 100, 3600, 7300].map(duration)).toEqual([
    '1 s',
    '41 s',
    '1 min',
    '1 min 40 s',
    '1 h 0 min',
    '2 h 1 min',
  ]);
});

it('writes guesses roughly', () => {
  expect([4, 64, 500, 1500, 5000, 36_000].map(roughly)).toEqual([
    'about 10 seconds',
    'about 60 seconds',
    'about 8 minutes',
    'about 25 minutes',
    'about 85 minutes',
    'about 10 hours',
  ]);
});
