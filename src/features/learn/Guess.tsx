// The question with its three answers; once it is answered, the guess. And the button where something is left to compute.
import { useState } from 'react';
import { Choice } from '../../components/Choice';
import { Icon } from '../../components/icons';
import { type GuidedExperiment, OUTCOMES, type Outcome } from '../../core/study/guided';

interface GuessProps {
  experiment: Pick<GuidedExperiment, 'question' | 'answers'>;
  guess: Outcome | null;
  /** The verdict is at hand. */
  isMeasured: boolean;
  /** What it takes to compute; null while recorded results are being loaded. */
  effort: string | null;
  onGuess(guess: Outcome | null): void;
}

const LOADING = 'The recorded results are being loaded.';

export function Guess({ experiment, guess, isMeasured, effort, onGuess }: GuessProps) {
  const { question, answers } = experiment;
  const [draft, setDraft] = useState<Outcome | ''>('');
  const again = () => {
    setDraft('');
    onGuess(null);
  };
  const what = isMeasured ? 'The data are at hand.' : effort === null ? LOADING : `${effort}.`;
  return (
    <>
      <p className="guided-question">{question}</p>
      {guess ? (
        <p className="guided-given">
          <span>
            Your guess: <strong>{answers[guess]}</strong>
          </span>
          <button type="button" className="button button-quiet" onClick={again}>
            Guess again
          </button>
        </p>
      ) : (
        <>
          <Choice<Outcome | ''>
            label={question}
            options={OUTCOMES.map((value) => ({ value, label: answers[value] }))}
            value={draft}
            onChange={setDraft}
          />
          <p className="guided-start">
            <button
              type="button"
              className="button-primary"
              disabled={draft === ''}
              onClick={() => draft !== '' && onGuess(draft)}
            >
              See what happens
            </button>
            <span className="caption">{draft === '' ? `Guess first. ${what}` : what}</span>
          </p>
        </>
      )}
    </>
  );
}

/** For an experiment that was stopped, or opened by a link with a guess. */
export function ComputeButton({ effort, onCompute }: Pick<GuessProps, 'effort'> & { onCompute(): void }) {
  return (
    <p className="guided-start">
      <button type="button" className="button-primary" disabled={effort === null} onClick={onCompute}>
        <Icon name="play" />
        Compute it
      </button>
      <span className="caption">{effort === null ? LOADING : `${effort}.`}</span>
    </p>
  );
}
