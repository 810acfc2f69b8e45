// Questions to the atlas worker as hooks: the latest answer stays until the next one comes, and a replaced question is no failure.
import { useEffect, useMemo, useRef, useState } from 'react';
import type { MatrixSource } from '../../components/matrix/matrixSource';
import { useStudio } from '../../state/useStudio';
import { ReplacedError } from '../../worker/atlasClient';
import type { AtlasAnswers, AtlasQuestion, BlockStatistic, LayerRef } from '../../worker/atlasProtocol';
import { atlasSource } from './atlasSource';

export interface Answered<T> {
  value: T | null;
  error: string | null;
  /** An answer to the present question is under way. */
  isPending: boolean;
  /** Milliseconds from question to answer, as the page saw it. */
  elapsed: number;
}

const NOTHING = { value: null, error: null, elapsed: 0 };

/** `question` null: nothing is asked. Questions of a `lane` replace each other. */
export function useAnswer<Q extends AtlasQuestion>(
  question: Q | null,
  lane?: string,
): Answered<AtlasAnswers[Q['type']]> {
  const { atlas } = useStudio();
  const key = question && JSON.stringify(question);
  const asked = useRef(question);
  asked.current = question;
  const [state, setState] = useState<Omit<Answered<AtlasAnswers[Q['type']]>, 'isPending'> & { key: string | null }>({
    ...NOTHING,
    key: null,
  });
  useEffect(() => {
    if (key === null || !asked.current) return;
    let isWanted = true;
    const began = performance.now();
    atlas.ask(asked.current, lane).then(
      (value) => isWanted && setState({ value, error: null, elapsed: performance.now() - began, key }),
      (error: unknown) => {
        if (!isWanted || error instanceof ReplacedError) return;
        setState({ value: null, error: error instanceof Error ? error.message : String(error), elapsed: 0, key });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [atlas, key, lane]);
  if (key === null) return { ...NOTHING, isPending: false };
  return { value: state.value, error: state.error, elapsed: state.elapsed, isPending: state.key !== key };
}

/** The tiles of one tensor's picture; another object whenever the picture is another one. */
export function useAtlasSource(
  layer: LayerRef | null,
  tensor: string,
  statistic: BlockStatistic,
  rows: number,
  columns: number,
): MatrixSource | null {
  const { atlas } = useStudio();
  const key = layer && JSON.stringify(layer);
  return useMemo((): MatrixSource | null => {
    if (key === null) return null;
    return atlasSource(atlas, JSON.parse(key), tensor, statistic, rows, columns);
  }, [atlas, key, tensor, statistic, rows, columns]);
}

/** The last value for which `isSettled` held: what is asked after something else has been answered. */
export function useSettled<T>(value: T, isSettled: boolean): T {
  const last = useRef(value);
  if (isSettled) last.current = value;
  return last.current;
}
