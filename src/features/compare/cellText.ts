// What stands in a cell, as text: one writing for the page and for LaTeX.

import { STAGE_LABEL } from '../../components/stageNames';
import type { StageName } from '../../core/events';
import type { ArmResult } from '../../core/study/result';
import type { Difference } from '../../core/study/statistics';
import type { NumberColumn } from './columns';
import { seedsText, signed } from './numberText';
import { type ArmRow, armsOf, type KnownArm } from './rows';
import type { NumberCell, TableRow } from './table';

export const NOTHING = '–';

/** “94.3 ± 1.2”; without a spread where there is one seed, or where all seeds have the same. */
export function numberText({ mean, sd }: NumberCell, { write, digits }: NumberColumn): string {
  if (sd === null) return write(mean);
  const spread = digits === 0 ? write(sd) : sd.toFixed(digits);
  // A count that hangs on the plan alone is the same for all seeds.
  return digits === 0 && sd === 0 ? write(mean) : `${write(mean)} ± ${spread}`;
}

/** “−0.4 … +3.8”; null without an interval. */
export const intervalText = ({ interval }: Difference): string | null =>
  interval && `${signed(interval.low, 1)} … ${signed(interval.high, 1)}`;

/** “3 seeds × 300 prompts”. */
export function overText({ seeds, prompts, over }: Difference): string {
  if (over === 'nothing') return '1 seed, one number: no interval';
  if (over === 'prompts') return `1 seed × ${prompts} prompts: spread over prompts only`;
  return prompts > 1 ? `${seedsText(seeds)} × ${prompts} prompts` : seedsText(seeds);
}

/** What stands in place of a difference: that it is computed, or why there is none; null where there is one. */
export function noDifferenceText({ row, against, difference }: TableRow, baseline: ArmRow | null): string | null {
  if (!against) return 'no baseline on its data';
  if (row.id === against.id) return row.id === baseline?.id ? 'baseline' : 'baseline on its data';
  if (difference === undefined) return '…';
  return difference === null ? 'no common seed' : null;
}

/** “to DPO, all weights, style bias”, where a row's baseline is not the table's; '' where it is. */
export const againstText = ({ against }: TableRow, baseline: ArmRow | null): string =>
  against && against.id !== baseline?.id ? `to ${against.label}` : '';

export const stageName = (stage: string): string =>
  Object.hasOwn(STAGE_LABEL, stage) ? STAGE_LABEL[stage as StageName] : stage;

/** Of the first seed by stage: “50 + 30 + 80” and which is which; null where there is one stage or none, or where the column has no parts. */
export function partsText(row: ArmRow, column: NumberColumn): { short: string; long: string } | null {
  const { parts, write, isSum } = column;
  const entries = Object.entries(parts?.(armsOf(row)[0]!) ?? {});
  if (entries.length < 2) return null;
  return {
    short: entries.map(([, value]) => write(value)).join(isSum ? ' + ' : ' · '),
    long: entries.map(([stage, value]) => `${stageName(stage)} ${write(value)}`).join(', '),
  };
}

const ORIGIN: Readonly<Record<KnownArm['origin'], string>> = {
  recorded: 'recorded',
  here: 'computed here',
  file: 'from a file',
};

/** “recorded, wasm” of one result. */
export const originOf = ({ result, origin }: KnownArm): string => `${ORIGIN[origin]}, ${result.backend}`;

/** “recorded, wasm; computed here, webgpu”. */
export const originText = ({ known }: ArmRow): string => [...new Set(known.map(originOf))].join('; ');

/** “Seed 2 failed: …” for each that did; '' where none did. */
export function failureText(row: ArmRow): string {
  const failed = armsOf(row).filter((result): result is ArmResult & { failure: string } => result.failure !== null);
  return failed.map(({ seed, failure }) => `Seed ${seed} failed: ${failure}`).join(' ');
}
