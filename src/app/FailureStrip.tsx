// In the other views: which run waits for somebody, and the way to its card.
import { Icon } from '../components/icons';
import { CARD_ID } from '../features/run/FailureCard';
import type { Attention } from '../features/run/useFailure';
import { useStudio, useStudioState } from '../state/useStudio';

/** What assistive technology hears of it. */
export const attentionText = ({ run, heading, next }: Attention): string =>
  `Run ${run.name} ${run.failure ? 'failed' : 'is paused'}: ${heading}.${next ? ` In Run: ${next}.` : ''}`;

/** Nothing where the card itself is to be seen. */
export function FailureStrip({ attention }: { attention: Attention | null }) {
  const studio = useStudio();
  const isThere = useStudioState((state) => state.view === 'run' && state.selectedId === attention?.run.id);
  if (!attention || isThere) return null;
  const { run, heading } = attention;
  const go = (): void => {
    if (studio.store.getState().selectedId !== run.id) studio.selectRun(run.id);
    studio.setView('run');
    // The view may not be there yet.
    requestAnimationFrame(() => document.getElementById(CARD_ID)?.focus());
  };
  return (
    <p className="failure-strip">
      <Icon name="warning" />
      <span>
        <strong>
          {run.name} {run.failure ? 'failed' : 'is paused'}:
        </strong>{' '}
        {heading}.{' '}
        <button type="button" className="button-link" onClick={go}>
          See what can be done
        </button>
      </span>
    </p>
  );
}
