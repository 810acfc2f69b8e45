// From a run's series to what the figures draw.
import type { StageName, StepMetrics } from '../../core/events';
import type { Series } from '../../state/runState';

export type Metric = 'loss' | 'accuracy' | 'margin' | 'rejectedLogp' | 'selectedShare';

export interface Curve {
  stage: StageName;
  steps: Float64Array;
  total: number;
  /** Only metrics that every step has. */
  values: Readonly<Partial<Record<Metric, Float64Array>>>;
}

const METRICS: readonly Metric[] = ['loss', 'accuracy', 'margin', 'rejectedLogp', 'selectedShare'];

export function curveOf(series: Series): Curve {
  const { rows, length } = series;
  const column = (metric: Exclude<keyof StepMetrics, 'fault'>) =>
    Float64Array.from({ length }, (_, i) => rows[i]![metric] ?? Number.NaN);
  const known = METRICS.filter((metric) => rows[0]?.[metric] !== undefined);
  return {
    stage: series.stage,
    steps: Float64Array.from({ length }, (_, i) => rows[i]!.step),
    total: series.total,
    values: Object.fromEntries(known.map((metric) => [metric, column(metric)])),
  };
}
