// What became of a guess, as a shape beside its words.
import type { Fate } from '../../state/guessRecord';

const MARK: Readonly<Record<Fate, string>> = { right: '✓', wrong: '✕', open: '≈' };

export const FateMark = ({ fate }: { fate: Fate }) => (
  <span className="fate-mark" data-fate={fate} aria-hidden="true">
    {MARK[fate]}
  </span>
);
