// Under the table of one experiment: how many of its arms have no result yet, and a button that queues them.
import { memo, useCallback, useMemo } from 'react';
import type { Experiment } from '../../core/study/experiment';
import type { LabActions, LabState } from '../../state/labState';
import { JobsButton } from './JobsButton';
import { type KeyedJob, plannedSteps, withoutResult } from './jobs';
import { seedsText } from './numberText';
import type { Queued } from './queue';
import type { Place } from './rows';
import { useSteps } from './useSteps';

interface MissingProps {
  results: LabState['results'];
  seeds: readonly number[];
  experiment: Experiment | null;
  place: Place;
  queued: Queued;
  onRun: LabActions['run'];
}

const NOTHING: readonly KeyedJob[] = [];

export const MissingArms = memo(function MissingArms(props: MissingProps) {
  const { results, seeds, experiment, place, queued, onRun } = props;
  // Planned once for a place, whatever results come.
  const planned = useSteps(
    useCallback(() => plannedSteps(experiment, place, seeds), [experiment, place, seeds]),
    `${experiment?.id} ${place.family} ${place.preset} ${seeds.join()}`,
  );
  const jobs = useMemo(() => withoutResult(planned ?? NOTHING, results), [planned, results]);
  if (!experiment || jobs.length === 0) return null;
  return (
    <p className="compare-missing caption">
      {jobs.length === 1 ? 'One run' : `${jobs.length} runs`} of “{experiment.title}” on {place.family} (
      {seedsText(seeds.length)}: {seeds.join(', ')}) {jobs.length === 1 ? 'has' : 'have'} no result yet.{' '}
      <JobsButton jobs={jobs} queued={queued} onRun={onRun}>
        Run {jobs.length === 1 ? 'it' : 'them'}
      </JobsButton>
    </p>
  );
});
