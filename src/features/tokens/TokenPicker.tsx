// The list of scored wrong responses: filter, search, pages. Each row shows its rewards as a thin stripe.
import { useMemo, useState } from 'react';
import { Choice, Pager, pageOf } from '../../components/Choice';
import { countOf } from '../../components/format';
import type { TokenText } from '../../components/tokenStripText';
import type { PromptRecord, ResponseRecord, RewardRecord } from '../../core/events';
import { firstErrorFate } from './rewardStats';
import { layerColour } from './tokenLayers';

export interface Scored {
  record: RewardRecord;
  response: ResponseRecord;
  prompt: PromptRecord;
}

type Fate = 'all' | 'found' | 'missed';

const FATES = [
  { value: 'all', label: 'All' },
  { value: 'found', label: 'First error found' },
  { value: 'missed', label: 'Missed' },
] as const;

const PAGE = 8;

interface PickerProps {
  scored: readonly Scored[];
  chosen: number;
  onChoose(responseId: number): void;
  text: TokenText;
  threshold: number;
  hasOracle: boolean;
}

export function TokenPicker({ scored, chosen, onChoose, text, threshold, hasOracle }: PickerProps) {
  const [fate, setFate] = useState<Fate>('all');
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const rows = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return scored.filter(
      ({ record, response, prompt }) =>
        (fate === 'all' || firstErrorFate(record, threshold) === fate) &&
        (wanted === '' ||
          prompt.text.toLowerCase().includes(wanted) ||
          text.text(response.tokens).toLowerCase().includes(wanted)),
    );
  }, [scored, fate, search, threshold, text]);
  const shown = pageOf(rows, page, PAGE);
  return (
    <div className="tokens-picker">
      {hasOracle && (
        <Choice<Fate>
          label="First error"
          options={FATES}
          value={fate}
          onChange={(value) => {
            setFate(value);
            setPage(0);
          }}
        />
      )}
      <input
        type="search"
        className="field-input tokens-search"
        aria-label="Search wrong answers"
        placeholder="Search prompts and answers"
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setPage(0);
        }}
      />
      <p className="caption">{countOf(rows.length, 'wrong answer')}</p>
      <ol className="tokens-list">
        {shown.rows.map(({ record, response, prompt }) => (
          <li key={response.id}>
            <button
              type="button"
              className="tokens-row"
              aria-current={response.id === chosen ? 'true' : undefined}
              onClick={() => onChoose(response.id)}
            >
              <span className="tokens-row-prompt">{prompt.text}</span>
              <span className="tokens-row-answer">{text.text(response.tokens)}</span>
              <span className="tokens-stripe" style={{ background: stripe(record.rewards) }} />
            </button>
          </li>
        ))}
      </ol>
      <Pager label="Pages of wrong answers" page={shown.page} pages={shown.pages} onPage={setPage} />
    </div>
  );
}

/** One block of colour a token, as a gradient with hard stops. */
function stripe(rewards: Float32Array): string {
  const width = 100 / Math.max(1, rewards.length);
  const stops = Array.from(rewards, (reward, t) => {
    const colour = layerColour({ layer: 'reward', reach: 0.5 }, reward);
    return `${colour} ${(t * width).toFixed(2)}% ${((t + 1) * width).toFixed(2)}%`;
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
