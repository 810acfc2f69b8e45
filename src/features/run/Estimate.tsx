// Said before the start: how much memory a run needs and, where more than the alignment is trained, how long it takes.
import { roughly } from '../../components/duration';
import { formatBytes } from '../../components/format';
import { estimateMemory, estimateSeconds, measuredSpeed } from '../../state/estimate';
import type { StudioState } from '../../state/studioState';
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
  const file = useStudioState((state) => state.file);
  const report = useStudioState((state) => (state.backend.status === 'known' ? state.backend.report : null));
  const speed = useStudioState(knownSpeed);
  const memory = estimateMemory(config, file, report?.name ?? 'wasm');
  const needs = (
    <>
      <strong>{formatBytes(memory.total)}</strong> of {report?.name === 'webgpu' ? 'GPU memory' : 'memory'}
    </>
  );
  if (!file && config.sftStart === 'shipped' && config.rewardSource === 'shipped')
    return <p className="run-estimate caption">Needs about {needs}.</p>;
  const seconds = estimateSeconds(config, report, speed);
  return (
    <p className="run-estimate">
      <strong>Takes {roughly(seconds)}</strong> on {report?.label ?? 'this device'},{' '}
      {speed === null ? 'a rough guess from its arithmetic' : 'at the speed your last run reached'}, and about {needs}.
      {seconds > LONG_SECONDS && report?.name !== 'webgpu' && ' Without a real GPU it is hardly worth waiting for.'}
    </p>
  );
}
