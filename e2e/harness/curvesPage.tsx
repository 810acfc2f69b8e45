// The Curves view by itself, on made-up runs: `?scene=long` ten thousand updates in every stage, `?scene=runs` four runs over each other,
// `?scene=broken` one whose loss is NaN and infinite on the way, `?scene=empty` none. curves.spec.ts bundles it.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../../src/app/theme.css';
import { CurvesView } from '../../src/features/curves/CurvesView';
import type { RunState, Series, SeriesRow } from '../../src/state/runState';
import type { Studio } from '../../src/state/studioActions';
import { StudioContext, useSelectedRun } from '../../src/state/useStudio';
import { fakeRun } from '../../src/testing/fakeRun';
import { pageStudio } from './pageStudio';
import { followTheme } from './theme';

export type CurvesPageWindow = Window & {
  studio?: Studio;
  /** Milliseconds of main-thread tasks over 50 ms, from the first drawing on. */
  /** Counted by the spec. */
  /** Adds updates to the last stage, as a run does. */
  goOn?: (updates: number) => void;
};
const page = window as CurvesPageWindow;

/** Of every stage of the long scene. */
export const LONG = 10_000;
const STAGES = ['warm-up', 'forgetting', 'improving'] as const;

/** A falling, noisy line with one spike in every stage. */
function row(step: number, total: number, stage: string): SeriesRow {
  const way = step / total;
  const noise = Math.sin(step * 12.9898) * Math.cos(step * 78.233);
  const isPair = stage !== 'forgetting';
  return {
    step,
    loss: step === Math.round(total * 0.37) ? 3 : 0.7 - 0.35 * way + 0.06 * noise,
    learningRate: 1e-4 * (1 - way),
    gradientNorm: 0.9 + 0.4 * noise,
    tokens: 900 + (step % 120),
    milliseconds: 20 + 4 * noise,
    rejectedLogp: -20 - 10 * way + noise,
    ...(isPair
      ? {
          ...{ accuracy: 0.5 + 0.4 * way + 0.05 * noise, margin: way + 0.2 * noise },
          ...{
            chosenReward: 0.4 * way + 0.05 * noise,
            rejectedReward: -0.6 * way + 0.05 * noise,
            chosenLogp: -12 + noise,
          },
        }
      : { selectedShare: 0.07 + 0.01 * noise }),
  };
}

function seriesOf(stage: (typeof STAGES)[number], length: number, total = length): Series {
  const rows = Array.from({ length }, (_, i) => row(i + 1, total, stage));
  return { name: stage, stage, rows, length, total };
}

function longRun(id: string, name: string, length: number): RunState {
  const run = fakeRun('done', { preset: 'tiny' });
  const series = Object.fromEntries(STAGES.map((stage) => [stage, seriesOf(stage, length)]));
  const stages = run.stages.map((stage) => (Object.hasOwn(series, stage.name) ? { ...stage, total: length } : stage));
  const scaled = run.moments.map((moment) => ({
    ...moment,
    step: Math.round((moment.step / moment.total) * length),
    total: length,
  }));
  return { ...run, id, name, series, stages, moments: scaled, drift: [] };
}

function brokenRun(): RunState {
  const run = longRun('run-1', 'broken-otter', 60);
  const rows = run.series.forgetting!.rows.map((one) => ({
    ...one,
    ...(one.step === 12 ? { loss: Number.NaN, gradientNorm: Number.NaN } : {}),
    ...(one.step === 20 ? { loss: Number.POSITIVE_INFINITY } : {}),
  }));
  return { ...run, series: { ...run.series, forgetting: { ...run.series.forgetting!, rows } } };
}

function runsOf(scene: string | null): RunState[] {
  if (scene === 'empty') return [];
  if (scene === 'broken') return [brokenRun()];
  if (scene === 'runs') {
    return ['quiet-otter', 'brave-heron', 'late-lynx', 'plain-crane'].map((name, i) => ({
      ...fakeRun('done', { preset: 'tiny', seed: i + 1 }),
      ...{ id: `run-${i + 1}`, name, slot: i },
    }));
  }
  return [longRun('run-1', 'long-otter', LONG)];
}

const { studio } = pageStudio();
const runs = runsOf(new URLSearchParams(location.search).get('scene'));
studio.store.setState({ runs, selectedId: runs.at(-1)?.id ?? null, view: 'curves' });
page.studio = studio;
page.goOn = (updates) => {
  const [run] = studio.store.getState().runs;
  const old = run!.series.improving!;
  const rows = old.rows as SeriesRow[];
  for (let i = 0; i < updates; i++) rows.push(row(rows.length + 1, LONG, 'improving'));
  const improving = { ...old, rows, length: rows.length, total: Math.max(old.total, rows.length) };
  studio.store.setState({ runs: [{ ...run!, phase: 'running', series: { ...run!.series, improving } }] });
};

followTheme();

function Page() {
  return (
    <main style={{ padding: 16 }}>
      <h1 className="visually-hidden">Curves</h1>
      <CurvesView run={useSelectedRun()} />
    </main>
  );
}
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <StudioContext value={studio}>
      <Page />
    </StudioContext>
  </StrictMode>,
);
