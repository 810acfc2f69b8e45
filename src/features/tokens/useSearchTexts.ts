// The texts that a search looks through, read in small portions: reading thousands of answers at once would stop the page.
import { useEffect, useRef, useState } from 'react';
import type { TokenText } from '../../components/tokenStripText';
import type { Item } from './inspection';
import { itemKey } from './tokenList';

const PORTION = 200;

const textOf = (item: Item, text: TokenText): string =>
  [
    item.prompt.text,
    ...(item.kind === 'pair'
      ? [text.text(item.pair.chosen), text.text(item.pair.rejected)]
      : [text.text(item.response.tokens)]),
  ]
    .join('\n')
    .toLowerCase();

/** Item key → lower-case text; null until all are read. Starts when first wanted; keeps what it has read. */
export function useSearchTexts(
  items: readonly Item[],
  text: TokenText,
  isWanted: boolean,
): ReadonlyMap<string, string> | null {
  const known = useRef(new Map<string, string>());
  const [readFor, setReadFor] = useState<readonly Item[] | null>(null);
  useEffect(() => {
    if (!isWanted) return;
    let at = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readOn = () => {
      for (const end = Math.min(items.length, at + PORTION); at < end; at++) {
        const item = items[at]!;
        const key = itemKey(item);
        if (!known.current.has(key)) known.current.set(key, textOf(item, text));
      }
      if (at < items.length) timer = setTimeout(readOn);
      else setReadFor(items);
    };
    readOn();
    return () => clearTimeout(timer);
  }, [items, text, isWanted]);
  return readFor === items ? known.current : null;
}
