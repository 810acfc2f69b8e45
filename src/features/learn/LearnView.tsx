// Learn: eight experiments, each a sentence with a guess and the data's verdict, and the glossary.
import { useRef, useState } from 'react';
import { useStore } from 'zustand';
import { Choice } from '../../components/Choice';
import { countOf } from '../../components/format';
import { GlossaryList } from '../../components/glossary/GlossaryList';
import { Term } from '../../components/glossary/Term';
import { FAMILIES, type Family } from '../../core/config';
import { findGuided, GUIDED } from '../../core/study/guidedList';
import type { Guesses, GuessRecord } from '../../state/guessRecord';
import { useLab, useLabState } from '../../state/useLab';
import { GuidedItem } from './GuidedItem';
import { ViewLink } from './ViewLink';
import './learn.css';

export function LearnView({ record }: { record: GuessRecord }) {
  const guesses = useStore(record.store);
  const open = useLabState((state) => state.choice.guided);
  const unknown = open && !findGuided(open.id) ? open.id : null;
  return (
    <div className="learn">
      <section className="learn-part" aria-labelledby="learn-title">
        <header className="learn-head">
          <h2 id="learn-title" className="title">
            Eight experiments: guess first, then let the data answer
          </h2>
          <p className="caption">
            Each sentence sets everything: same starter, same pairs, same <Term name="seed">seeds</Term>, same number of{' '}
            <Term name="updates" />. What is recorded answers at once; the rest is computed in this page.
          </p>
        </header>
        <Tally guesses={guesses} onReset={record.reset} />
        <Setting />
        {unknown && (
          <p className="caption" role="status">
            There is no guided experiment “{unknown}”; choose one of the eight.
          </p>
        )}
        <ol className="learn-list">
          {GUIDED.map((experiment, i) => (
            <GuidedItem
              key={experiment.id}
              number={i + 1}
              experiment={experiment}
              guess={open?.id === experiment.id ? open.guess : null}
              isOpen={open?.id === experiment.id}
              fate={guesses[experiment.id] ?? null}
              onFate={record.note}
            />
          ))}
        </ol>
      </section>
      <section className="learn-part" aria-labelledby="glossary-title">
        <h2 id="glossary-title" className="title">
          Every word, in plain sentences
        </h2>
        <GlossaryList link={(view, text) => <ViewLink view={view}>{text}</ViewLink>} />
      </section>
    </div>
  );
}

/** How many are done; starting over asks once, since it cannot be undone. */
function Tally({ guesses, onReset }: { guesses: Guesses; onReset(): void }) {
  const [asks, setAsks] = useState(false);
  const place = useRef<HTMLFieldSetElement>(null);
  /** The button that was pressed goes away. */
  const ask = (next: boolean) => {
    setAsks(next);
    place.current?.focus();
  };
  const fates = GUIDED.flatMap(({ id }) => guesses[id] ?? []);
  const right = fates.filter((fate) => fate === 'right').length;
  const open = fates.filter((fate) => fate === 'open').length;
  const more = open > 0 ? `, ${open} too close to call` : '';
  return (
    <fieldset ref={place} className="learn-tally" aria-label="Your guesses" tabIndex={-1}>
      <progress value={fates.length} max={GUIDED.length} aria-label="Experiments done" />
      <p role="status">
        <strong>
          {fates.length} of {GUIDED.length}
        </strong>{' '}
        done{fates.length > 0 && `, ${countOf(right, 'guess', 'guesses')} right${more}`}
      </p>
      {fates.length > 0 && !asks && (
        <button type="button" className="button button-quiet" onClick={() => ask(true)}>
          Start over
        </button>
      )}
      {asks && (
        <>
          <span className="caption">Forget the guesses? Results stay.</span>
          <button
            type="button"
            className="button"
            onClick={() => {
              onReset();
              ask(false);
            }}
          >
            Forget them
          </button>
          <button type="button" className="button button-quiet" onClick={() => ask(false)}>
            Keep them
          </button>
        </>
      )}
    </fieldset>
  );
}

const FAMILY_LABEL: Readonly<Record<Family, string>> = { math: 'Math', qa: 'QA', instruct: 'Instruct' };
const SEEDS = { one: [1], three: [1, 2, 3] } as const;

/** Model, family and seeds of all eight. */
function Setting() {
  const lab = useLab();
  const { scope, family } = useLabState((state) => state.choice);
  const seeds = scope.seeds.join(' ');
  const known = (Object.keys(SEEDS) as (keyof typeof SEEDS)[]).find((name) => SEEDS[name].join(' ') === seeds);
  return (
    <div className="learn-setting">
      <Choice
        label="Model"
        options={[
          { value: 'default', label: 'Default model' },
          { value: 'tiny', label: 'Tiny: seconds, but noisy' },
        ]}
        value={scope.preset}
        onChange={(preset) => lab.choose({ scope: { ...scope, preset } })}
      />
      <Choice<Family>
        label="Task family"
        options={FAMILIES.map((value) => ({ value, label: FAMILY_LABEL[value] }))}
        value={family}
        onChange={(value) => lab.choose({ family: value })}
      />
      <Choice<string>
        label="Seeds to compute"
        options={[
          { value: 'one', label: 'One seed' },
          { value: 'three', label: 'Three seeds' },
          ...(known ? [] : [{ value: 'own', label: `Seeds ${scope.seeds.join(', ')}` }]),
        ]}
        value={known ?? 'own'}
        onChange={(value) => {
          if (value === 'one' || value === 'three') lab.choose({ scope: { ...scope, seeds: SEEDS[value] } });
        }}
      />
    </div>
  );
}
