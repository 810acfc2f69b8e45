// Before an own model runs: what it needs here, whether that is there, and what would have to shrink.
import { useId, useState } from 'react';
import { roughly } from '../../components/duration';
import { formatBytes } from '../../components/format';
import { Icon } from '../../components/icons';
import type { FieldName } from '../../core/config';
import { bufferText, COMMON_GPU_BYTES, type FitChanges, remedyText } from '../../core/memoryFit';
import { knownSpeed } from '../../state/estimate';
import { ASSUMED_TOKENS, estimateModel } from '../../state/modelEstimate';
import { useStudio, useStudioState } from '../../state/useStudio';
import type { BroughtModel } from '../../worker/protocol';

const GPU_SIZES = [2, 4, 6, 8, 12, 16, 24, 48];
const GB = 1e9;

export function ModelFit({ model }: { model: BroughtModel }) {
  const [gpuBytes, setGpuBytes] = useState(COMMON_GPU_BYTES);
  const config = useStudioState((state) => state.config);
  const file = useStudioState((state) => (state.file?.modelId === model.modelId ? state.file : null));
  const report = useStudioState((state) => (state.backend.status === 'known' ? state.backend.report : null));
  const speed = useStudioState(knownSpeed);
  const isGpu = report?.name === 'webgpu';
  const { fit, seconds, room, changes } = estimateModel({ config, model, file, report, speed, gpuBytes });
  return (
    <div className="model-fit">
      <p>
        {fit.status !== 'fits' && <Icon name="warning" />} Aligning it needs about{' '}
        <strong>{formatBytes(fit.estimate.total)}</strong> of {isGpu ? 'GPU memory' : 'memory'} (most in{' '}
        {fit.estimate.phase}) and takes <strong>{roughly(seconds)}</strong> on {report?.label ?? 'this device'}
        {speed === null ? ', a rough guess from its arithmetic' : ', at the speed your last run reached'}
        {file ? '' : `, for prompts and answers of ${ASSUMED_TOKENS} tokens`}.
        {!isGpu && room !== null && ` WebAssembly can hold ${formatBytes(room)}: ${VERDICT[fit.status]}.`}
      </p>
      {isGpu && <GpuSize bytes={gpuBytes} onChange={setGpuBytes} verdict={VERDICT[fit.status]} />}
      {fit.status !== 'fits' && fit.buffer && <p>{bufferText(fit.buffer)}</p>}
      {fit.status === 'shrinks' && (
        <>
          <p>It fits in {formatBytes(fit.fitted.total)} with:</p>
          <Changes changes={changes} />
          {file && <ApplyButton changes={fit.changes} />}
        </>
      )}
      {fit.status === 'too large' && (
        <>
          {changes.length > 0 && <p>It would still need {formatBytes(fit.fitted.total)} with:</p>}
          <Changes changes={changes} />
          {fit.over > 0 ? (
            <p>
              {formatBytes(fit.over)} too much. Take a smaller model, shorter sequences
              {isGpu ? '' : ', or a browser with WebGPU on a GPU with more memory'}.
            </p>
          ) : (
            fit.buffer && <p>{remedyText(fit.buffer)}</p>
          )}
        </>
      )}
    </div>
  );
}

const VERDICT = { fits: 'it fits', shrinks: 'it does not fit as it is', 'too large': 'it does not fit' } as const;

function GpuSize({ bytes, onChange, verdict }: { bytes: number; onChange: (bytes: number) => void; verdict: string }) {
  const id = useId();
  return (
    <p className="model-gpu">
      <label htmlFor={id}>Browsers do not say how much memory a GPU has. Yours:</label>{' '}
      <select
        id={id}
        className="field-select"
        value={bytes}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      >
        {GPU_SIZES.map((size) => (
          <option key={size} value={size * GB}>
            {size} GB
          </option>
        ))}
      </select>{' '}
      {verdict}.
    </p>
  );
}

function Changes({ changes }: { changes: readonly string[] }) {
  if (changes.length === 0) return null;
  return (
    <ul className="model-notes">
      {changes.map((change) => (
        <li key={change}>{change}</li>
      ))}
    </ul>
  );
}

function ApplyButton({ changes }: { changes: FitChanges }) {
  const studio = useStudio();
  const apply = (): void => {
    for (const [name, value] of Object.entries(changes))
      studio.setField(name as FieldName, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  };
  return (
    <button type="button" className="button" onClick={apply}>
      Set it so
    </button>
  );
}
