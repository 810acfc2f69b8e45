// The rewriter's own rewrite of a wrong answer under it, aligned, with the differences marked.
import { useMemo } from 'react';
import { countOf } from '../../components/format';
import type { StripToken } from '../../components/TokenStrip';
import { TokenStripPair } from '../../components/TokenStripPair';
import type { TokenText } from '../../components/tokenStripText';
import type { RewardRecord } from '../../core/events';
import { alignTokens, editCount } from '../../core/tokens/align';
import type { TokenPlace } from '../../state/tokensChoice';
import type { RewardSource } from './rewardWords';

interface RewriteProps {
  /** The wrong answer's tokens, which side of the inspector they are, and their rewards. */
  tokens: readonly number[];
  side: number;
  record: RewardRecord;
  source: RewardSource;
  text: TokenText;
  pinned: TokenPlace | null;
  onPin(place: TokenPlace | null): void;
}

const plainToken = (text: string, differs: boolean): StripToken => ({
  text,
  mark: differs ? 'differs' : 'none',
  detail: differs ? 'differs' : 'the same',
});

export function RewritePanel({ tokens, side, record, source, text, pinned, onPin }: RewriteProps) {
  const { rewrite } = record;
  const columns = useMemo(() => (rewrite ? alignTokens(tokens, rewrite) : []), [tokens, rewrite]);
  const name = source === 'substitute' ? 'No rewrite' : 'What the rewriter makes of it';
  if (!rewrite) {
    return (
      <section className="tokens-rewrite" aria-label={name}>
        <h3 className="heading">{name}</h3>
        <p className="caption">{noRewrite(source)}</p>
      </section>
    );
  }
  const differs = (row: 'left' | 'right', index: number) =>
    columns.some((column) => column[row] === index && column.kind !== 'same');
  const edits = editCount(columns);
  return (
    <section className="tokens-rewrite" aria-label={name}>
      <h3 className="heading">
        {name}:{' '}
        {edits === 0 ? 'nothing is changed' : `${countOf(edits, 'change')} of ${countOf(tokens.length, 'token')}`}
      </h3>
      <TokenStripPair
        label="Wrong answer above its rewrite, differences marked"
        rows={[
          {
            name: 'wrong answer',
            tokens: tokens.map((id, i) => plainToken(text.token(id), differs('left', i))),
          },
          { name: 'rewrite', tokens: rewrite.map((id, i) => plainToken(text.token(id), differs('right', i))) },
        ]}
        columns={columns}
        pinned={pinned?.side === side ? { side: 0, index: pinned.token } : null}
        onPin={(place) => onPin(place && place.side === 0 ? { side, token: place.index } : null)}
        onActive={() => {}}
      />
      <p className="caption">
        Decoded greedily by the reward model after problem, gold solution and wrong answer. The reward of a token says
        how likely it is to be kept at its place; the rewrite says what would stand there instead.
      </p>
    </section>
  );
}

function noRewrite(source: RewardSource): string {
  if (source === 'substitute')
    return 'There is no reward model in this run: the token difference to the better answer stands in (substitute), and it writes nothing.';
  return 'The reward model writes out the answers that the time line follows, not this one.';
}
