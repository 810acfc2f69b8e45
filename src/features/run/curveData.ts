// From a run's series to what the figures draw.
import type { StageName, StepMetrics } from '../../core/events';
import type { Series } from '../../state/runState';

export type Metric = 'loss' | 'accuracy' | 'margin' | 'rejectedLogp' | 'selectedShare';

export interface Curve {
  stage: StageName;
  steps: readonly number[];
  total: number;
  /** Only metrics that every step has. */
  values: Readonly<Partial<Record<Metric, readonly number[]>>>;
}

const METRICS: readonly Metric[] = ['loss', 'accuracy', 'margin', 'rejectedLogp', 'selectedShare'];

export function curveOf(series: Series): Curve {
  const rows = series.rows.slice(0, series.length);
  const column = (metric: keyof StepMetrics) => rows.map((row) => row[metric] ?? Number.NaN);
  const known = METRICS.filter((metric) => rows[0]?.[metric] !== undefined);
  return {
    stage: series.stage,
    steps: rows.map((row) => row.step),
    total: series.total,
    values: Object.fromEntries(known.map((metric) => [metric, column(metric)])),
  };
}
