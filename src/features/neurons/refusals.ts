// What the atlas worker has refused to answer, gathered from all pictures and questions of the view, so that it is said once.
import { createContext, useContext } from 'react';
import { createStore, type StoreApi } from 'zustand/vanilla';

interface RefusalState {
  /** By who asked, why. */
  refused: ReadonlyMap<object, string>;
  /** Whoever asks, asks again when it has grown. */
  attempt: number;
}

export interface Refusals {
  store: StoreApi<RefusalState>;
  report(who: object, why: string): void;
  /** Answered, or no longer asked. */
  settle(who: object): void;
  tryAgain(): void;
}

export function createRefusals(): Refusals {
  const store = createStore<RefusalState>(() => ({ refused: new Map(), attempt: 0 }));
  const change = (edit: (refused: Map<object, string>) => void) => {
    const refused = new Map(store.getState().refused);
    edit(refused);
    store.setState({ refused });
  };
  return {
    store,
    report: (who, why) => change((refused) => refused.set(who, why)),
    settle(who) {
      if (store.getState().refused.has(who)) change((refused) => refused.delete(who));
    },
    tryAgain: () => store.setState(({ attempt }) => ({ refused: new Map(), attempt: attempt + 1 })),
  };
}

/** One sentence and the reasons, each once; null when nothing was refused. */
export function refusalText(refused: ReadonlyMap<object, string>): string | null {
  const reasons = [...new Set(refused.values())];
  return reasons.length > 0 ? `Not everything could be shown. ${reasons.join(' ')}` : null;
}

export const RefusalsContext = createContext<Refusals>(createRefusals());
export const useRefusals = (): Refusals => useContext(RefusalsContext);
