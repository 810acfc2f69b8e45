// Under the table of one experiment: how many of its arms have no result yet, and a button that queues them.
import { memo, useMemo } from 'react';
import type { Experiment } from '../../core/study/experiment';
import type { LabActions, LabState } from '../../state/labState';
import { missingJobs } from './jobs';
import { seedsText } from './numberText';
import type { Place } from './rows';

interface MissingProps {
  state: Pick<LabState, 'results' | 'choice'>;
  experiment: Experiment | null;
  place: Place;
  onRun: LabActions['run'];
}

export const MissingArms = memo(function MissingArms({ state, experiment, place, onRun }: MissingProps) {
  const { results, choice } = state;
  const { seeds } = choice.scope;
  const jobs = useMemo(
    () => (experiment ? missingJobs(experiment, place, seeds, results) : []),
    [experiment, place, seeds, results],
  );
  if (!experiment || jobs.length === 0) return null;
  return (
    <p className="compare-missing caption">
      {jobs.length === 1 ? 'One run' : `${jobs.length} runs`} of “{experiment.title}” on {place.family} (
      {seedsText(seeds.length)}: {seeds.join(', ')}) {jobs.length === 1 ? 'has' : 'have'} no result yet.{' '}
      <button type="button" className="button" onClick={() => onRun(jobs)}>
        Run {jobs.length === 1 ? 'it' : 'them'}
      </button>
    </p>
  );
});
