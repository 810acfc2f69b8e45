// Notes above the view: what was wrong in the address, what is missing for a start, and a start that failed.
import type { ReactNode } from 'react';
import { Icon } from '../components/icons';
import { TroubleCard } from '../features/run/FailureCard';
import { useStudio, useStudioState } from '../state/useStudio';

function Note({ label, onDismiss, children }: { label: string; onDismiss(): void; children: ReactNode }) {
  return (
    <section className="note" aria-label={label}>
      <Icon name="warning" />
      <div className="note-text">{children}</div>
      <button type="button" className="button button-quiet header-icon" aria-label="Dismiss" onClick={onDismiss}>
        <Icon name="close" />
      </button>
    </section>
  );
}

export function Notes() {
  const studio = useStudio();
  const problems = useStudioState((state) => state.addressProblems);
  const failure = useStudioState((state) => state.failure);
  return (
    <>
      {problems.length > 0 && (
        <Note label="Settings in the address" onDismiss={studio.dismissProblems}>
          <p>Some settings in the address could not be used as they stand:</p>
          <ul className="note-list">
            {problems.slice(0, 12).map((problem) => (
              <li key={problem.field + problem.message}>{problem.message}</li>
            ))}
          </ul>
        </Note>
      )}
      {failure && 'cause' in failure.error && (
        <div className="note-card">
          <TroubleCard trouble={failure} />
        </div>
      )}
      {failure && !('cause' in failure.error) && (
        <Note label="A run could not start" onDismiss={studio.dismissFailure}>
          <p>
            <strong>{failure.name} could not start.</strong> {failure.error.message}
          </p>
          <p className="quiet">{failure.error.next}</p>
        </Note>
      )}
    </>
  );
}
