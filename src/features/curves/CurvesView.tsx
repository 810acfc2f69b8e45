// Curves: every quantity of a run on one axis of updates, the session's runs over each other, one cursor through all pictures.

import { useCallback, useEffect, useMemo, useState } from 'react';
import { createChartGroup } from '../../components/charts/chartGroup';
import { placeText } from '../../components/charts/plotReading';
import { useHash } from '../../components/charts/useAddressed';
import { useTurn } from '../../components/charts/useTurn';
import { countOf, formatNumber } from '../../components/format';
import { Term } from '../../components/glossary/Term';
import type { RunState } from '../../state/runState';
import { useFigureLink } from '../../state/useFigureLink';
import { useStudio, useStudioState } from '../../state/useStudio';
import { CurvesToolbar } from './CurvesToolbar';
import { changesOf, momentUpdate, nearestMoment } from './momentPlaces';
import { figureId, QuantityFigure } from './QuantityFigure';
import { QUANTITIES } from './quantities';
import { quantityEmpty, quantityUnit } from './quantityText';
import { RunLegend } from './RunLegend';
import { type StageBand, stageBands, totalOf } from './stageBands';
import { useZoom } from './useZoom';
import './curvesView.css';

export function CurvesView({ run }: { run: RunState | null }) {
  const studio = useStudio();
  const choice = useStudioState((state) => state.curves);
  const chosenMoment = useStudioState((state) => state.moment);
  const latest = useStudioState((state) => state.runs);
  // A few times a second is as often as anybody reads them.
  const runs = useTurn(latest) ?? latest;
  const selected = runs.find(({ id }) => id === run?.id) ?? run;
  const [group] = useState(createChartGroup);
  const [preview, setPreview] = useState<string | null>(null);
  const shown = useMemo(() => runs.filter(({ id }) => !choice.hiddenRuns.includes(id)), [runs, choice.hiddenRuns]);
  const bands = useStable(useMemo(() => stageBands(shown), [shown]));
  const total = totalOf(bands);
  const changes = useMemo(() => (selected ? changesOf(selected, bands) : []), [selected, bands]);
  const moment = selected ? momentUpdate(selected, bands, chosenMoment) : null;
  const onPick = useCallback(
    (x: number) => {
      const { runs: now, selectedId } = studio.store.getState();
      const nearest = nearestMoment(now.find(({ id }) => id === selectedId) ?? null, bands, x);
      if (nearest !== undefined) studio.setMoment(nearest);
    },
    [studio, bands],
  );
  const onLog = useCallback(
    (id: string, isLog: boolean) => {
      const others = studio.store.getState().curves.log.filter((one) => one !== id);
      studio.setCurves({ log: isLog ? [...others, id] : others });
    },
    [studio],
  );
  const link = useFigureLink('curves');
  useZoom(group, shown, bands);
  useHiddenFigure();
  const litRun = preview ?? choice.litRun;
  const lit = shown.find(({ id }) => id === litRun)?.slot;
  return (
    <section className="curves-view" aria-labelledby="curves-title">
      <header className="curves-head">
        <h2 id="curves-title" className="title">
          {titleOf(selected, shown.length)}
        </h2>
        <p className="caption">
          All stages stand on one axis of <Term name="updates" />, the cursor goes through all pictures. Drag to zoom,
          double-click for everything, click to set the moment that every view shows.
        </p>
      </header>
      {runs.length > 1 && <RunLegend runs={runs} choice={choice} onChange={studio.setCurves} onPreview={setPreview} />}
      {changes.length > 0 && (
        <p className="caption">
          Settings changed on the way (dotted lines):{' '}
          {changes.map(({ x, text }) => `${text} from ${placeText(bands, x)}`).join('; ')}.
        </p>
      )}
      <CurvesToolbar choice={choice} onChange={studio.setCurves} bands={bands} total={total} group={group} />
      <div className="curves-grid" data-lit={lit}>
        {QUANTITIES.filter(({ id }) => !choice.hidden.includes(id)).map((quantity) => (
          <QuantityFigure
            key={quantity.id}
            quantity={quantity}
            unit={quantityUnit(quantity, shown)}
            empty={quantityEmpty(quantity, shown)}
            runs={shown}
            bands={bands}
            total={total}
            changes={changes}
            updates={choice.updates}
            smoothing={choice.window}
            isLog={choice.log.includes(quantity.id)}
            onLog={onLog}
            group={group}
            moment={moment}
            onPick={onPick}
            link={link}
          />
        ))}
      </div>
      {choice.hidden.length === QUANTITIES.length && <p>No quantity is chosen. Choose some above.</p>}
    </section>
  );
}

/** The same bands while they are equal: they are in the way of every picture's memory. */
function useStable(bands: StageBand[]): readonly StageBand[] {
  const [kept, setKept] = useState(bands);
  if (kept === bands) return kept;
  const isSame = JSON.stringify(kept) === JSON.stringify(bands);
  if (!isSame) setKept(bands);
  return isSame ? kept : bands;
}

function titleOf(run: RunState | null, drawn: number): string {
  if (!run) return 'Curves: what every update did';
  const updates = Object.values(run.series).reduce((sum, { length }) => sum + length, 0);
  const others = drawn > 1 ? `, with ${countOf(drawn - 1, 'other run')}` : '';
  const loss = Object.values(run.series).at(-1);
  const last = loss?.rows[loss.length - 1]?.loss;
  return `${run.name}: ${countOf(updates, 'update')}${last === undefined ? '' : `, loss now ${formatNumber(last)}`}${others}`;
}

/** A picture that the address names is not hidden. */
function useHiddenFigure(): void {
  const studio = useStudio();
  const hash = useHash();
  useEffect(() => {
    const { hidden } = studio.store.getState().curves;
    const named = hidden.find((id) => figureId(id) === hash);
    if (named !== undefined) studio.setCurves({ hidden: hidden.filter((id) => id !== named) });
  }, [studio, hash]);
}
