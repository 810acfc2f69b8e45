// One guided experiment in the list: its sentence as a heading that opens it, and what became of the guess.
import { useId } from 'react';
import type { GuidedExperiment } from '../../core/study/guided';
import type { Fate } from '../../state/guessRecord';
import { useLab } from '../../state/useLab';
import { FateMark } from './FateMark';
import { OpenExperiment } from './OpenExperiment';

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
          <OpenExperiment experiment={experiment} given={props.guess} onFate={props.onFate} />
        </div>
      )}
    </li>
  );
}
