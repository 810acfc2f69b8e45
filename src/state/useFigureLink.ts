// The link that a figure's frame copies: the page's address with the figure behind the hash.
import { useCallback } from 'react';
import { figureAddress } from './address';
import type { ViewName } from './urlState';
import { useStudio } from './useStudio';

/** Makes the link of a figure of this view, as things stand when it is asked. */
export function useFigureLink(view: ViewName): (id: string) => string {
  const { store } = useStudio();
  return useCallback(
    (id) => `${location.origin}${location.pathname}${figureAddress(store.getState(), view, id)}`,
    [store, view],
  );
}
