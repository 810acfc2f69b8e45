// What Compare says while a family has no results: that they are loading, where there are some, and how to get the first.
import { useMemo } from 'react';
import { countOf } from '../../components/format';
import { isOpen } from '../../state/labQueue';
import { AddArm, type AddProps } from './AddArm';
import type { ComparisonProps } from './comparisonProps';
import { JobsButton } from './JobsButton';
import { keyed, plainJobs } from './jobs';

interface NothingProps extends AddProps {
  state: Pick<ComparisonProps['state'], 'recorded' | 'queue' | 'choice'>;
  presets: readonly string[];
}

export function NothingYet({ state, presets, ...adding }: NothingProps) {
  const { place, results, queued, onRun } = adding;
  const { recorded, queue, choice } = state;
  const seed = choice.scope.seeds[0] ?? 1;
  const first = useMemo(
    () => (['allo', 'dpo-full'] as const).flatMap((arm) => plainJobs(arm, place, [seed]).map(keyed)),
    [place, seed],
  );
  if (recorded.status === 'loading') return <p className="compare-nothing">Loading the recorded results…</p>;
  const waiting = queue.jobs.filter(isOpen).length;
  const others = presets.filter((preset) => preset !== place.preset);
  return (
    <div className="compare-nothing">
      <p>
        No arm has results on {place.family} with the {place.preset} preset yet: the table fills with the first that is
        computed.
        {recorded.status === 'failed'
          ? ' The recorded results could not be loaded: “Load again” above tries once more.'
          : results.size === 0 &&
            ' No recorded results come with this copy of the studio; the lab reads exported ones.'}
        {others.length > 0 && ` There are results of the ${others.join(' and ')} preset: choose it above.`}
      </p>
      {waiting > 0 && (
        <p>
          {countOf(waiting, 'job')} {waiting === 1 ? 'is' : 'are'} in the queue.
        </p>
      )}
      <div className="compare-buttons compare-add">
        <JobsButton jobs={first} queued={queued} className="button-primary" onRun={onRun}>
          Run ALLO and plain DPO
        </JobsButton>
        <AddArm {...adding} />
      </div>
    </div>
  );
}
