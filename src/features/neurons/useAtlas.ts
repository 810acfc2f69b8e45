// Questions to the atlas worker as hooks: the latest answer stays until the next one comes, and a replaced question is no failure.
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { MatrixSource } from '../../components/matrix/matrixSource';
import { useAtlasClient } from '../../state/atlasContext';
import { ReplacedError } from '../../worker/atlasClient';
import type { AtlasAnswers, AtlasQuestion, BlockStatistic, LayerRef, QuestionType } from '../../worker/atlasProtocol';
import { atlasSource } from './atlasSource';
import { useRefusals } from './refusals';

export interface Answered<T> {
  value: T | null;
  error: string | null;
  /** An answer to the present question is under way. */
  isPending: boolean;
  /** Milliseconds from question to answer, as the page saw it. */
  elapsed: number;
}

/** Whoever asks these says where it asks what went wrong. */
const SAID_BY_ASKER: ReadonlySet<QuestionType> = new Set(['select', 'churn']);

const NOTHING = { value: null, error: null, elapsed: 0 };

/** `question` null: nothing is asked. Questions of a `lane` replace each other. */
export function useAnswer<Q extends AtlasQuestion>(
  question: Q | null,
  lane?: string,
): Answered<AtlasAnswers[Q['type']]> {
  const atlas = useAtlasClient();
  const refusals = useRefusals();
  const attempt = useStore(refusals.store, (state) => state.attempt);
  const key = question && JSON.stringify(question);
  const asked = useRef(question);
  asked.current = question;
  const [state, setState] = useState<Omit<Answered<AtlasAnswers[Q['type']]>, 'isPending'> & { key: string | null }>({
    ...NOTHING,
    key: null,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    if (key === null || !asked.current) return;
    let isWanted = true;
    const who = {};
    const isReported = !SAID_BY_ASKER.has(asked.current.type);
    const began = performance.now();
    atlas.ask(asked.current, lane).then(
      (value) => isWanted && setState({ value, error: null, elapsed: performance.now() - began, key }),
      (error: unknown) => {
        if (!isWanted || error instanceof ReplacedError) return;
        const why = error instanceof Error ? error.message : String(error);
        if (isReported) refusals.report(who, why);
        setState({ value: null, error: why, elapsed: 0, key });
      },
    );
    return () => {
      isWanted = false;
      refusals.settle(who);
    };
  }, [atlas, refusals, key, lane, attempt]);
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
  const atlas = useAtlasClient();
  const refusals = useRefusals();
  const attempt = useStore(refusals.store, (state) => state.attempt);
  const key = layer && JSON.stringify(layer);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another source
  const source = useMemo((): MatrixSource | null => {
    if (key === null) return null;
    const made: MatrixSource = {
      ...atlasSource(atlas, JSON.parse(key), tensor, statistic, rows, columns),
      onRefused: ({ message }) => refusals.report(made, message),
    };
    return made;
  }, [atlas, refusals, key, tensor, statistic, rows, columns, attempt]);
  useEffect(() => {
    if (source) return () => refusals.settle(source);
  }, [source, refusals]);
  return source;
}

/** The last value for which `isSettled` held: what is asked after something else has been answered. */
export function useSettled<T>(value: T, isSettled: boolean): T {
  const last = useRef(value);
  if (isSettled) last.current = value;
  return last.current;
}
