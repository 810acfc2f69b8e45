// The rows of the list at the moment on show; made anew only when something in them can have changed, not with every event of the run.
import { useMemo } from 'react';
import type { RunState } from '../../state/runState';
import type { Item, ItemKind, LossSettings, MomentRows } from './inspection';
import { type LastLosses, type ListRow, lastLosses, learningStage, listRows, restingRows } from './tokenList';

export function useListRows(
  run: RunState,
  items: readonly Item[],
  kind: ItemKind,
  moment: MomentRows,
  settings: LossSettings,
): ListRow[] {
  const { config, inspected, logRatios, pairRatios } = run;
  const last = useLastLosses(run, kind, moment);
  const resting = useMemo(
    () => restingRows(items, { config, logRatios }, settings),
    [items, config, logRatios, settings],
  );
  return useMemo(
    () => listRows(resting, { config, inspected, logRatios, pairRatios }, moment, last, settings),
    [resting, config, inspected, logRatios, pairRatios, moment, last, settings],
  );
}

function useLastLosses({ losses }: RunState, kind: ItemKind, { place }: MomentRows): LastLosses {
  const stage = learningStage(kind, place);
  const batches = (stage && losses[stage]) || NO_BATCHES;
  // In a stage that is not the moment's, all batches are behind it.
  const upTo = stage === place?.stage ? place.step : Number.POSITIVE_INFINITY;
  const count = batches.filter(({ step }) => step <= upTo).length;
  const first = batches[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: a stage's batches only grow, so the first of them and their count say which
  return useMemo(() => lastLosses(batches.slice(0, count)), [first, count]);
}

const NO_BATCHES: RunState['losses'][keyof RunState['losses']] & object = [];
