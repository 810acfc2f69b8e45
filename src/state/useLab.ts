// The thin React binding of the lab: in a context of its own, which only its views have (app/LabPage.tsx).
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Lab } from './lab';
import type { LabState } from './labState';

export const LabContext = createContext<Lab | null>(null);

/** The lab's actions. Throws Error outside its context. */
export function useLab(): Lab {
  const lab = useContext(LabContext);
  if (!lab) throw new Error('useLab needs a LabContext above it.');
  return lab;
}

/** A part of the state; the component renders again only when that part changes. */
export const useLabState = <T>(select: (state: LabState) => T): T => useStore(useLab().store, select);
