// The React binding of the model desk.
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { DeskState, ModelDesk } from './modelDesk';

export const ModelDeskContext = createContext<ModelDesk | null>(null);

/** The desk's actions. Throws Error outside its context. */
export function useModelDesk(): ModelDesk {
  const desk = useContext(ModelDeskContext);
  if (!desk) throw new Error('useModelDesk needs a ModelDeskContext above it.');
  return desk;
}

/** A part of the desk's state; the component renders again only when that part changes. */
export const useDeskState = <T>(select: (state: DeskState) => T): T => useStore(useModelDesk().store, select);
