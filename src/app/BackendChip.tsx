// The backend in one word, with why no faster one was taken behind it.
import { Icon } from '../components/icons';
import { Popover } from '../components/Popover';
import type { BackendState } from '../state/studioState';
import { useStudio, useStudioState } from '../state/useStudio';

function chipText(backend: BackendState): string {
  switch (backend.status) {
    case 'unknown':
      return 'Backend';
    case 'checking':
      return 'Checking…';
    case 'known':
      return backend.report.label;
    case 'failed':
      return 'No backend';
  }
}

export function BackendChip() {
  const studio = useStudio();
  const backend = useStudioState((state) => state.backend);
  const text = chipText(backend);
  const worry = backend.status === 'failed';
  return (
    <Popover
      label={`Backend: ${text}`}
      className="button header-chip"
      trigger={
        <>
          {worry && <Icon name="warning" />}
          <span className="header-chip-text">{text}</span>
          <Icon name="chevron" />
        </>
      }
    >
      {(close) => (
        <div className="chip-panel">
          <BackendSummary backend={backend} />
          <button
            type="button"
            className="button"
            onClick={() => {
              studio.setView('system');
              close();
            }}
          >
            Open System
          </button>
        </div>
      )}
    </Popover>
  );
}

function BackendSummary({ backend }: { backend: BackendState }) {
  if (backend.status === 'unknown' || backend.status === 'checking')
    return <p>The backend is chosen and checked against the CPU before the first run.</p>;
  if (backend.status === 'failed')
    return (
      <p>
        {backend.error.message} <span className="quiet">{backend.error.next}</span>
      </p>
    );
  const { report } = backend;
  const passed = report.selfCheck.filter((check) => check.passed).length;
  return (
    <>
      <p className="heading">{report.label}</p>
      {report.selfCheck.length > 0 && (
        <p className="caption">
          Self-check against the CPU: {passed} of {report.selfCheck.length} passed.
        </p>
      )}
      {report.refused.map((one) => (
        <p key={one.backend + one.reason} className="chip-refused">
          <strong>Not {one.backend}:</strong> {one.reason} <span className="quiet">{one.fix}</span>
        </p>
      ))}
    </>
  );
}
