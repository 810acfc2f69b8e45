import { describe, expect, it } from 'vitest';
import { noteHome, notePlace } from './notePlace';
import { entryOf, findTerms, splitByTerms, TERM_NAMES, TERMS } from './terms';

const pages: Record<string, string> = import.meta.glob('../../**/*.tsx', {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('the glossary', () => {
  it('has every term that the page explains', () => {
    const used = Object.entries(pages).flatMap(([file, text]) =>
      [...text.matchAll(/<Term\s+name="([^"]+)"/g)].map(([, name]) => `${file}: ${name}`),
    );
    expect(used.length).toBeGreaterThan(5);
    for (const use of used) expect(Object.keys(TERMS), use).toContain(use.split(': ')[1]);
  });

  it('finds every entry by its own label and by each of its other names, before those that only mention it', () => {
    for (const name of TERM_NAMES) {
      const { label, also } = entryOf(name);
      for (const query of [label, ...(also?.split(', ') ?? [])]) expect(findTerms(query), query).toContain(name);
    }
    expect(findTerms('β')[0]).toBe('beta');
    expect(findTerms('GAE')[0]).toBe('a2c');
    expect(findTerms('standard deviation')[0]).toBe('sd');
    // “IPO” by its name; others may hold the letters.
    expect(findTerms('jaccard')).toEqual(['iou']);
    expect(findTerms('nothing like it')).toEqual([]);
    expect(findTerms('')).toHaveLength(TERM_NAMES.length);
  });

  it('says each in one to three sentences, under a label of its own', () => {
    expect(new Set(TERM_NAMES.map((name) => entryOf(name).label.toLowerCase())).size).toBe(TERM_NAMES.length);
    for (const name of TERM_NAMES) {
      const { text, where } = entryOf(name);
      expect(text, name).toMatch(/[.)]$/);
      expect(text.split(/[.!?](?:\s|$)/).filter(Boolean).length, name).toBeLessThanOrEqual(3);
      expect(where, name).not.toMatch(/\.$/);
    }
  });
});

describe('words in a text', () => {
  it('are marked where they first stand as words, plurals too, the longer of two at one place', () => {
    expect(splitByTerms('DPO on neuron masks, LN-DPO, DPO.', ['dpo', 'mask'])).toEqual([
      { text: 'DPO', name: 'dpo' },
      { text: ' on ', name: null },
      { text: 'neuron mask', name: 'mask' },
      { text: 's, LN-DPO, DPO.', name: null },
    ]);
    expect(splitByTerms('LN-DPO alone', ['dpo'])).toEqual([{ text: 'LN-DPO alone', name: null }]);
    expect(splitByTerms('PPO-A2C', ['ppo', 'a2c'])).toEqual([{ text: 'PPO-A2C', name: 'a2c' }]);
    expect(splitByTerms('p below τ.', ['tau'])).toEqual([
      { text: 'p below ', name: null },
      { text: 'τ', name: 'tau' },
      { text: '.', name: null },
    ]);
    // By another word where the label itself is not there; a letter alone is none.
    expect(splitByTerms('Lines are 95 % intervals, p.', ['bootstrap', 'reserve-rate'])).toEqual([
      { text: 'Lines are 95 % ', name: null },
      { text: 'interval', name: 'bootstrap' },
      { text: 's, p.', name: null },
    ]);
  });
});

describe('a note', () => {
  const note = { width: 300, height: 100 };
  const sight = { width: 390, height: 800 };
  it('stands under its word, in sight', () => {
    expect(notePlace({ left: 20, top: 100, bottom: 120 }, note, sight)).toEqual({ left: 20, top: 126 });
    expect(notePlace({ left: 350, top: 100, bottom: 120 }, note, sight).left).toBe(82);
    expect(notePlace({ left: -5, top: 100, bottom: 120 }, note, sight).left).toBe(8);
  });
  it('stands above it near the lower edge, and below where there is room on neither side', () => {
    expect(notePlace({ left: 20, top: 760, bottom: 780 }, note, sight).top).toBe(654);
    expect(notePlace({ left: 20, top: 50, bottom: 70 }, note, { width: 390, height: 160 }).top).toBe(76);
  });
  it('stands in its landmark, and inside what fills the screen when its word does', () => {
    const node = (inside: readonly object[], landmark: object | null = null) =>
      ({ closest: () => landmark, contains: (other: object) => inside.includes(other) }) as unknown as Element;
    const main = node([]);
    const word = node([], main);
    expect(noteHome(word, null)).toBe(main);
    expect(noteHome(node([]), null)).toBeNull();
    const figure = node([word]);
    expect(noteHome(word, figure)).toBe(figure);
    // The whole page fills the screen, or another figure.
    expect(noteHome(word, node([word, main]))).toBe(main);
    expect(noteHome(word, node([]))).toBe(main);
  });
});
