// Try, with what the worker can do for it: it holds the weights of one run, and answers only while that run rests.
import { useCallback } from 'react';
import { TryView } from '../features/try/TryView';
import type { RunState } from '../state/runState';
import { useStudio, useStudioState } from '../state/useStudio';
import { tryObstacle } from './tryObstacle';

const SUGGESTIONS = 9;

export function TryPage({ run }: { run: RunState | null }) {
  const { client } = useStudio();
  const activeId = useStudioState((state) => state.activeId);
  const runId = run?.id ?? '';
  const answer = useCallback(
    (prompt: string, options: { temperature: number; seed: number }) => client.generate(runId, prompt, options),
    [client, runId],
  );
  const suggestions = useCallback(() => client.prompts(runId, SUGGESTIONS), [client, runId]);
  const obstacle = tryObstacle(run, activeId);
  return (
    <TryView
      run={run}
      answer={answer}
      suggestions={suggestions}
      enabled={obstacle === null}
      disabledReason={obstacle ?? ''}
    />
  );
}
