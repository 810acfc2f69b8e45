// What the time line keeps: in memory under a cap that is chosen here, in the browser's storage beyond it, and what had to go.
import { useSyncExternalStore } from 'react';
import { SettledNumber } from '../../components/fields/SettledNumber';
import { countOf, formatBytes, formatCount } from '../../components/format';
import { SNAPSHOT_MEGABYTES } from '../../state/snapshotCap';
import type { HeldSnapshots } from '../../state/snapshotStore';
import { TROUBLE_TEXT } from '../../state/snapshotTrouble';
import { useStudio, useStudioState } from '../../state/useStudio';

const { min, max } = SNAPSHOT_MEGABYTES;

export function Snapshots() {
  const studio = useStudio();
  const megabytes = useStudioState((state) => state.snapshotMegabytes);
  const held = useSyncExternalStore(studio.snapshots.subscribe, studio.snapshots.held);
  return (
    <section className="system-part" aria-labelledby="system-snapshots">
      <h3 id="system-snapshots" className="heading">
        Time line: {headingText(held)}
      </h3>
      <p className="caption">
        The tokens’ log-probs of each moment stay in memory up to {formatBytes(held.capBytes)}; beyond that the longest
        unused are spilled into this browser’s storage and read back when they are looked at. They go with their run,
        and all of them with the tab.
      </p>
      <div className="system-cap">
        <SettledNumber
          label="Memory for snapshots"
          unit="MB"
          min={min}
          max={max}
          value={megabytes}
          onValue={studio.setSnapshotMegabytes}
        />
        <p className="caption">
          From {min} (all of them in storage) to {max} MB; applies at once, changes no result and is remembered for the
          next visit.
        </p>
      </div>
      <dl className="system-facts">
        <div>
          <dt>In memory</dt>
          <dd className="system-value">{formatBytes(held.memoryBytes)}</dd>
        </div>
        <div>
          <dt>In the browser’s storage alone</dt>
          <dd className="system-value">{formatBytes(held.spilledBytes)}</dd>
        </div>
        {held.lost > 0 && (
          <div>
            <dt>Moments without tokens</dt>
            <dd className="system-value">{held.lost}</dd>
          </div>
        )}
      </dl>
      {held.troubles.map((trouble) => (
        <p key={trouble} className="caption">
          {TROUBLE_TEXT[trouble]}
        </p>
      ))}
    </section>
  );
}

const headingText = ({ count, lost }: HeldSnapshots): string => {
  if (lost > 0) return `${countOf(count, 'moment')} held, ${formatCount(lost)} let go`;
  return count === 0 ? 'no moments yet' : countOf(count, 'moment');
};
