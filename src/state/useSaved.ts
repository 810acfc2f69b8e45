// The React binding of the saved runs.
import { useStore } from 'zustand';
import type { SavedState } from './savedState';
import { useStudio } from './useStudio';

/** A part of their state; the component renders again only when that part changes. */
export const useSavedState = <T>(select: (state: SavedState) => T): T => useStore(useStudio().saved.store, select);
