// The thin React binding: the studio in a context, one hook to read, one to act.
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { RunState } from './runState';
import type { Studio } from './studioActions';
import { activeRun, type StudioState, selectedRun } from './studioState';

export const StudioContext = createContext<Studio | null>(null);

/** The studio's actions. Throws Error outside its context. */
export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (!studio) throw new Error('useStudio needs a StudioContext above it.');
  return studio;
}

/** A part of the state; the component renders again only when that part changes. */
export const useStudioState = <T>(select: (state: StudioState) => T): T => useStore(useStudio().store, select);

/** The run that the views show. */
export const useSelectedRun = (): RunState | null => useStudioState(selectedRun);

/** The run that the worker holds. */
export const useActiveRun = (): RunState | null => useStudioState(activeRun);
