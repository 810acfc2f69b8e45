import { expect, it } from 'vitest';
import { layerSaying, rewardWords } from './rewardWords';

it('speaks of a rewriter only where there is one', () => {
  expect(layerSaying('reward', 'shipped')).toBe('p of the rewriter; low = it would change this token');
  expect(layerSaying('reward', 'gold as rewrite')).toContain('the rewriter');
  expect(layerSaying('reward', 'substitute')).toBe(
    'token difference (substitute); 0 = the better answer does not have this token, 1 = it does',
  );
  for (const words of Object.values(rewardWords('substitute'))) expect(words).not.toMatch(/rewrit/i);
  expect(layerSaying('reward', null)).not.toMatch(/rewrit/i);
});

it('says of the other layers the same whatever the rewards come from', () => {
  expect(layerSaying('weight', 'substitute')).toBe(layerSaying('weight', 'shipped'));
});
