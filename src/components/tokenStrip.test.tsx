import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { alignTokens } from '../core/tokens/align';
import { TokenStrip } from './TokenStrip';
import { TokenStripPair } from './TokenStripPair';
import { differingTokens } from './tokenStripDiff';
import { nextToken } from './tokenStripNavigation';
import { tokenText, visibleText } from './tokenStripText';

// Two lines: tokens 0–2 and 3–4.
const boxes = [
  { left: 0, top: 0, width: 20 },
  { left: 24, top: 0, width: 60 },
  { left: 90, top: 0, width: 10 },
  { left: 0, top: 40, width: 50 },
  { left: 54, top: 40, width: 50 },
];

describe('strip navigation', () => {
  it('moves along the tokens and stops at the ends', () => {
    expect(nextToken('ArrowRight', 2, boxes)).toBe(3);
    expect(nextToken('ArrowRight', 4, boxes)).toBe(4);
    expect(nextToken('ArrowLeft', 0, boxes)).toBe(0);
    expect(nextToken('Home', 3, boxes)).toBe(0);
    expect(nextToken('End', 0, boxes)).toBe(4);
    expect(nextToken('x', 1, boxes)).toBeNull();
    expect(nextToken('ArrowRight', 0, [])).toBeNull();
  });

  it('moves to the nearest token of the line above and below', () => {
    // Middles: token 1 at 54, token 3 at 25 (29 away), token 4 at 79 (25 away).
    expect(nextToken('ArrowDown', 1, boxes)).toBe(4);
    expect(nextToken('ArrowDown', 0, boxes)).toBe(3);
    expect(nextToken('ArrowDown', 2, boxes)).toBe(4);
    expect(nextToken('ArrowUp', 4, boxes)).toBe(2);
    expect(nextToken('ArrowUp', 1, boxes)).toBe(1);
    expect(nextToken('ArrowDown', 3, boxes)).toBe(3);
  });
});

describe('token text', () => {
  it('joins words and leaves out special tokens', () => {
    const words = tokenText([
      '<pad>',
      '<bos>',
      '<eos>',
      '<user>',
      '<bot>',
      '<fix>',
      '<gold>',
      '<pred>',
      '<out>',
      'ok',
      '<b>',
    ]);
    expect(words.text([1, 9, 10, 2])).toBe('ok <b>');
    expect(words.token(10)).toBe('<b>');
    expect(words.token(99)).toBe('#99');
  });

  it('joins byte-level pieces and restores white space and split characters', () => {
    const specials = Array.from({ length: 9 }, (_, i) => `<${i}>`);
    const pieces = tokenText([...specials, 'a', '␣b', '↵', '<0xC3>', '<0xA9>']);
    expect(pieces.isWords).toBe(false);
    expect(pieces.text([9, 10, 11, 12, 13, 0])).toBe('a b\né');
  });

  it('takes the special ids of a model’s own vocabulary, whose first ids are words', () => {
    const pieces = tokenText(['a', '␣b', '<|im_end|>', 'c'], [2]);
    expect(pieces.text([0, 1, 3, 2])).toBe('a bc');
    expect([pieces.isSpecial(0), pieces.isSpecial(2), pieces.token(2)]).toEqual([false, true, '<|im_end|>']);
  });
});

describe('differing tokens', () => {
  it('flags what has no partner', () => {
    expect(differingTokens(['a', 'b', 'c', 'd'], ['a', 'x', 'c'])).toEqual({
      left: [false, true, false, true],
      right: [false, true, false],
    });
    expect(differingTokens([], ['a'])).toEqual({ left: [], right: [true] });
  });
});

describe('token strip', () => {
  it('prints markup as text', () => {
    const html = renderToStaticMarkup(
      <TokenStrip
        label="answer"
        tokens={[{ text: '<b>', detail: 'reward 0.5', mark: 'first-error' }]}
        pinned={null}
        onPin={() => {}}
        onActive={() => {}}
      />,
    );
    expect(html).toContain('>&lt;b&gt;</span>');
    expect(html).not.toContain('<b>');
  });

  it('aligns two rows, the unequal columns marked, and prints markup as text', () => {
    const token = (text: string) => ({ text, detail: '', mark: 'none' as const });
    const html = renderToStaticMarkup(
      <TokenStripPair
        label="pair"
        rows={[
          { name: 'chosen', tokens: [token('a'), token('<i>')] },
          { name: 'rejected', tokens: [token('a'), token('x'), token('y')] },
        ]}
        columns={alignTokens(['a', '<i>'], ['a', 'x', 'y'])}
        pinned={{ side: 1, index: 2 }}
        onPin={() => {}}
        onActive={() => {}}
      />,
    );
    expect(html).toContain('>&lt;i&gt;</span>');
    expect(html).not.toContain('<i>');
    expect(html.match(/strip-unequal/g)).toHaveLength(2);
    expect(html.match(/strip-gap/g)).toHaveLength(1);
    expect(html.match(/aria-selected="true"[^>]*data-place="1:2"/g)).toHaveLength(1);
  });

  it('makes white space visible', () => {
    expect(visibleText(' a\t\r\n')).toBe('␣a⇥↵');
    expect(visibleText('')).toBe('∅');
    const words = tokenText([...Array.from({ length: 9 }, () => '<s>'), 'a b']);
    expect([words.token(9), words.text([9])]).toEqual(['a␣b', 'a b']);
  });
});
