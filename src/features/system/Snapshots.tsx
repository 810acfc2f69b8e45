// What the time line keeps: in memory under its cap, in the browser's storage beyond it, and what had to go.
import { useSyncExternalStore } from 'react';
import { countOf, formatBytes } from '../../components/format';
import { TROUBLE_TEXT } from '../../state/snapshotTrouble';
import { useStudio } from '../../state/useStudio';

export function Snapshots() {
  const { snapshots } = useStudio();
  const held = useSyncExternalStore(snapshots.subscribe, snapshots.held);
  return (
    <section className="system-part" aria-labelledby="system-snapshots">
      <h3 id="system-snapshots" className="heading">
        Time line: {held.count === 0 ? 'no moments yet' : countOf(held.count, 'moment')}
      </h3>
      <p className="caption">
        The tokens’ log-probs of each moment stay in memory up to {formatBytes(held.capBytes)}; beyond that the longest
        unused are spilled into this browser’s storage and read back when they are looked at. They go with their run,
        and all of them with the tab.
      </p>
      <dl className="system-facts">
        <div>
          <dt>In memory</dt>
          <dd className="system-value">{formatBytes(held.memoryBytes)}</dd>
        </div>
        <div>
          <dt>In storage alone</dt>
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
