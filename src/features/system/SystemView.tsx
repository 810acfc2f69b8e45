// System: which backend computes, how it was checked, why faster ones were refused and what would help.
import { formatBytes, formatNumber } from '../../components/format';
import { Icon } from '../../components/icons';
import { BACKENDS, type BackendChoice } from '../../core/config';
import type { BackendReport } from '../../core/events';
import type { MemoryEstimate } from '../../core/memory';
import type { Isolation } from '../../isolation/bringIsolation';
import { estimateMemory } from '../../state/estimate';
import type { RunState } from '../../state/runState';
import type { BackendState } from '../../state/studio';
import { useStudio, useStudioState } from '../../state/useStudio';
import { Snapshots } from './Snapshots';
import './systemView.css';

const NAMES: Readonly<Record<BackendChoice, string>> = {
  auto: 'Auto',
  webgpu: 'WebGPU',
  wasm: 'WASM',
  cpu: 'CPU',
};

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
                {NAMES[name]}
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
      {backend.status === 'known' && <Report report={backend.report} />}
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
  const backend = useStudioState((state) => (state.backend.status === 'known' ? state.backend.report.name : 'wasm'));
  const { total, parts, phase } = estimateMemory(config, file, backend);
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

function Report({ report }: { report: BackendReport }) {
  return (
    <>
      <section className="system-part" aria-labelledby="system-refused">
        <h3 id="system-refused" className="heading">
          Why no faster one
        </h3>
        {report.refused.length === 0 ? (
          <p className="quiet">No backend that was tried was refused.</p>
        ) : (
          <ul className="system-refusals">
            {report.refused.map(({ backend, reason, fix }) => (
              <li key={backend + reason}>
                <strong>{NAMES[backend]}</strong>
                <p>
                  {reason} <span className="quiet">{fix}</span>
                </p>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className="system-part" aria-labelledby="system-check">
        <h3 id="system-check" className="heading">
          Self-check
        </h3>
        {report.selfCheck.length === 0 ? (
          <p className="quiet">The plain CPU backend is the reference: there is nothing to check it against.</p>
        ) : (
          <CheckTable report={report} />
        )}
      </section>
      {report.matmul && <MatmulTile matmul={report.matmul} />}
    </>
  );
}

const TILE_SOURCES: Readonly<Record<NonNullable<BackendReport['matmul']>['source'], string>> = {
  default:
    'The default: nothing was measured on this adapter (on a software adapter measuring takes longer than it saves).',
  measured: 'The fastest that gave right numbers, measured on this adapter just now and remembered for the next visit.',
  remembered: 'The fastest on this adapter, remembered from an earlier visit.',
};

/** How the matrix products are cut into pieces on this GPU. */
function MatmulTile({ matmul: { tile, source, speeds } }: { matmul: NonNullable<BackendReport['matmul']> }) {
  return (
    <section className="system-part" aria-labelledby="system-matmul">
      <h3 id="system-matmul" className="heading">
        Matrix products: {tile}
      </h3>
      <p className="caption">{TILE_SOURCES[source]}</p>
      {Object.keys(speeds).length > 0 && (
        <dl className="system-facts">
          {Object.entries(speeds).map(([name, gflops]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="system-value">{formatNumber(gflops)}</dd>
              <dd className="caption">GFLOPS</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function CheckTable({ report }: { report: BackendReport }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="scroll-x" aria-label="Self-check, table" tabIndex={0}>
      <table className="table system-table">
        <caption>Largest difference from the plain CPU backend, before the first run.</caption>
        <thead>
          <tr>
            <th scope="col">Computation</th>
            <th scope="col" className="number">
              Largest error
            </th>
            <th scope="col" className="number">
              Allowed
            </th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {report.selfCheck.map(({ op, maxError, tolerance, passed }) => (
            <tr key={op}>
              <th scope="row">{op}</th>
              <td className="number">{formatNumber(maxError)}</td>
              <td className="number">{formatNumber(tolerance)}</td>
              <td className={passed ? 'system-passed' : 'system-failed'}>
                <Icon name={passed ? 'check' : 'close'} /> {passed ? 'passed' : 'failed'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
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
