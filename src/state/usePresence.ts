// The React binding of what becomes of a run in the background.
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Presence, PresenceState } from './presence';

export const PresenceContext = createContext<Presence | null>(null);

/** Its actions. Throws Error outside its context. */
export function usePresence(): Presence {
  const presence = useContext(PresenceContext);
  if (!presence) throw new Error('usePresence needs a PresenceContext above it.');
  return presence;
}

/** A part of its state; the component renders again only when that part changes. */
export const usePresenceState = <T>(select: (state: PresenceState) => T): T => useStore(usePresence().store, select);
