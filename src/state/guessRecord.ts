// What became of the guesses in the guided experiments, kept between visits. The first guess that the data settle counts: afterwards
// one knows the answer.
import * as v from 'valibot';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { KeyValueStore } from './storage';

const KEY = 'allo-studio.guesses';

/** 'open': the data leave the guess standing beside another answer. */
export const FATES = ['right', 'wrong', 'open'] as const;
export type Fate = (typeof FATES)[number];

/** By the id of the experiment. */
export type Guesses = Readonly<Record<string, Fate>>;

const GUESSES = v.record(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/)), v.picklist(FATES));

export interface GuessRecord {
  store: StoreApi<Guesses>;
  note(id: string, fate: Fate): void;
  reset(): void;
}

/** `open` may throw (storage refused); so may every call on what it gives: then guesses are kept for this visit only. */
export function createGuessRecord(open: () => KeyValueStore): GuessRecord {
  const store = createStore<Guesses>(() => read(open));
  const set = (guesses: Guesses): void => {
    store.setState(guesses, true);
    try {
      open().setItem(KEY, JSON.stringify(guesses));
    } catch {
      // Nothing that a person could do about it: the page goes on.
    }
  };
  return {
    store,
    note(id, fate) {
      const before = store.getState()[id];
      if (before === 'right' || before === 'wrong' || before === fate) return;
      set({ ...store.getState(), [id]: fate });
    },
    reset: () => set({}),
  };
}

function read(open: () => KeyValueStore): Guesses {
  try {
    const parsed = v.safeParse(GUESSES, JSON.parse(open().getItem(KEY) ?? '{}'));
    return parsed.success ? parsed.output : {};
  } catch {
    return {};
  }
}
