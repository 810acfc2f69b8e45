// The thin React binding of the Inspect view's store: in a context of its own, which only its page has (app/InspectPage.tsx).
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Inspect } from './inspect';
import type { InspectState } from './inspectState';

export const InspectContext = createContext<Inspect | null>(null);

/** The view's actions. Throws Error outside its context. */
export function useInspect(): Inspect {
  const inspect = useContext(InspectContext);
  if (!inspect) throw new Error('useInspect needs an InspectContext above it.');
  return inspect;
}

/** A part of the state; the component renders again only when that part changes. */
export const useInspectState = <T>(select: (state: InspectState) => T): T => useStore(useInspect().store, select);
