// Whole runs of a toy model without a starter, and what they told.
import type { RunConfig } from '../core/config';
import type { BackendReport, RunEvent, TimedStage } from '../core/events';
import { createRun, type Run } from '../core/run';
import type { Pace } from '../core/stages/ahead';
import type { Controls } from '../core/stages/controls';
import { eventsOf, toyConfig, toyDataset } from './tinyModel';

export const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};
const SMALL = { layers: 2, width: 16, heads: 2, mlpWidth: 24, sftSteps: 30, sftLearningRate: 0.01 };
const RATES = { warmupLearningRate: 1e-3, forgettingLearningRate: 1e-2, improvingLearningRate: 1e-2 };

interface Given {
  config?: Partial<RunConfig>;
  snapshots?: boolean;
  controls?: Controls;
  pace?: Pace;
}

export const toyRun = ({ config, snapshots = true, controls, pace }: Given = {}): Run =>
  createRun({
    config: toyConfig({ ...SMALL, ...RATES, ...config }),
    ...{ dataset: toyDataset(), backend: BACKEND, snapshots },
    ...(controls && { controls }),
    ...(pace && { pace }),
    loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
  });

/** Pulls a run; `each` is called with every event before the run goes on, and ends it with false. */
export async function pull(events: AsyncGenerator<RunEvent>, each: (event: RunEvent) => unknown = () => {}) {
  const told: RunEvent[] = [];
  for await (const event of events) {
    told.push(event);
    if (each(event) === false) break;
  }
  return told;
}

export const stepsOf = (events: readonly RunEvent[], stage?: TimedStage) =>
  eventsOf(events, 'step').filter((event) => !stage || event.stage === stage);
export const metricsOf = (events: readonly RunEvent[], stage?: TimedStage) =>
  stepsOf(events, stage).map(({ series, step, metrics }) => ({ series, step, ...metrics }));
