// The whole set as a list of which only the visible rows are written: sort, filter, search, keyboard. Each row shows its rewards as a
// thin stripe, its loss and its share of unaligned tokens.
import { elementScroll, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { Choice } from '../../components/Choice';
import { countOf, formatCount, formatNumber, formatShare } from '../../components/format';
import type { TokenText } from '../../components/tokenStripText';
import type { Item } from './inspection';
import { layerColour, layerScale } from './tokenLayers';
import { FATES, type Fate, hasFate, itemKey, type ListRow, SORT_LABELS, SORTS, type Sort, sortRows } from './tokenList';
import { useSearchTexts } from './useSearchTexts';

const ROW_HEIGHT = 84;
const FATE_LABELS: Record<Fate, string> = { all: 'All', found: 'First error found', missed: 'Missed' };

interface ListProps {
  /** What the rows are made of; stays the same while the moment moves. */
  items: readonly Item[];
  rows: readonly ListRow[];
  chosen: string | null;
  onChoose(item: Item): void;
  text: TokenText;
  tau: number;
  hasOracle: boolean;
  /** Of which moment the losses are, where it is not the one on show. */
  lossNote: string | null;
  /** "wrong answer" or "pair". */
  noun: string;
}

export function TokenList({ items, rows, chosen, onChoose, text, tau, hasOracle, lossNote, noun }: ListProps) {
  const [fate, setFate] = useState<Fate>('all');
  const [sort, setSort] = useState<Sort>('run');
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const texts = useSearchTexts(items, text, wanted !== '');
  const sorted = useMemo(() => sortRows(rows, sort), [rows, sort]);
  const shown = useMemo(() => {
    const isFound = (row: ListRow) =>
      wanted === '' || texts === null || (texts.get(itemKey(row.item)) ?? '').includes(wanted);
    return sorted.filter((row) => hasFate(row, fate, tau) && isFound(row));
  }, [sorted, fate, tau, wanted, texts]);
  return (
    <div className="tokens-picker">
      {hasOracle && (
        <Choice<Fate>
          label="First error"
          options={FATES.map((value) => ({ value, label: FATE_LABELS[value] }))}
          value={fate}
          onChange={setFate}
        />
      )}
      <input
        type="search"
        className="field-input tokens-search"
        aria-label={`Search ${noun}s`}
        placeholder="Search prompts and answers"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <label className="tokens-select">
        <span>Sort by</span>
        <select
          className="field-input"
          value={sort}
          onChange={(event) => setSort(SORTS.find((one) => one === event.target.value) ?? 'run')}
        >
          {SORTS.map((value) => (
            <option key={value} value={value}>
              {SORT_LABELS[value]}
            </option>
          ))}
        </select>
      </label>
      <p className="caption" aria-live="polite">
        {wanted !== '' && texts === null ? 'Searching…' : countOf(shown.length, noun)}
      </p>
      {lossNote && <p className="caption">{lossNote}</p>}
      <Rows rows={shown} chosen={chosen} onChoose={onChoose} text={text} noun={noun} />
    </div>
  );
}

type RowsProps = Pick<ListProps, 'rows' | 'chosen' | 'onChoose' | 'text' | 'noun'>;

/** The row that a key leads to; null when the key does not move. */
export function nextRow(key: string, at: number, count: number, page: number): number | null {
  const moves: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const to = moves[key];
  return to === undefined || count === 0 ? null : Math.max(0, Math.min(count - 1, to));
}

/** Only by observing: asking for the size at once would lay out the whole page a second time. */
function watchSize(
  { scrollElement }: { scrollElement: Element | null },
  told: (size: { width: number; height: number }) => void,
): (() => void) | undefined {
  if (!scrollElement) return undefined;
  const observer = new ResizeObserver(([entry]) => {
    if (entry) told({ width: Math.round(entry.contentRect.width), height: Math.round(entry.contentRect.height) });
  });
  observer.observe(scrollElement);
  return () => observer.disconnect();
}

function Rows({ rows, chosen, onChoose, text, noun }: RowsProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const hasScrolled = useRef(false);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 4,
    initialRect: { width: 300, height: 8 * ROW_HEIGHT },
    observeElementRect: watchSize,
    // A fresh list is at its top: scrolling it there would lay out the whole page in between.
    scrollToFn: (offset, options, instance) => {
      if (offset !== 0 || hasScrolled.current) elementScroll(offset, options, instance);
    },
  });
  const at = useMemo(() => rows.findIndex(({ item }) => itemKey(item) === chosen), [rows, chosen]);
  const { scrollToIndex } = virtual;
  // A row chosen elsewhere (a miss, a key) comes into view.
  useEffect(() => {
    if (at < 0) return;
    // After the page has been laid out anyway.
    const timer = setTimeout(() => scrollToIndex(at, { align: 'auto' }));
    return () => clearTimeout(timer);
  }, [at, scrollToIndex]);
  if (rows.length === 0) return <p className="tokens-empty">Nothing fits. Clear the search or choose “All”.</p>;
  const press = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW_HEIGHT) / ROW_HEIGHT) - 1);
    const next = nextRow(event.key, at, rows.length, page);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(rows[next]!.item);
  };
  return (
    <div
      ref={scroller}
      className="tokens-list"
      role="listbox"
      aria-label={`All ${noun}s`}
      aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
      tabIndex={0}
      onKeyDown={press}
      onScroll={() => {
        hasScrolled.current = true;
      }}
    >
      <div role="presentation" className="tokens-list-whole" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index]!;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys and names the row as its active one
            // biome-ignore lint/a11y/useFocusableInteractive: as above
            <div
              key={itemKey(row.item)}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              aria-posinset={index + 1}
              aria-setsize={rows.length}
              className="tokens-row"
              style={{ height: ROW_HEIGHT, translate: `0 ${start}px` }}
              onClick={() => onChoose(row.item)}
            >
              <RowText row={row} text={text} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function RowText({ row: { item, loss, lossStep, unaligned }, text }: { row: ListRow; text: TokenText }) {
  const tokens = item.kind === 'pair' ? item.pair.rejected : item.response.tokens;
  return (
    <>
      <span className="tokens-row-prompt">{item.prompt.text}</span>
      <span className="tokens-row-answer">{text.text(tokens)}</span>
      <span className="tokens-stripe" style={item.record ? { background: stripe(item.record.rewards) } : undefined} />
      <span className="tokens-row-numbers">
        {item.prompt.family && <span>{item.prompt.family}</span>}
        {lossStep === null ? (
          <span>loss {formatNumber(loss)}</span>
        ) : (
          <span className="tokens-row-earlier">
            loss {formatNumber(loss)} at step {formatCount(lossStep)}
          </span>
        )}
        <span>unaligned {formatShare(unaligned)}</span>
      </span>
    </>
  );
}

const REWARD_SCALE = layerScale('reward', []);

/** One block of colour a token, as a gradient with hard stops. */
function stripe(rewards: Float32Array): string {
  const width = 100 / Math.max(1, rewards.length);
  const stops = Array.from(rewards, (reward, t) => {
    const colour = layerColour(REWARD_SCALE, reward);
    return `${colour} ${(t * width).toFixed(2)}% ${((t + 1) * width).toFixed(2)}%`;
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
