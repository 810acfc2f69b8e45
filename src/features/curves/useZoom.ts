// Holds the stretch in sight of all pictures to what the studio keeps: it stays with its stages where the axis changes, across views and in
// the address, and goes when the runs on show are over without an update in it.
import { useEffect, useLayoutEffect } from 'react';
import type { ChartGroup } from '../../components/charts/chartGroup';
import type { RunState } from '../../state/runState';
import { isOver } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/useStudio';
import type { StageBand } from './stageBands';
import { coversUpdates, windowOf, zoomOf } from './zoom';

export function useZoom(group: ChartGroup, runs: readonly RunState[], bands: readonly StageBand[]): void {
  const studio = useStudio();
  const zoom = useStudioState((state) => state.curves.zoom);
  useEffect(
    () => group.onChosen((window) => studio.setCurves({ zoom: window && zoomOf(window, bands) })),
    [group, studio, bands],
  );
  useLayoutEffect(() => group.showWindow(zoom && windowOf(zoom, bands)), [group, zoom, bands]);
  const isEmpty =
    zoom !== null && runs.length > 0 && runs.every(({ phase }) => isOver(phase)) && !coversUpdates(zoom, runs);
  useEffect(() => {
    if (isEmpty) studio.setCurves({ zoom: null });
  }, [studio, isEmpty]);
}
