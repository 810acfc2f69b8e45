import { expect, test } from 'vitest';
import { FAMILIES } from '../config';
import { PAPER_TABLE, PAPER_TASKS, paperAverage, paperComparison, paperLastAgainstFull, paperRow } from './paper';
import { mean } from './statistics';

test('every row has a number for every task, and its averages are those of its tasks', () => {
  expect(PAPER_TABLE).toHaveLength(12);
  for (const row of PAPER_TABLE) {
    for (const family of FAMILIES) {
      const numbers = row.numbers[family];
      expect(numbers).toHaveLength(PAPER_TASKS[family].length);
      // Math's averages are given to one digit, of numbers to one digit.
      const off = Math.abs(mean(numbers.slice(0, -1)) - paperAverage(row, family));
      expect(off, `${row.label}, ${family}`).toBeLessThanOrEqual(family === 'math' ? 0.0501 : 0.0101);
    }
  }
});

test('ALLO has the best average of all three groups', () => {
  for (const family of FAMILIES) {
    const best = PAPER_TABLE.reduce((a, b) => (paperAverage(b, family) > paperAverage(a, family) ? b : a));
    expect(best.arm).toBe('allo');
  }
});

test('comparisons in words', () => {
  expect(paperComparison('allo', 'dpo-full')).toBe(
    'QA 64.67 against 62.99 %, math 52.6 against 52 %, instruction wins 65.34 against 61.05 % (read from the figures shipped with the reference code)',
  );
  expect(paperComparison('allo', 'dpo-160')).toBeNull();
  expect(paperRow('kto')).toBeNull();
  expect(paperLastAgainstFull).toContain('ECQA 75.3 against 75.1 %, OBQA 58.0 against 57.0 %');
});
