// Try, with what the worker can do for it: it holds the weights of one run, and answers only while that run rests.
import { useCallback } from 'react';
import { TryView } from '../features/try/TryView';
import type { RunState } from '../state/runState';
import { useStudio, useStudioState } from '../state/useStudio';

const SUGGESTIONS = 9;

/** Why a prompt cannot be answered now, null when it can. */
export function tryObstacle(run: RunState | null, activeId: string | null): string | null {
  if (!run) return 'Start a run: its model answers here, before and after.';
  if (run.id !== activeId) return `The weights of ${run.name} have made way for a later run. Restart it to try it.`;
  if (run.phase === 'running')
    return 'The model is being trained. Pause the run to try it as it is now, or wait until it is done.';
  if (run.phase === 'starting' || !run.started) return 'The run is getting ready.';
  if (run.stages.every((stage) => stage.status === 'waiting'))
    return 'There is no model yet: let the run go on for a moment.';
  return null;
}

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
