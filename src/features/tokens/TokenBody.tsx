// The list of all items beside the one that is shown large: of a run at a moment, or of a file of records.
import { useCallback, useDeferredValue } from 'react';
import type { TokenText } from '../../components/tokenStripText';
import type { Grouping } from '../../core/tokens/group';
import type { RunState } from '../../state/runState';
import type { TokenLayer, TokenPlace } from '../../state/tokensChoice';
import { useStudio, useStudioState } from '../../state/useStudio';
import type { Item, MomentRows } from './inspection';
import { TokenInspector } from './TokenInspector';
import { TokenList } from './TokenList';
import { itemKey, type ListRow } from './tokenList';

interface BodyProps {
  run: RunState;
  items: readonly Item[];
  rows: readonly ListRow[];
  /** One of them. */
  item: Item;
  onChoose(item: Item): void;
  moment: MomentRows;
  momentText: string | null;
  text: TokenText;
  pinned: TokenPlace | null;
  onPin(place: TokenPlace | null): void;
  hasOracle: boolean;
  lossNote: string | null;
}

export function TokenBody(props: BodyProps) {
  const { run, items, rows, item, onChoose, moment, momentText, text, pinned, onPin, hasOracle, lossNote } = props;
  const studio = useStudio();
  const choice = useStudioState((state) => state.tokens);
  const setLayer = useCallback((layer: TokenLayer) => studio.setTokens({ layer }), [studio]);
  const setGrouping = useCallback((grouping: Grouping) => studio.setTokens({ grouping }), [studio]);
  // The list follows the keys at once, the large strips when there is time.
  const shown = useDeferredValue<Item | undefined>(item, undefined);
  return (
    <div className="tokens-body">
      <TokenList
        items={items}
        rows={rows}
        chosen={itemKey(item)}
        onChoose={onChoose}
        text={text}
        tau={run.config.rewardThreshold}
        hasOracle={hasOracle}
        lossNote={lossNote}
        noun={item.kind === 'pair' ? 'pair' : 'wrong answer'}
      />
      {shown && (
        <TokenInspector
          key={itemKey(shown)}
          run={run}
          item={shown}
          moment={moment}
          momentText={momentText}
          text={text}
          layer={choice.layer}
          onLayer={setLayer}
          grouping={choice.grouping}
          onGrouping={setGrouping}
          pinned={pinned}
          onPin={onPin}
        />
      )}
    </div>
  );
}
