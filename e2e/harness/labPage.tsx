// The Lab by itself on made-up results: `?scene=full` the whole recorded plan, `empty`, `loading`, `failed` recorded results that could not be
// loaded and a failed job, `running` a queue at work. Actions change the page's own state and are noted for the spec.
import { StrictMode, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '../../src/app/theme.css';
import { EXPERIMENTS, jobsOf } from '../../src/core/study/experiments';
import { jobKey } from '../../src/core/study/job';
import { armLabel } from '../../src/core/study/variants';
import { LabBody } from '../../src/features/lab/LabBody';
import { FIRST_LAB } from '../../src/state/labAddress';
import type { KnownResult, LabActions, LabState, QueuedJob } from '../../src/state/labState';
import { madeUpResults } from './labResults';
import { followTheme } from './theme';

export type LabPageWindow = Window & {
  /** What was asked for: [action, arguments]. */
  asked?: [string, unknown[]][];
};
const page = window as LabPageWindow;
page.asked = [];

const parameters = new URLSearchParams(location.search);
const scene = parameters.get('scene') ?? 'full';

function known(): Map<string, KnownResult> {
  if (scene === 'empty' || scene === 'loading') return new Map();
  const results = madeUpResults(scene === 'full' ? 1 : 0.3);
  return new Map(results.map((result, i) => [result.key, { result, origin: i % 9 === 0 ? 'here' : 'recorded' }]));
}

function queueOf(results: ReadonlyMap<string, KnownResult>): LabState['queue'] {
  if (scene !== 'running' && scene !== 'failed') return { status: 'idle', jobs: [], secondsLeft: null };
  const jobs = jobsOf(EXPERIMENTS[0]!, { preset: 'default', families: ['math'], seeds: [1, 2] });
  const statuses: QueuedJob['status'][] = ['done', 'done', 'done', scene === 'failed' ? 'failed' : 'running'];
  return {
    status: scene === 'failed' ? 'idle' : 'running',
    secondsLeft: 754,
    jobs: jobs.slice(0, scene === 'failed' ? 4 : 10).map((job, i) => {
      const status = statuses[i] ?? 'waiting';
      const { family, seed } = job.config;
      return {
        ...{ key: jobKey(job), job, label: `${armLabel(job.config)}, ${family}, seed ${seed}`, status },
        share: status === 'running' ? 0.42 : results.has(jobKey(job)) ? 1 : 0,
        doing: status === 'running' ? 'Improving 46/110' : '',
        error:
          status === 'failed'
            ? { message: 'The loss was not finite at update 12.', next: 'Try a smaller learning rate.', detail: '' }
            : null,
      };
    }),
  };
}

function firstState(): LabState {
  const results = known();
  const error = { message: 'The recorded results could not be loaded: HTTP 404.', next: 'Try again.', detail: '' };
  const experiment = EXPERIMENTS.find(({ id }) => id === parameters.get('experiment'))?.id ?? FIRST_LAB.experiment;
  return {
    results,
    recorded: scene === 'failed' ? { status: 'failed', error } : { status: scene === 'loading' ? 'loading' : 'ready' },
    ...{ queue: queueOf(results), trouble: null, undo: null, choice: { ...FIRST_LAB, experiment } },
  };
}

followTheme();

function Page() {
  const [lab, setLab] = useState(first);
  const actions = useMemo((): LabActions => {
    const note =
      (name: string) =>
      (...given: unknown[]): void => {
        page.asked!.push([name, given]);
      };
    return {
      choose: (change) => setLab((before) => ({ ...before, choice: { ...before.choice, ...change } })),
      ...{ run: note('run'), pause: note('pause'), resume: note('resume'), stop: note('stop'), retry: note('retry') },
      remove(keys) {
        note('remove')(keys);
        setLab((before) => {
          const results = new Map(before.results);
          const gone = keys.flatMap((key) => results.get(key) ?? []);
          for (const key of keys) results.delete(key);
          return { ...before, results, undo: { text: `Removed ${gone.length} results.`, results: gone } };
        });
      },
      undoRemove: () =>
        setLab((before) => ({
          ...before,
          results: new Map([
            ...before.results,
            ...(before.undo?.results ?? []).map((one) => [one.result.key, one] as const),
          ]),
          undo: null,
        })),
      importResults: async (file, name) => {
        note('import')(name);
        if ((await file.text()).startsWith('bad')) throw new Error(`${name}, line 1: “bad” is no JSON.`);
        return { added: 2, same: 1, different: 1 };
      },
      loadRecorded: async () => note('loadRecorded')(),
    };
  }, []);
  return (
    <main style={{ padding: 16 }}>
      <h1 className="visually-hidden">Lab</h1>
      <LabBody
        lab={lab}
        actions={actions}
        isTraining={scene === 'running'}
        link={(id) => `${location.origin}/lab#${id}`}
      />
    </main>
  );
}
const first = firstState();
// Making the results up is no part of what is measured.
setTimeout(() => {
  performance.mark('judged: opening the lab');
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
}, 100);
