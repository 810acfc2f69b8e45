// What the benchmark found, as the JSON has it, and how raw measurements become its rows. Pure.
import { stepFlops } from './cost';
import type { Machine } from './machine';
import type { NeuronsRun } from './neuronsRun';
import type { Dimension } from './plan';
import {
  type Backend,
  type BenchModel,
  type Engine,
  type MaskJob,
  type MaskResult,
  type MatmulJob,
  type MatmulResult,
  type SamplingJob,
  type SamplingResult,
  type StepJob,
  type StepResult,
  tokensAStep,
} from './protocol';
import { fitExponent, median, spread, worstRelative } from './stats';
import type { StudioRun } from './studioRun';

export interface StepRow {
  engine: Engine;
  backend: Backend;
  model: string;
  /** Median of the measured steps, and largest minus smallest. */
  msPerStep: number;
  spread: number;
  steps: number;
  tokensPerSecond: number;
  gflops: number;
  /** Of the fastest matrix product that any engine reached on the backend; null where none was measured. */
  shareOfBestMatmul: number | null;
  dispatches: number | null;
  jsMs: number | null;
  peakBytes: number | null;
  losses: number[];
}

export interface MatmulRow {
  engine: Engine;
  backend: Backend;
  products: { size: string; gflops: number }[];
}

export interface SamplingRow {
  backend: Backend;
  rows: number;
  newTokens: number;
  tokensPerSecond: number;
  rerunTokensPerSecond: number;
  timesFaster: number;
  agreement: number;
}

export interface MaskRow {
  entries: number;
  seconds: number;
  spread: number;
  peakBytes: number;
  matchesSort: boolean | null;
}

export interface ScalingRow {
  backend: Backend;
  dimension: Dimension;
  points: { value: number; msPerStep: number; peakBytes: number }[];
  timeExponent: number;
  memoryExponent: number;
}

export function matmulRow({ engine, backend, sizes }: MatmulJob, { gflops }: MatmulResult): MatmulRow {
  const name = (i: number) => [sizes[i]!.rows, sizes[i]!.inner, sizes[i]!.columns].join('×');
  return { engine, backend, products: gflops.map((speed, i) => ({ size: name(i), gflops: speed })) };
}

/** GFLOPS of the fastest product on a backend; null without any. */
export function bestMatmul(rows: readonly MatmulRow[], backend: Backend): number | null {
  const speeds = rows.filter((row) => row.backend === backend).flatMap(({ products }) => products);
  return speeds.length > 0 ? Math.max(...speeds.map(({ gflops }) => gflops)) : null;
}

export function stepRow({ engine, backend, model }: StepJob, result: StepResult, best: number | null): StepRow {
  const msPerStep = median(result.stepMs);
  const gflops = stepFlops(model) / msPerStep / 1e6;
  return {
    engine,
    backend,
    model: model.name,
    msPerStep,
    spread: spread(result.stepMs),
    steps: result.stepMs.length,
    tokensPerSecond: (1000 * tokensAStep(model)) / msPerStep,
    gflops,
    shareOfBestMatmul: best === null ? null : gflops / best,
    dispatches: result.dispatches,
    jsMs: result.jsMs && median(result.jsMs),
    peakBytes: result.peakBytes,
    losses: result.losses,
  };
}

export function samplingRow({ backend, rows, newTokens }: SamplingJob, result: SamplingResult): SamplingRow {
  const { tokens, cachedMs, rerunMs, agreement } = result;
  return {
    backend,
    rows,
    newTokens,
    tokensPerSecond: (1000 * tokens) / cachedMs,
    rerunTokensPerSecond: (1000 * tokens) / rerunMs,
    timesFaster: rerunMs / cachedMs,
    agreement,
  };
}

export const maskRow = ({ entries }: MaskJob, { ms, peakBytes, matchesSort }: MaskResult): MaskRow => ({
  entries,
  seconds: median(ms) / 1000,
  spread: spread(ms) / 1000,
  peakBytes,
  matchesSort,
});

export function scalingRow(
  { backend, dimension }: Pick<ScalingRow, 'backend' | 'dimension'>,
  points: ScalingRow['points'],
): ScalingRow {
  return {
    backend,
    dimension,
    points: [...points].sort((a, b) => a.value - b.value),
    timeExponent: fitExponent(points.map(({ value, msPerStep }) => [value, msPerStep])),
    memoryExponent: fitExponent(points.map(({ value, peakBytes }) => [value, peakBytes])),
  };
}

export interface Report {
  mode: 'quick' | 'full';
  date: string;
  seconds: number;
  machine: Machine & { browser: string };
  adapter: string | null;
  threads: number;
  versions: Record<string, string>;
  models: BenchModel[];
  rows: StepRow[];
  matmul: MatmulRow[];
  sampling: SamplingRow[];
  masks: MaskRow[];
  neurons: NeuronsRun[];
  runs: StudioRun[];
  scaling: ScalingRow[];
  /** Losses that do not agree, and jobs that failed: any of it fails the benchmark. */
  problems: string[];
}

/** How far the losses of two engines may lie apart, relative. */
export const LOSS_TOLERANCE = 1e-3;

/** One sentence for every row whose losses are not those of the first row of its model. */
export function lossProblems(rows: readonly StepRow[]): string[] {
  return rows.flatMap(({ engine, backend, model, losses }) => {
    const reference = rows.find((row) => row.model === model)!;
    const worst = worstRelative(losses, reference.losses);
    if (worst <= LOSS_TOLERANCE) return [];
    return `${engine} on ${backend}, ${model}: losses differ from ${reference.engine} on ${reference.backend} by ${worst.toExponential(1)} of their size.`;
  });
}
