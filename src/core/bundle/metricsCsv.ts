// The training curves as a table: a row a step of every series.
import type { RunEvent } from '../events';

const COLUMNS = [
  ...['loss', 'learningRate', 'gradientNorm', 'tokens', 'accuracy', 'margin', 'chosenReward', 'rejectedReward'],
  ...['chosenLogp', 'rejectedLogp', 'selectedShare', 'sampledTokens'],
] as const;

/** stage,series,step and the metrics, empty where a stage has none. */
export function metricsCsv(steps: readonly Extract<RunEvent, { type: 'step' }>[]): string {
  const rows = steps.map(({ stage, series, step, metrics }) =>
    [stage, series, step, ...COLUMNS.map((column) => metrics[column] ?? '')].join(','),
  );
  return [['stage', 'series', 'step', ...COLUMNS].join(','), ...rows, ''].join('\n');
}
