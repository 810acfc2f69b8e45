// For everything that trains from nothing, the time is said before the start.
import { roughly } from '../../components/duration';
import { estimateSeconds, measuredSpeed } from '../../state/estimate';
import type { StudioState } from '../../state/studio';
import { useStudioState } from '../../state/useStudio';

/** Speed of the newest run that has trained on the backend in use. */
function knownSpeed({ runs, backend }: StudioState): number | null {
  if (backend.status !== 'known') return null;
  const run = runs.findLast((one) => one.started?.backend.name === backend.report.name && measuredSpeed(one) !== null);
  return run ? measuredSpeed(run) : null;
}

const LONG_SECONDS = 3 * 3600;

export function Estimate() {
  const config = useStudioState((state) => state.config);
  const isImported = useStudioState((state) => state.file !== null);
  const report = useStudioState((state) => (state.backend.status === 'known' ? state.backend.report : null));
  const speed = useStudioState(knownSpeed);
  if (!isImported && (config.preset === 'tiny' || config.preset === 'default')) return null;
  const seconds = estimateSeconds(config, report, speed);
  return (
    <p className="run-estimate">
      <strong>Takes {roughly(seconds)}</strong> on {report?.label ?? 'this device'},{' '}
      {speed === null ? 'a rough guess from its arithmetic' : 'at the speed your last run reached'}.
      {seconds > LONG_SECONDS && report?.name !== 'webgpu' && ' Without a real GPU it is hardly worth waiting for.'}
    </p>
  );
}
