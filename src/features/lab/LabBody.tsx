// The lab as a function of its state: title, home picture, queue, experiments, results. Its context is given by LabView.
import { useMemo, useRef } from 'react';
import { Choice } from '../../components/Choice';
import { countOf } from '../../components/format';
import { Glossed, Term } from '../../components/glossary/Term';
import { ResultsTrouble } from '../../components/ResultsTrouble';
import { FAMILIES, type Preset } from '../../core/config';
import type { LabActions, LabState } from '../../state/labState';
import { ExperimentList } from './ExperimentList';
import { ExperimentPanel } from './ExperimentPanel';
import { FrontierFigure } from './FrontierFigure';
import { JUDGEMENTS, judgementTasks, PLANS, planTasks } from './judging';
import { KeptResults } from './KeptResults';
import { labTitle } from './labText';
import { QueuePanel } from './QueuePanel';
import { useLabData } from './useLabData';
import { useLater } from './useLater';
import './labView.css';

const SIZES: readonly { value: Preset; label: string }[] = [
  { value: 'tiny', label: 'Tiny' },
  { value: 'default', label: 'Default' },
];

/** “ There are 70 results of the tiny size.”; of another size than the one that has none. */
function elsewhereText(results: LabState['results']): string {
  const counts = new Map<string, number>();
  for (const { result } of results.values()) counts.set(result.preset, (counts.get(result.preset) ?? 0) + 1);
  const parts = [...counts].map(([preset, count]) => `${countOf(count, 'result')} of the ${preset} size`);
  return parts.length > 0
    ? ` There ${parts.length === 1 && results.size === 1 ? 'is' : 'are'} ${parts.join(' and ')}.`
    : '';
}

const VERDICTS =
  'Each verdict is decided by the data: intervals of paired differences, or “too close to call”. Results that speak against the paper are shown like those that speak for it.';

interface BodyProps {
  lab: LabState;
  actions: LabActions;
  /** The address of a figure. */
  link(id: string): string;
  /** A training run is going on beside the queue. */
  isTraining: boolean;
}

export function LabBody({ lab, actions, link, isTraining }: BodyProps) {
  const { choice, results, recorded, queue, trouble } = lab;
  const { family, scope } = choice;
  const { preset } = scope;
  const data = useLabData(results, preset);
  const judgements = useLater(
    JUDGEMENTS,
    useMemo(() => (data ? judgementTasks(data, family, preset) : []), [data, family, preset]),
  );
  const plans = useLater(
    PLANS,
    useMemo(() => planTasks(preset), [preset]),
    { isUrgent: true },
  );
  const sizes = SIZES.some(({ value }) => value === preset) ? SIZES : [...SIZES, { value: preset, label: preset }];
  const isWaiting = !data || (data.results.length === 0 && recorded.status === 'loading');
  const title = useRef<HTMLHeadingElement>(null);
  const hasFailed = recorded.status === 'failed';
  const loadAgain = () => {
    void actions.loadRecorded();
    title.current?.focus();
  };
  return (
    <section className="lab" aria-labelledby="lab-title">
      <header className="lab-head">
        <h2 ref={title} id="lab-title" className="title" tabIndex={-1}>
          {labTitle(isWaiting ? null : data, family, hasFailed)}
        </h2>
        <ResultsTrouble recorded={recorded} trouble={trouble} onLoadAgain={loadAgain} />
        <p className="lab-lead">
          Here one small model is aligned again and again, from the same data: by every method that the paper compares,
          and with all, a few or other ones of its weights free to move. Each such way is an{' '}
          <em>
            <Term name="arm" />
          </em>{' '}
          that is repeated with several <Term name="seed">seeds</Term> so that an effect can be told from chance.
        </p>
        <div className="lab-toolbar">
          <Choice
            label="Family"
            options={FAMILIES.map((value) => ({ value, label: value }))}
            value={family}
            onChange={(next) => actions.choose({ family: next })}
          />
          <Choice
            label="Size of the model"
            options={sizes}
            value={preset}
            onChange={(next) => actions.choose({ scope: { ...scope, preset: next } })}
          />
          <span className="caption">What is shown, and what a run computes, is of this size.</span>
        </div>
      </header>
      {isWaiting && <p role="status">Reading the results; the pictures come as soon as they are sorted.</p>}
      {!isWaiting && data.results.length === 0 && (
        <p>
          No result of this size is known yet.{' '}
          {hasFailed
            ? 'Load the recorded ones again before you compute what may be among them.'
            : 'Open an experiment and press “Run this experiment”, or import results: every picture fills as they come.'}
          {elsewhereText(results)}
        </p>
      )}
      {data && data.results.length > 0 && (
        <FrontierFigure data={data} choice={choice} choose={actions.choose} link={link} />
      )}
      <QueuePanel {...{ queue, results, actions, isTraining }} trouble={lab.trouble} />
      <section className="lab-all" aria-labelledby="lab-all-title">
        <h3 id="lab-all-title" className="heading">
          Nine experiments
        </h3>
        <p className="caption">
          <Glossed text={VERDICTS} terms={['verdict', 'bootstrap', 'paired']} />
        </p>
        <ExperimentList
          open={choice.experiment}
          onOpen={(experiment) => actions.choose({ experiment })}
          {...{ family, preset, results, plans, judgements }}
        >
          {(experiment) => data && <ExperimentPanel {...{ experiment, data, lab, actions, judgements, link }} />}
        </ExperimentList>
      </section>
      <KeptResults lab={lab} actions={actions} />
    </section>
  );
}
