// The nine experiments: what each asks, how much of its recorded plan is there and what its claims came to; one is open at a time.
import { type ReactNode, useState } from 'react';
import { Glossed } from '../../components/glossary/Term';
import type { TermName } from '../../components/glossary/terms';
import { Icon } from '../../components/icons';
import type { Experiment, ExperimentId, Judgement } from '../../core/study/experiment';
import { EXPERIMENTS } from '../../core/study/experiments';
import type { KnownResult } from '../../state/labState';
import { judgementKey, planKey } from './judging';
import { verdictCounts } from './labText';

interface ListProps {
  open: ExperimentId;
  onOpen(id: ExperimentId): void;
  family: string;
  preset: string;
  results: ReadonlyMap<string, KnownResult>;
  plans: ReadonlyMap<string, readonly string[]>;
  judgements: ReadonlyMap<string, Judgement>;
  /** What the open one shows. */
  children(experiment: Experiment): ReactNode;
}

/** Words of the questions. */
const EXPLAINED: readonly TermName[] = ['mask', 'family', 'warmup', 'rate', 'sft', 'style'];

export function ExperimentList(props: ListProps) {
  const { open, onOpen, family, preset, results, plans, judgements, children } = props;
  const [isClosed, setClosed] = useState(false);
  return (
    <ol className="lab-experiments" aria-label="Experiments">
      {EXPERIMENTS.map((experiment) => {
        const { id, number, title, question } = experiment;
        const isOpen = open === id && !isClosed;
        const toggle = () => {
          setClosed(isOpen);
          if (!isOpen) onOpen(id);
        };
        return (
          <li key={id} className="lab-experiment" data-open={isOpen || undefined}>
            <h4 className="lab-experiment-head">
              <button type="button" aria-expanded={isOpen} aria-controls={`lab-${id}-panel`} onClick={toggle}>
                <span className="lab-number">{number}</span>
                <span className="lab-experiment-title">{title}</span>
                <Icon name="chevron" />
              </button>
            </h4>
            <p className="lab-question">
              <Glossed text={question} terms={EXPLAINED} />
            </p>
            <p className="caption lab-state">
              {planText(plans.get(planKey(experiment, preset)), results)}{' '}
              {verdictsText(experiment, family, preset, judgements)}
            </p>
            <div id={`lab-${id}-panel`} className="lab-panel" hidden={!isOpen}>
              {isOpen && children(experiment)}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

export function planText(keys: readonly string[] | undefined, results: ReadonlyMap<string, KnownResult>): string {
  if (!keys) return 'Its plan is being counted.';
  const there = keys.filter((key) => results.has(key)).length;
  if (there === 0) return `None of its ${keys.length} planned results is there yet.`;
  return there === keys.length
    ? `All ${keys.length} planned results are there.`
    : `${there} of ${keys.length} planned results are there.`;
}

function verdictsText(
  experiment: Experiment,
  family: string,
  preset: string,
  judgements: ReadonlyMap<string, Judgement>,
): string {
  const verdicts = experiment.claims.flatMap(
    ({ id }) => judgements.get(judgementKey(experiment, id, family, preset))?.verdict ?? [],
  );
  if (verdicts.length < experiment.claims.length) return 'Its claims are being judged.';
  return `On ${family}: ${verdictCounts(verdicts)}.`;
}
