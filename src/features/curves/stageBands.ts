// The one axis of updates: the training stages one after another, each as long as the longest of the runs on it. Pure.
import type { Band } from '../../components/charts/plot';
import { stageLabel } from '../../components/stageNames';
import type { StageName } from '../../core/events';
import type { UpdateStage } from '../../state/curvesChoice';
import type { RunState } from '../../state/runState';

const STAGES = [
  { key: 'sft', label: 'SFT', colour: 'var(--baseline)' },
  { key: 'warm-up', label: 'Warm-up', colour: 'var(--warmup)' },
  { key: 'token-rewards', label: 'Reward model', colour: 'var(--baseline)' },
  { key: 'forgetting', label: 'Forgetting', colour: 'var(--forgetting)' },
  { key: 'improving', label: 'Improving', colour: 'var(--improving)' },
] as const satisfies readonly { key: UpdateStage; label: string; colour: string }[];

/** Of these the number of updates is known before they begin. */
const PLANNED: readonly StageName[] = ['sft', 'warm-up', 'forgetting', 'improving'];

function updatesOf(run: RunState, stage: StageName): number {
  const planned = PLANNED.includes(stage) ? (run.stages.find(({ name }) => name === stage)?.total ?? 0) : 0;
  return Object.values(run.series)
    .filter((series) => series.stage === stage)
    .reduce((most, { total, rows, length }) => Math.max(most, total, rows[length - 1]?.step ?? 0), planned);
}

export interface StageBand extends Band {
  key: UpdateStage;
}

/** Stages without updates have no band. */
export function stageBands(runs: readonly RunState[]): StageBand[] {
  let start = 0;
  return STAGES.flatMap((stage) => {
    const length = runs.reduce((most, run) => Math.max(most, updatesOf(run, stage.key)), 0);
    if (length === 0) return [];
    const band = { ...stage, label: labelOf(stage, runs), start, length };
    start += length;
    return [band];
  });
}

/** As the runs call it, where they agree: a method of one stage names it after itself. */
function labelOf({ key, label }: (typeof STAGES)[number], runs: readonly RunState[]): string {
  if (key !== 'improving') return label;
  const names = new Set(runs.filter((run) => updatesOf(run, key) > 0).map((run) => stageLabel(key, run.config)));
  return names.size === 1 ? [...names][0]! : label;
}

export const totalOf = (bands: readonly Band[]): number => bands.reduce((sum, { length }) => sum + length, 0);

/** The update of a stage's step; null when the stage has no band. */
export function updateOf(bands: readonly Band[], stage: StageName, step: number): number | null {
  const band = bands.find(({ key }) => key === stage);
  return band ? band.start + step : null;
}
