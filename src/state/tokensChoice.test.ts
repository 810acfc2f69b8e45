import { expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { FIRST_TOKENS, type TokensChoice, withoutItems } from './tokensChoice';
import { formatUrl, parseUrl } from './urlState';

const choice: TokensChoice = {
  ...{ kind: 'pair', answer: 12, pair: 4, layer: 'gradient', grouping: 'word' },
  token: { side: 1, token: 6 },
};

it('is carried by the address of Tokens, only what was chosen, and reads back the same', () => {
  const address = formatUrl(presetConfig('tiny'), 'tokens', { tokens: choice });
  expect(address).toBe(
    '?preset=tiny&view=tokens&show=pairs&answer=12&pair=5&colour=gradient&group=word&token=rejected-7',
  );
  expect(parseUrl(address)).toMatchObject({ tokens: choice, problems: [] });
  const pinned = { ...FIRST_TOKENS, kind: 'answer', token: { side: 0, token: 0 } } as const;
  expect(formatUrl(presetConfig(), 'tokens', { tokens: pinned })).toBe('?view=tokens&show=answers&token=answer-1');
  expect(formatUrl(presetConfig(), 'tokens', { tokens: FIRST_TOKENS })).toBe('?view=tokens');
  expect(formatUrl(presetConfig(), 'samples', { tokens: choice })).toBe('?view=samples');
});

it('names what cannot be used', () => {
  const { tokens, problems } = parseUrl('?show=all&answer=-1&pair=0&colour=red&group=line&token=rejected-0');
  expect(tokens).toEqual(FIRST_TOKENS);
  expect(problems.map(({ field }) => field)).toEqual(['show', 'answer', 'pair', 'colour', 'group', 'token']);
});

it('keeps layer and grouping for another run, not the answer', () => {
  expect(withoutItems(choice)).toEqual({ ...choice, answer: null, pair: null, token: null });
});
