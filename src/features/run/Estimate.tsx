// Said before the start: how much memory a run needs and, where more than the alignment is trained, how long it takes.
import { roughly } from '../../components/duration';
import { formatBytes } from '../../components/format';
import { estimateMemory, estimateSeconds, knownSpeed } from '../../state/estimate';
import { useStudioState } from '../../state/useStudio';

const LONG_SECONDS = 3 * 3600;

export function Estimate() {
  const config = useStudioState((state) => state.config);
  const file = useStudioState((state) => state.file);
  const report = useStudioState((state) => (state.backend.status === 'known' ? state.backend.report : null));
  const speed = useStudioState(knownSpeed);
  const model = useStudioState((state) => state.model);
  // Said in the model's panel, with what would have to shrink; here it would be of other data.
  if (model && file?.modelId !== model.modelId) return null;
  const memory = estimateMemory(config, file, report?.name ?? 'wasm', model);
  const needs = (
    <>
      <strong>{formatBytes(memory.total)}</strong> of {report?.name === 'webgpu' ? 'GPU memory' : 'memory'}
    </>
  );
  if (!file && config.sftStart === 'shipped' && config.rewardSource === 'shipped')
    return <p className="run-estimate caption">Needs about {needs}.</p>;
  const seconds = estimateSeconds(config, report, speed, { model, file });
  return (
    <p className="run-estimate">
      <strong>Takes {roughly(seconds)}</strong> on {report?.label ?? 'this device'},{' '}
      {speed === null ? 'a rough guess from its arithmetic' : 'at the speed your last run reached'}, and about {needs}.
      {seconds > LONG_SECONDS && report?.name !== 'webgpu' && ' Without a real GPU it is hardly worth waiting for.'}
    </p>
  );
}
