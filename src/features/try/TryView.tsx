// Try: one prompt, answered by the SFT model and by the aligned one, side by side and token by token.
import { useEffect, useId, useRef, useState } from 'react';
import { formatNumber } from '../../components/format';
import { METHOD_DESCRIPTIONS } from '../../core/methods';
import type { RunState } from '../../state/runState';
import { AnswerColumn } from './AnswerColumn';
import { type AnswerPair, answerDifference, type Draft, emptyDraft, errorText, pairTitle } from './tryText';
import './tryView.css';

export interface TryViewProps {
  run: RunState | null;
  answer(prompt: string, options: { temperature: number; seed: number }): Promise<AnswerPair>;
  suggestions(): Promise<readonly Suggestion[]>;
  enabled: boolean;
  disabledReason: string;
}

interface Suggestion {
  text: string;
  family: string;
}

const drafts = new Map<string, Draft>();

export function TryView(props: TryViewProps) {
  const key = props.run?.id ?? 'none';
  return <Trial key={key} {...props} draftKey={key} />;
}

function Trial({ run, answer, suggestions, enabled, disabledReason, draftKey }: TryViewProps & { draftKey: string }) {
  const id = useId();
  const [draft, setDraft] = useState(() => drafts.get(draftKey) ?? emptyDraft());
  const [error, setError] = useState<string | null>(null);
  const [waiting, setWaiting] = useState(false);
  const latest = useRef(0);
  const field = useRef<HTMLInputElement>(null);
  const answers = useRef<HTMLDivElement>(null);
  const offers = useSuggestions(suggestions, enabled);
  const aligned = run ? METHOD_DESCRIPTIONS[run.config.method].label : 'ALLO';

  const change = (part: Partial<Draft>) =>
    setDraft((old) => {
      const next = { ...old, ...part };
      drafts.set(draftKey, next);
      return next;
    });
  const ask = async (prompt: string) => {
    const { temperature, seed } = draft;
    if (prompt.trim() === '') {
      setError('Type a prompt, or pick one below.');
      field.current?.focus();
      return;
    }
    latest.current += 1;
    const mine = latest.current;
    setWaiting(true);
    setError(null);
    try {
      const pair = await answer(prompt, { temperature, seed });
      if (mine === latest.current) {
        change({ answered: { prompt, temperature, pair } });
        requestAnimationFrame(() => answers.current?.scrollIntoView({ block: 'nearest' }));
      }
    } catch (reason) {
      if (mine === latest.current) setError(errorText(reason));
    }
    if (mine === latest.current) setWaiting(false);
  };

  return (
    <section className="try" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} className="title">
        {draft.answered ? pairTitle(draft.answered.pair, aligned) : 'Ask the model before and after alignment'}
      </h2>
      {!enabled && <p className="try-empty">{disabledReason}</p>}
      <form
        className="try-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (enabled) ask(draft.prompt);
        }}
      >
        <label className="try-label" htmlFor={`${id}-prompt`}>
          Prompt
        </label>
        <div className="try-line">
          <input
            ref={field}
            id={`${id}-prompt`}
            className="field-input try-prompt"
            autoComplete="off"
            spellCheck={false}
            value={draft.prompt}
            aria-invalid={error !== null}
            aria-describedby={error ? `${id}-error` : undefined}
            onChange={(event) => {
              change({ prompt: event.target.value });
              setError(null);
            }}
          />
          <button type="submit" className="button-primary" disabled={!enabled}>
            {waiting ? 'Answering …' : 'Ask both'}
          </button>
        </div>
        <p id={`${id}-error`} className="try-error" role="alert">
          {error}
        </p>
        <SamplingFields id={id} draft={draft} onChange={change} />
      </form>
      {draft.answered && (
        <div ref={answers}>
          <Answers answered={draft.answered} aligned={aligned} stale={waiting} />
        </div>
      )}
      <Offers
        offers={offers}
        disabled={!enabled}
        onPick={(text) => {
          change({ prompt: text });
          ask(text);
        }}
      />
    </section>
  );
}

function useSuggestions(load: TryViewProps['suggestions'], enabled: boolean) {
  const [offers, setOffers] = useState<{ list: readonly Suggestion[]; error: string | null }>({
    list: [],
    error: null,
  });
  const loader = useRef(load);
  loader.current = load;
  useEffect(() => {
    if (!enabled) return;
    let wanted = true;
    loader.current().then(
      (list) => wanted && setOffers({ list, error: null }),
      (reason) => wanted && setOffers({ list: [], error: errorText(reason) }),
    );
    return () => {
      wanted = false;
    };
  }, [enabled]);
  return offers;
}

interface SamplingFieldsProps {
  id: string;
  draft: Draft;
  onChange(part: Partial<Draft>): void;
}

const clamp = (value: number, low: number, high: number): number =>
  Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;

function SamplingFields({ id, draft, onChange }: SamplingFieldsProps) {
  const greedy = draft.temperature === 0;
  return (
    <div className="try-fields">
      <label htmlFor={`${id}-temperature`}>Temperature</label>
      <input
        id={`${id}-temperature`}
        type="range"
        min={0}
        max={2}
        step={0.1}
        value={draft.temperature}
        aria-valuetext={greedy ? '0, greedy' : draft.temperature.toFixed(1)}
        onChange={(event) => onChange({ temperature: clamp(event.target.valueAsNumber, 0, 2) })}
      />
      <output className="try-temperature" htmlFor={`${id}-temperature`}>
        {greedy ? '0, greedy' : draft.temperature.toFixed(1)}
      </output>
      <label htmlFor={`${id}-seed`}>Seed</label>
      <input
        id={`${id}-seed`}
        type="number"
        className="field-input try-seed"
        min={0}
        max={4294967295}
        step={1}
        value={draft.seed}
        disabled={greedy}
        onChange={(event) => onChange({ seed: Math.floor(clamp(event.target.valueAsNumber, 0, 4294967295)) })}
      />
      {greedy && <span className="caption">greedy answers need no seed</span>}
    </div>
  );
}

interface OffersProps {
  offers: { list: readonly Suggestion[]; error: string | null };
  disabled: boolean;
  onPick(text: string): void;
}

function Offers({ offers, disabled, onPick }: OffersProps) {
  if (offers.error) return <p className="caption">No prompts to pick from: {offers.error} You can still type one.</p>;
  if (offers.list.length === 0) return null;
  return (
    <div className="try-offers">
      <h3 className="try-label">Or pick one that was never trained on</h3>
      <ul>
        {offers.list.map((offer) => (
          <li key={`${offer.family} ${offer.text}`}>
            <button type="button" className="try-offer" disabled={disabled} onClick={() => onPick(offer.text)}>
              <span>{offer.text}</span> <span className="quiet">{offer.family}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface AnswersProps {
  answered: NonNullable<Draft['answered']>;
  aligned: string;
  stale: boolean;
}

function Answers({ answered, aligned, stale }: AnswersProps) {
  const { prompt, temperature, pair } = answered;
  const differ = answerDifference(pair);
  return (
    <div className={stale ? 'try-answers try-stale' : 'try-answers'} aria-busy={stale}>
      <p className="caption try-asked">
        Asked: {prompt} · {temperature === 0 ? 'greedy' : `temperature ${formatNumber(temperature, 2)}`} · bold outlined
        tokens have no partner in the other answer; the bar under a token is its probability
      </p>
      <AnswerColumn name="SFT" side="before" answer={pair.before} differs={differ.before} />
      <AnswerColumn name={`After ${aligned}`} side="after" answer={pair.after} differs={differ.after} />
    </div>
  );
}
