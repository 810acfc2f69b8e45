// Try, with what the worker can do for it: it holds the weights of one run, and answers only while that run rests; those of a run from a bundle are
// loaded when they are first asked for.
import { useCallback } from 'react';
import { TryView } from '../features/try/TryView';
import type { RunState } from '../state/runState';
import { useActiveRun, useStudio } from '../state/useStudio';
import { tryObstacle } from './tryObstacle';

const SUGGESTIONS = 9;

export function TryPage({ run }: { run: RunState | null }) {
  const { client, bundles, store } = useStudio();
  const active = useActiveRun();
  const runId = run?.id ?? '';
  const load = useCallback(async () => {
    const file = await bundles.fileOf(runId);
    if (file) await client.openRun(runId, file, store.getState().config.backend);
  }, [bundles, client, runId, store]);
  const answer = useCallback(
    async (prompt: string, options: { temperature: number; seed: number }) => {
      await load();
      return client.generate(runId, prompt, options);
    },
    [client, load, runId],
  );
  const suggestions = useCallback(async () => {
    await load();
    return client.prompts(runId, SUGGESTIONS);
  }, [client, load, runId]);
  const obstacle = tryObstacle(run, active);
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
