// What Compare says while a family has no results: that they are loading, where there are some, and how to get the first.

import type { Job } from '../../core/study/job';
import { variant, variantConfig } from '../../core/study/variants';
import type { ComparisonProps } from './comparisonProps';
import type { Place } from './rows';

interface NothingProps extends Pick<ComparisonProps, 'actions' | 'state'> {
  place: Place;
  presets: readonly string[];
}

const pairOf = ({ preset, family }: Place, seed: number): Job[] =>
  (['allo', 'dpo-full'] as const).map((arm) => ({
    kind: 'arm',
    config: variantConfig(variant(arm), preset, family, seed),
    split: 'held-out',
  }));

export function NothingYet({ state, place, presets, actions }: NothingProps) {
  const { recorded, queue, results } = state;
  if (recorded.status === 'loading') return <p className="compare-nothing">Loading the recorded results…</p>;
  const waiting = queue.jobs.filter(({ status }) => status === 'waiting' || status === 'running').length;
  const others = presets.filter((preset) => preset !== place.preset);
  return (
    <div className="compare-nothing">
      <p>
        No arm has results on {place.family} with the {place.preset} preset yet: the table fills with the first that is
        computed.
        {results.size === 0 && ' No recorded results come with this copy of the studio; the lab reads exported ones.'}
        {others.length > 0 && ` There are results of the ${others.join(' and ')} preset.`}
      </p>
      {waiting > 0 ? (
        <p>{waiting} jobs are in the queue.</p>
      ) : (
        <button
          type="button"
          className="button-primary"
          onClick={() => actions.run(pairOf(place, state.choice.scope.seeds[0] ?? 1))}
        >
          Run ALLO and plain DPO
        </button>
      )}
    </div>
  );
}
