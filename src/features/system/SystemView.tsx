// System: which backend computes and what was found out about it, memory, the time line's store, and what the browser offers.

import { BACKEND_NAMES } from '../../components/backendNames';
import { formatBytes } from '../../components/format';
import { BACKENDS } from '../../core/config';
import type { MemoryEstimate } from '../../core/memory';
import type { Isolation } from '../../isolation/bringIsolation';
import { estimateMemory } from '../../state/estimate';
import type { RunState } from '../../state/runState';
import type { BackendState } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/useStudio';
import { BackendReport } from './BackendReport';
import { Snapshots } from './Snapshots';
import './systemView.css';

function title(backend: BackendState): string {
  switch (backend.status) {
    case 'unknown':
      return 'No backend has been chosen yet';
    case 'checking':
      return 'Choosing a backend and checking it against the CPU…';
    case 'failed':
      return 'No backend works here';
    case 'known': {
      const { selfCheck, label } = backend.report;
      const failed = selfCheck.filter((check) => !check.passed).length;
      if (selfCheck.length === 0) return `${label} computes`;
      return failed === 0
        ? `${label} computes, and agrees with the CPU`
        : `${label} computes, with ${failed} failed checks`;
    }
  }
}

export function SystemView({ run }: { run: RunState | null }) {
  const studio = useStudio();
  const backend = useStudioState((state) => state.backend);
  const choice = useStudioState((state) => state.config.backend);
  const isBusy = run?.phase === 'running' || run?.phase === 'starting';
  return (
    <section className="system" aria-labelledby="system-title">
      <header className="system-head">
        <h2 id="system-title" className="title">
          {title(backend)}
        </h2>
        <div className="system-choice">
          <label htmlFor="system-backend">Backend</label>
          <select
            id="system-backend"
            className="field-select"
            value={choice}
            onChange={(event) => studio.setField('backend', event.currentTarget.value)}
          >
            {BACKENDS.map((name) => (
              <option key={name} value={name}>
                {BACKEND_NAMES[name]}
              </option>
            ))}
          </select>
          <button
            type="button"
            className="button"
            disabled={isBusy || backend.status === 'checking'}
            onClick={() => void studio.checkBackend()}
          >
            Check again
          </button>
        </div>
        <p className="caption">
          {isBusy ? 'A run is using the backend; a change applies at restart.' : 'A change applies at the next start.'}
        </p>
        <RoomSwitch />
      </header>
      {backend.status === 'failed' && (
        <p className="system-refused">
          {backend.error.message} <span className="quiet">{backend.error.next}</span>
        </p>
      )}
      {backend.status === 'known' && <BackendReport report={backend.report} />}
      <Memory run={run} />
      <Snapshots />
      <Surroundings />
    </section>
  );
}

const MEMORY_PARTS: readonly [keyof MemoryEstimate['parts'], string][] = [
  ['weights', 'Weights'],
  ['gradients', 'Gradients'],
  ['moments', 'Moments'],
  ['activations', 'Activations'],
  ['cache', 'Keys and values'],
  ['spare', 'Room for reuse'],
];

/** What the next run will hold at most, and what the last one really held. */
function Memory({ run }: { run: RunState | null }) {
  const config = useStudioState((state) => state.config);
  const file = useStudioState((state) => state.file);
  const report = useStudioState((state) => (state.backend.status === 'known' ? state.backend.report : null));
  const { total, parts, phase } = estimateMemory(config, file, report?.name ?? 'wasm');
  const held = run?.memoryBytes ?? null;
  return (
    <section className="system-part" aria-labelledby="system-memory">
      <h3 id="system-memory" className="heading">
        Memory: about {formatBytes(total)} for the next run
      </h3>
      <p className="caption">
        The most that is held at once, {phase === 'SFT' ? 'in SFT' : `during ${phase}`}, from the shapes of its tensors.
        {held !== null && run?.started && (
          <>
            {' '}
            “{run.name}” has held {formatBytes(held)} so far; {formatBytes(run.started.memory.total)} were expected.
          </>
        )}
        {report?.largestBuffer !== undefined &&
          ` In one piece this adapter takes at most ${formatBytes(report.largestBuffer)}: no tensor of a run may be larger.`}
      </p>
      <dl className="system-facts">
        {MEMORY_PARTS.filter(([part]) => parts[part] > 0).map(([part, label]) => (
          <div key={part}>
            <dt>{label}</dt>
            <dd className="system-value">{formatBytes(parts[part])}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** At once, also in the middle of a run; the numbers of a run do not depend on it. */
function RoomSwitch() {
  const studio = useStudio();
  const leavesRoom = useStudioState((state) => state.leavesRoom);
  return (
    <label className="system-room">
      <input
        type="checkbox"
        checked={leavesRoom}
        onChange={(event) => studio.setLeavesRoom(event.currentTarget.checked)}
      />
      <span>
        Leave room for the page{' '}
        <span className="caption">
          training rests as long as it works: a run takes about twice as long, page and machine stay quick; applies at
          once and changes no result
        </span>
      </span>
    </label>
  );
}

const ISOLATION_NOTES: Readonly<Record<Isolation['by'], string>> = {
  host: 'by the host’s headers: WASM may use threads',
  serviceWorker: 'by this page’s service worker: WASM may use threads',
  none: 'WASM has one thread',
};

/** What the browser offers, as the page sees it. */
function Surroundings() {
  const backend = useStudioState((state) => state.backend);
  const isolation = useStudioState((state) => state.isolation);
  const report = backend.status === 'known' ? backend.report : null;
  const facts: readonly [string, string, string][] = [
    ['Threads', report ? String(report.threads) : '–', `of ${navigator.hardwareConcurrency} logical cores`],
    [
      'Graphics adapter',
      report?.adapter ?? 'none in use',
      'gpu' in navigator ? 'navigator.gpu is there' : 'navigator.gpu is missing',
    ],
    ['Cross-origin isolated', isolation.by === 'none' ? 'no' : 'yes', ISOLATION_NOTES[isolation.by]],
    [
      'Secure context',
      isSecureContext ? 'yes' : 'no',
      isSecureContext ? 'WebGPU may be offered' : 'use https or localhost',
    ],
  ];
  return (
    <section className="system-part" aria-labelledby="system-here">
      <h3 id="system-here" className="heading">
        This browser
      </h3>
      <dl className="system-facts">
        {facts.map(([label, value, note]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="system-value">{value}</dd>
            <dd className="caption">{note}</dd>
          </div>
        ))}
      </dl>
      {isolation.by === 'none' && (
        <p className="system-unisolated">
          <strong>Not isolated:</strong> {isolation.reason} <span className="quiet">{isolation.fix}</span>
        </p>
      )}
    </section>
  );
}
