import { expect, test } from 'vitest';
import { KEPT_WEIGHTS } from '../../core/memory';
import { largeText } from './emptyText';

test('a model too large to be told whole: what is missing, and what to do', () => {
  expect(largeText(KEPT_WEIGHTS)).toBeNull();
  const text = largeText(KEPT_WEIGHTS + 1);
  expect(text).toContain('more than 50\u202f000\u202f000 weights');
  expect(text).toContain('start a run with fewer layers or a smaller width');
});
