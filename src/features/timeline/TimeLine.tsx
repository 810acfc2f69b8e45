// The scrubber under the header: one slider over every snapshot of the run, by pointer or keyboard; what it points at, every view shows.
import { type KeyboardEvent, type PointerEvent, useRef, useState, useSyncExternalStore } from 'react';
import { momentLabel, STAGE_COLOUR } from '../../components/stageNames';
import type { RunState } from '../../state/runState';
import { TROUBLE_TEXT } from '../../state/snapshotTrouble';
import { useMoment } from '../../state/useMoment';
import { useStudio, useStudioState } from '../../state/useStudio';
import { type Band, bandsOf, stageStarts } from './momentText';
import './timeline.css';

export function TimeLine({ run }: { run: RunState | null }) {
  if (!run || run.moments.length === 0)
    return (
      <section className="timeline timeline-empty caption" aria-label="Time line">
        The time line fills while a run trains: snapshots at the entry of each stage, at log-spaced steps and at its
        end.
      </section>
    );
  return <FilledTimeLine run={run} />;
}

/** Where a key leads from a place on the line; null when it leads nowhere. */
export function keyTarget(key: string, index: number, count: number, starts: readonly number[]): number | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, index - 1);
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(count - 1, index + 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    case 'PageDown':
      return starts.findLast((start) => start < index) ?? 0;
    case 'PageUp':
      return starts.find((start) => start > index) ?? count - 1;
    default:
      return null;
  }
}

function FilledTimeLine({ run }: { run: RunState }) {
  const studio = useStudio();
  const isLatest = useStudioState((state) => state.moment === null);
  const { index, moment } = useMoment(run);
  const [hovered, setHovered] = useState<number | null>(null);
  const track = useRef<HTMLDivElement>(null);
  const count = run.moments.length;
  if (index === null || !moment) return null;
  // The last one is "the latest": it goes on with the run.
  const go = (to: number) => studio.setMoment(to === count - 1 ? null : to);
  const onKey = (event: KeyboardEvent) => {
    const to = keyTarget(event.key, index, count, stageStarts(run.moments));
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  const under = (event: PointerEvent) => nearestTick(track.current, event.clientX);
  const pointed = hovered === null ? undefined : run.moments[hovered];
  return (
    <section className="timeline" aria-label="Time line">
      <div
        ref={track}
        className="timeline-track"
        role="slider"
        tabIndex={0}
        aria-label="Moment of the run"
        aria-valuemin={0}
        aria-valuemax={count - 1}
        aria-valuenow={index}
        aria-valuetext={`${momentLabel(moment, run.config)}${isLatest ? ', the latest' : ''}`}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const to = under(event);
          if (to !== null) go(to);
        }}
        onPointerMove={(event) => {
          const to = under(event);
          setHovered(to);
          if (event.buttons & 1 && to !== null && to !== index) go(to);
        }}
        onPointerLeave={() => setHovered(null)}
      >
        {bandsOf(run).map((band) => (
          <StageBand key={band.stage} band={band} index={index} hovered={hovered} />
        ))}
      </div>
      <p className="timeline-readout">
        <strong>{momentLabel(moment, run.config)}</strong>
        {pointed && pointed !== moment && (
          <span className="timeline-pointed quiet">{momentLabel(pointed, run.config)}</span>
        )}
      </p>
      <button
        type="button"
        className="button timeline-latest"
        aria-pressed={isLatest}
        title="Follow the run"
        onClick={() => studio.setMoment(null)}
      >
        Latest
      </button>
      <Troubles />
    </section>
  );
}

/** Each told once, until it is closed. */
function Troubles() {
  const { snapshots } = useStudio();
  const { troubles } = useSyncExternalStore(snapshots.subscribe, snapshots.held);
  const [closed, setClosed] = useState(0);
  const fresh = troubles.slice(closed);
  if (fresh.length === 0) return null;
  return (
    <p className="timeline-trouble caption" role="status">
      {fresh.map((trouble) => TROUBLE_TEXT[trouble]).join(' ')}{' '}
      <button type="button" className="button" onClick={() => setClosed(troubles.length)}>
        Understood
      </button>
    </p>
  );
}

interface StageBandProps {
  band: Band;
  index: number;
  hovered: number | null;
}

function StageBand({ band, index, hovered }: StageBandProps) {
  const { stage, label, ticks } = band;
  return (
    <div className="timeline-band" style={{ color: STAGE_COLOUR[stage] }} data-empty={ticks.length === 0}>
      <span className="timeline-stage">{label}</span>
      <div className="timeline-ticks">
        {ticks.map((tick, i) => (
          <span
            key={tick.index}
            className="timeline-tick"
            data-index={tick.index}
            data-switch={i === 0}
            data-hovered={tick.index === hovered}
            data-seen={tick.index <= index}
            data-here={tick.index === index}
            style={{ left: `${100 * tick.at}%` }}
          />
        ))}
      </div>
    </div>
  );
}

/** Place of the tick that is nearest to a horizontal position on the page; null when there is none. */
function nearestTick(track: HTMLElement | null, x: number): number | null {
  let nearest: { index: number; distance: number } | null = null;
  for (const tick of track?.querySelectorAll<HTMLElement>('.timeline-tick') ?? []) {
    const box = tick.getBoundingClientRect();
    const distance = Math.abs(x - (box.left + box.right) / 2);
    if (!nearest || distance < nearest.distance) nearest = { index: Number(tick.dataset.index), distance };
  }
  return nearest?.index ?? null;
}
