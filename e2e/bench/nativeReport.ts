// What the native benchmark found, as its JSON has it. Pure.
import type { Machine } from './machine';
import type { Estimate } from './paper';
import type { BenchModel, RooflineResult } from './protocol';
import type { MatmulRow, SamplingRow, StepRow } from './results';

export interface NativeRow extends StepRow {
  /** Of the adapter's measured fp32 peak. */
  shareOfPeak: number;
}

export interface NativeReport {
  mode: 'quick' | 'full';
  date: string;
  seconds: number;
  machine: Machine;
  adapter: string;
  versions: Record<string, string>;
  models: readonly BenchModel[];
  roofline: RooflineResult;
  matmul: MatmulRow[];
  rows: NativeRow[];
  sampling: SamplingRow[];
  estimates: Estimate[];
  problems: string[];
}

export const nativeRow = (row: StepRow, roofline: RooflineResult): NativeRow => ({
  ...row,
  shareOfPeak: row.gflops / roofline.fp32Gflops,
});
