// One guided experiment: its sentence as a heading that opens; then what is compared, the guess, the work and the verdict.
import { useEffect, useId, useMemo, useState } from 'react';
import { Choice } from '../../components/Choice';
import { Glossed } from '../../components/glossary/Term';
import { Icon } from '../../components/icons';
import {
  type GuidedExperiment,
  guidedJobs,
  guidedVerdict,
  isOutcome,
  judgeGuess,
  OUTCOMES,
  type Outcome,
} from '../../core/study/guided';
import type { Fate } from '../../state/guessRecord';
import { useLab, useLabState } from '../../state/useLab';
import { FateMark } from './FateMark';
import { GuidedProgress } from './GuidedProgress';
import { GUIDED_TERMS } from './guidedTerms';
import { effortText, isUnderWay, workOf } from './guidedWork';
import { Verdict } from './Verdict';

interface ItemProps {
  number: number;
  experiment: GuidedExperiment;
  /** As the address says. */
  guess: string | null;
  isOpen: boolean;
  fate: Fate | null;
  onFate(id: string, fate: Fate): void;
}

const FATE_TEXT: Readonly<Record<Fate, string>> = {
  right: 'guessed right',
  wrong: 'guessed wrong',
  open: 'too close to call',
};

export function GuidedItem(props: ItemProps) {
  const { number, experiment, isOpen, fate } = props;
  const id = useId();
  const lab = useLab();
  const toggle = () => lab.choose({ guided: isOpen ? null : { id: experiment.id, guess: null } });
  return (
    <li className="guided" data-open={isOpen}>
      <h3 className="guided-head">
        <button
          type="button"
          className="guided-toggle"
          aria-expanded={isOpen}
          aria-controls={isOpen ? id : undefined}
          onClick={toggle}
        >
          <span className="guided-number" aria-hidden="true">
            {number}
          </span>
          <span className="guided-sentence">{experiment.sentence}</span>
          {fate && (
            <span className="guided-fate" data-fate={fate}>
              <FateMark fate={fate} />
              {FATE_TEXT[fate]}
            </span>
          )}
        </button>
      </h3>
      {isOpen && (
        <div id={id} className="guided-body">
          <OpenExperiment key={props.guess ?? ''} {...props} />
        </div>
      )}
    </li>
  );
}

function OpenExperiment({ experiment, guess: given, onFate }: ItemProps) {
  const lab = useLab();
  const { results, known, scope, family, queue, isLoading } = useSight();
  const { preset, seeds } = scope;
  const [draft, setDraft] = useState<Outcome | ''>('');
  const guess = isOutcome(given) ? given : null;
  const jobs = useMemo(() => guidedJobs(experiment, preset, family, seeds), [experiment, preset, family, seeds]);
  const verdict = useMemo(() => guidedVerdict(experiment, known, preset, family), [experiment, known, preset, family]);
  const work = useMemo(() => workOf(jobs, results, queue), [jobs, results, queue]);
  const isMeasured = verdict.outcome !== 'not measured';
  const fate = guess && isMeasured ? judgeGuess(guess, verdict) : null;
  const { id } = experiment;
  useEffect(() => {
    if (fate) onFate(id, fate);
  }, [fate, id, onFate]);

  const compute = () => lab.run(work.missing);
  const commit = () => {
    if (draft === '') return;
    lab.choose({ guided: { id, guess: draft } });
    if (!isMeasured) compute();
  };
  const needs = isMeasured || isLoading ? null : effortText(work.missing, [...results.values()]);
  return (
    <>
      <div className="guided-words">
        <p>
          <Glossed text={experiment.compared} terms={GUIDED_TERMS} />
        </p>
        <p className="quiet">
          <Glossed text={experiment.why} terms={GUIDED_TERMS.filter((name) => name === 'mask' || name === 'updates')} />
        </p>
      </div>
      <div className="guided-guess">
        <p className="guided-question">{experiment.question}</p>
        {guess ? (
          <p className="guided-given">
            Your guess: <strong>{experiment.answers[guess]}</strong>
            <button
              type="button"
              className="button button-quiet"
              onClick={() => lab.choose({ guided: { id, guess: null } })}
            >
              Guess again
            </button>
          </p>
        ) : (
          <>
            <Choice<Outcome | ''>
              label={experiment.question}
              options={OUTCOMES.map((value) => ({ value, label: experiment.answers[value] }))}
              value={draft}
              onChange={setDraft}
            />
            <p className="guided-start">
              <button type="button" className="button-primary" disabled={draft === ''} onClick={commit}>
                See what happens
              </button>
              <span className="caption">
                {draft === '' ? 'Guess first. ' : ''}
                {isMeasured ? 'The data are at hand.' : needs ? `${needs}.` : 'The recorded results are being loaded.'}
              </span>
            </p>
          </>
        )}
      </div>
      {guess && (
        <>
          {isUnderWay(work) ? (
            <GuidedProgress work={work} />
          ) : (
            !isMeasured && (
              <p className="guided-start">
                <button type="button" className="button-primary" disabled={isLoading} onClick={compute}>
                  <Icon name="play" />
                  Compute it
                </button>
                <span className="caption">{isLoading ? 'The recorded results are being loaded.' : `${needs}.`}</span>
              </p>
            )
          )}
          {isMeasured && fate && (
            <Verdict
              {...{ experiment, verdict, fate, results, preset, family, seeds }}
              note={experiment.note?.(known, family) ?? null}
              isUnderWay={isUnderWay(work)}
            />
          )}
        </>
      )}
    </>
  );
}

/** What of the lab an experiment looks at. */
function useSight() {
  const results = useLabState((state) => state.results);
  const { scope, family } = useLabState((state) => state.choice);
  const queue = useLabState((state) => state.queue);
  const isLoading = useLabState((state) => state.recorded.status === 'loading');
  const { preset } = scope;
  const known = useMemo(
    () => [...results.values()].map(({ result }) => result).filter((result) => result.preset === preset),
    [results, preset],
  );
  return { results, known, scope, family, queue, isLoading };
}
