// What is being read just now: how far, how fast, how long still, and a way to stop it.
import type { InspectState } from '../../state/inspectState';
import { useInspect, useInspectState } from '../../state/useInspect';
import type { InspectJob } from '../../worker/inspectProtocol';
import { paceText, progressText } from './inspectText';

const NAMES: Readonly<Record<InspectJob, string>> = {
  open: 'Opening',
  pair: 'Pairing the tensors',
  select: 'Selecting',
  count: 'Counting a mask file',
  parity: 'Comparing with the mask file',
  groups: 'Counting rows, columns and heads',
  agreement: 'Comparing the masks',
};

export function JobProgress() {
  const inspect = useInspect();
  const state = useInspectState((all: InspectState) => all.job);
  if (!state) return null;
  const { job, progress, isStopping } = state;
  return (
    <section className="inspect-progress" aria-label={NAMES[job]}>
      <p>
        <strong>{isStopping ? 'Stopping …' : NAMES[job]}</strong>{' '}
        <span className="caption">{progress ? progressText(progress) : 'Beginning …'}</span>
      </p>
      <progress aria-label={`${NAMES[job]}: how far`} max={1} value={progress?.done ?? 0} />
      <div className="inspect-buttons">
        <button type="button" className="button" disabled={isStopping} onClick={inspect.cancel}>
          Cancel
        </button>
        <span className="caption">{progress && paceText(progress)}</span>
      </div>
    </section>
  );
}
