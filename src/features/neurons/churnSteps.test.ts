import { expect, it } from 'vitest';
import { isChurnable } from './churnSteps';

it('asks for steps of the warm-up behind its entry', () => {
  const held = (...updateSteps: [stage: 'warm-up' | 'improving', step: number][]) => ({
    updateSteps: updateSteps.map(([stage, step]) => ({ stage, step })),
  });
  expect(isChurnable(held(['warm-up', 0]), 'most')).toBe(false);
  expect(isChurnable(held(['warm-up', 0], ['improving', 3]), 'most')).toBe(false);
  expect(isChurnable(held(['warm-up', 0], ['warm-up', 1]), 'most')).toBe(true);
  expect(isChurnable(held(['warm-up', 1]), 'gradient')).toBe(false);
});
