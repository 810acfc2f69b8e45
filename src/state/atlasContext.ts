// Which worker the Neurons parts ask about their subject: the studio's, which holds the session's runs, unless a page gives another.
import { createContext, useContext } from 'react';
import type { AtlasClient } from '../worker/atlasClient';
import { useStudio } from './useStudio';

export const AtlasContext = createContext<Pick<AtlasClient, 'ask'> | null>(null);

/** Who answers. Throws Error outside a StudioContext. */
export function useAtlasClient(): Pick<AtlasClient, 'ask'> {
  const { atlas } = useStudio();
  return useContext(AtlasContext) ?? atlas;
}
