// Around the view: gathers what its parts were refused, says so, and asks again at a click.
import { type ReactNode, useState } from 'react';
import { useStore } from 'zustand';
import { createRefusals, RefusalsContext, refusalText } from './refusals';

export function WithRefusals({ children }: { children: ReactNode }) {
  const [refusals] = useState(createRefusals);
  const refused = useStore(refusals.store, (state) => state.refused);
  return (
    <RefusalsContext value={refusals}>
      <RefusalNote text={refusalText(refused)} onTryAgain={refusals.tryAgain} />
      {children}
    </RefusalsContext>
  );
}

export function RefusalNote({ text, onTryAgain }: { text: string | null; onTryAgain(): void }) {
  return (
    <div role="status">
      {text && (
        <p>
          {text}{' '}
          <button type="button" className="button" onClick={onTryAgain}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}
