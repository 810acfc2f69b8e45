// The Compare view by itself, on made-up results: `?scene=full` all experiments, `?scene=many` thousands of results, `?scene=single` one seed,
// `?scene=empty`, `?scene=loading`, `?scene=failed`; `&file=name` for a run on data of one's own. compare.spec.ts bundles it.
import { useCallback, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '../../src/app/theme.css';
import type { Family } from '../../src/core/config';
import { ARMS } from '../../src/core/config';
import { presetConfig } from '../../src/core/presets';
import { EXPERIMENTS, jobsOf } from '../../src/core/study/experiments';
import type { Job } from '../../src/core/study/job';
import type { ArmResult, StudyResult } from '../../src/core/study/result';
import { variant, variantConfig } from '../../src/core/study/variants';
import { Comparison } from '../../src/features/compare/Comparison';
import { FIRST_COMPARE } from '../../src/state/compareChoice';
import { EMPTY_QUEUE, withJob, withJobs } from '../../src/state/labQueue';
import type { KnownResult, LabChoice, LabState, Queue } from '../../src/state/labState';
import { resultsOf, type World } from '../../src/testing/studyWorld';

export type ComparePageWindow = Window & {
  compare?: {
    /** Of each press of a run button. */
    ran: { labels: string[]; again: boolean }[];
    results: StudyResult[];
    /** As a worker would. */
    changeQueue?(change: (queue: Queue) => Queue): void;
  };
};
const page = window as ComparePageWindow;

const WORLD: World = {
  ALLO: { accuracy: 94.5, sampled: 88, kl: 0.058, others: 38.5, style: 71 },
  'ALLO, seed 2': { accuracy: 93 },
  'ALLO, seed 3': { accuracy: 95.5 },
  'DPO, all weights': { accuracy: 94, sampled: 86.5, kl: 0.071, others: 37, style: 74 },
  'DPO, all weights, seed 2': { accuracy: 93.5 },
  'DPO, top 10 %': { accuracy: 89, kl: 0.031, others: 39.5 },
  'DPO, random 10 %': { accuracy: 71, kl: 0.012 },
  'DPO, last 10 %': { accuracy: 52, kl: 0.001 },
  RFT: { accuracy: 96.5, sampled: 93, kl: 0.09, style: 98, others: 41 },
  'RFT, seed 2': { accuracy: 96 },
  NPO: { accuracy: 61, kl: 0.4, others: 20 },
  'Warm-up only': { accuracy: 70 },
};

/** With what a run leaves behind: stages, curves, a path, masks. */
function dressed(result: StudyResult): StudyResult {
  if (result.kind !== 'arm') return result;
  const isAllo = result.arm.startsWith('allo');
  const lengths: Record<string, number> = isAllo
    ? { 'warm-up': 50, forgetting: 30, improving: 80 }
    : { improving: result.arm === 'dpo-160' ? 160 : 110 };
  const slow = 20 + ((result.after.families[result.family]?.greedy ?? 50) % 13) * 6;
  const curve = (stage: string, length: number): ArmResult['curves'][number] => {
    const step = Array.from({ length }, (_, i) => i + 1);
    const noise = (i: number) => 0.05 * Math.sin(i * 12.9898 + result.seed * 7);
    return { stage, step, loss: step.map((i) => 0.69 * Math.exp(-i / slow) + noise(i)) };
  };
  const greedy = result.after.families[result.family]?.greedy ?? 50;
  const path: ArmResult['path'] = [{ stage: 'sft', step: 0, klToSft: 0, accuracy: 50 }];
  const all = Object.values(lengths).reduce((sum, length) => sum + length, 0);
  let before = 0;
  for (const [stage, length] of Object.entries(lengths)) {
    for (let step = 10; step <= length; step += 10)
      path.push({ stage, step, klToSft: step / 2000, accuracy: 50 + ((greedy - 50) * (before + step)) / all });
    before += length;
  }
  return {
    ...result,
    updates: lengths,
    tokens: Object.fromEntries(Object.entries(lengths).map(([stage, length]) => [stage, 1013 * length])),
    sampledTokens: result.arm.startsWith('ppo') ? 48_512 : 0,
    curves: Object.entries(lengths).map(([stage, length]) => curve(stage, length)),
    path,
    maskPercent: isAllo ? { forgetting: 5, improving: 10 } : result.arm.includes('10') ? { improving: 10 } : {},
    failure: result.arm === 'npo' && result.seed === 2 ? 'The loss was NaN at improving step 88.' : null,
    backend: 'wasm',
  };
}

const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

function jobsFor(scene: string): Job[] {
  if (scene === 'full') return EXPERIMENTS.flatMap((experiment) => jobsOf(experiment));
  if (scene === 'single')
    return (['allo', 'dpo-full', 'dpo-top10', 'npo'] as const).map((arm) => ({
      kind: 'arm',
      config: variantConfig(variant(arm), 'default', 'math', 1),
      split: 'held-out',
    }));
  if (scene !== 'many') return [];
  const factors = Array.from({ length: 34 }, (_, i) => Number((0.1 * 1.2 ** i).toPrecision(2)));
  return seeds(3).flatMap((seed) =>
    ARMS.flatMap((arm) =>
      factors.map((rateFactor): Job => {
        const chosen = variant(arm, rateFactor === 1 ? {} : { rateFactor });
        return { kind: 'arm', config: variantConfig(chosen, 'default', 'math', seed), split: 'held-out' };
      }),
    ),
  );
}

const asked = new URLSearchParams(location.search);
const scene = asked.get('scene') ?? 'full';
const results = resultsOf(jobsFor(scene), WORLD).map(dressed);
const known = new Map(
  results.map((result): [string, KnownResult] => [
    result.key,
    { result, origin: result.seed === 2 ? 'here' : 'recorded' },
  ]),
);
const ran: { labels: string[]; again: boolean }[] = [];
page.compare = { ran, results };

const FIRST: LabChoice = {
  experiment: 'frontier',
  family: (asked.get('of') ?? 'math') as Family,
  scope: { preset: 'default', families: ['math'], seeds: [1, 2] },
  baseline: 'DPO, all weights',
  hidden: [],
  guided: null,
};

const RECORDED: Record<string, LabState['recorded']> = {
  loading: { status: 'loading' },
  failed: {
    status: 'failed',
    error: { message: 'The recorded results could not be loaded: HTTP 500.', next: 'Try again.', detail: '' },
  },
};

/** Two settings changed, on another family. */
const SETTINGS = {
  config: { ...presetConfig('default', 'qa'), improvingPercent: 20, weighting: 'soft' as const, seed: 9 },
  fileName: asked.get('file'),
};

/** The first one runs. */
function begun(queue: Queue): Queue {
  const first = queue.jobs.find(({ status }) => status === 'waiting');
  if (!first || queue.jobs.some(({ status }) => status === 'running')) return queue;
  return { ...withJob(queue, first.key, { status: 'running', share: 0.4, doing: 'improving' }), secondsLeft: 118 };
}

function Shown() {
  const [queue, setQueue] = useState(EMPTY_QUEUE);
  page.compare!.changeQueue = setQueue;
  const setStatus = (status: Queue['status']) => setQueue((before) => ({ ...before, status }));
  const [choice, setChoice] = useState(FIRST);
  const [view, setView] = useState(FIRST_COMPARE);
  const onView = useCallback((part: Partial<typeof view>) => setView((before) => ({ ...before, ...part })), []);
  return (
    <main style={{ padding: 16 }}>
      <h1 className="visually-hidden">Compare</h1>
      <Comparison
        state={{
          results: known,
          recorded: RECORDED[scene] ?? { status: 'ready' },
          queue,
          choice,
        }}
        actions={{
          choose: (part) => setChoice((before) => ({ ...before, ...part })),
          run: (jobs, { again = false } = {}) => {
            ran.push({ labels: jobs.map(({ config }) => `${config.arm} ${config.family} ${config.seed}`), again });
            const isKnown = (key: string) => !again && known.has(key);
            setQueue((before) => begun({ ...withJobs(before, jobs, isKnown), status: 'running' }));
          },
          pause: () => setStatus('paused'),
          resume: () => setStatus('running'),
          retry: (keys) =>
            setQueue((before) =>
              keys.reduce((queue, key) => withJob(queue, key, { status: 'waiting', error: null }), before),
            ),
          loadRecorded: async () => {},
        }}
        view={view}
        onView={onView}
        link={(id) => `${location.href}#${id}`}
        settings={SETTINGS}
        lab={{ address: '?view=lab', open: () => location.assign('#lab') }}
      />
    </main>
  );
}

document.documentElement.dataset.theme = asked.get('theme') ?? 'light';
// After a rest, so that the view's own work is in tasks of its own.
await new Promise((done) => setTimeout(done, 50));
performance.mark('judged: opening thousands of results');
createRoot(document.getElementById('root')!).render(<Shown />);
