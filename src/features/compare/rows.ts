// From results to the rows of the table: one to a variant of an arm on a family, its seeds together. Which rows are shown is decided here
// too; what is computed from them is table.ts.
import { ARM_DESCRIPTIONS, type ArmGroup } from '../../core/arms';
import type { Arm, Family, Preset, RunConfig } from '../../core/config';
import { configDifference } from '../../core/parseConfig';
import type { Experiment } from '../../core/study/experiment';
import { ENGINE_VERSION } from '../../core/study/job';
import type { ArmResult } from '../../core/study/result';
import { armLabel, variantId, variantSettings } from '../../core/study/variants';
import type { KnownResult } from '../../state/labState';

export interface KnownArm {
  readonly result: ArmResult;
  readonly origin: KnownResult['origin'];
}

export interface ArmRow {
  /** `variantId`. */
  readonly id: string;
  /** As `armLabel`; with the settings in full where two variants would read alike. */
  readonly label: string;
  readonly arm: Arm;
  readonly group: ArmGroup;
  /** The arm of one click, no setting changed. */
  readonly isPlain: boolean;
  /** Which data of the family it learnt from and was measured on, and the variant whatever its data. */
  readonly data: string;
  readonly method: string;
  /** One to a seed, ascending. */
  readonly known: readonly KnownArm[];
  /** Tells these very results from any others: for what is computed once. */
  readonly key: string;
}

/** Order in the table. */
export const GROUPS: readonly ArmGroup[] = [
  'ALLO',
  'DPO and masks',
  'ALLO, one part changed',
  'Other methods',
  'Online merging',
];

export interface Place {
  family: Family;
  preset: Preset;
}

const PLAIN = variantSettings({});

// Thousands of results come again with every new one.
const ids = new WeakMap<ArmResult, string>();
const numbers = new WeakMap<ArmResult, number>();
let counted = 0;

function idOf(result: ArmResult): string {
  let id = ids.get(result);
  if (id === undefined) {
    id = variantId(result.arm, result.settings);
    ids.set(result, id);
  }
  return id;
}

function numberOf(result: ArmResult): number {
  let number = numbers.get(result);
  if (number === undefined) {
    number = counted++;
    numbers.set(result, number);
  }
  return number;
}

const isArm = (name: string): name is Arm => Object.hasOwn(ARM_DESCRIPTIONS, name);

export interface Rows {
  rows: ArmRow[];
  /** Results of arms that this studio does not have. */
  unknown: number;
}

/** Results, and rows, between two yields. */
const AT_ONCE = 20;

/** Held-out results of arms in one place and of this engine, in small steps: thousands of labels take a while. */
export function* rowSteps(results: Iterable<KnownResult>, place: Place): Generator<undefined, Rows> {
  const variants = new Map<string, Map<number, KnownArm>>();
  let unknown = 0;
  let seen = 0;
  for (const { result, origin } of results) {
    if (++seen % AT_ONCE === 0) yield;
    if (result.kind !== 'arm' || result.split !== 'held-out' || result.engine !== ENGINE_VERSION) continue;
    if (result.family !== place.family || result.preset !== place.preset) continue;
    if (!isArm(result.arm)) {
      unknown++;
      continue;
    }
    const id = idOf(result);
    const seeds = variants.get(id) ?? new Map<number, KnownArm>();
    variants.set(id, seeds.set(result.seed, { result, origin }));
  }
  const rows: ArmRow[] = [];
  for (const [id, seeds] of variants) {
    rows.push(rowOf(id, [...seeds.values()]));
    if (rows.length % AT_ONCE === 0) yield;
  }
  return { rows: inGroups(distinctLabels(rows)), unknown };
}

/** The same at once: for files and tests. */
export function rowsOf(results: Iterable<KnownResult>, place: Place): Rows {
  const steps = rowSteps(results, place);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function rowOf(id: string, unordered: readonly KnownArm[]): ArmRow {
  const known = unordered.toSorted((a, b) => a.result.seed - b.result.seed);
  const { result } = known[0]!;
  const arm = result.arm as Arm;
  return {
    ...{ id, arm, known, label: labelOf(id, result), group: ARM_DESCRIPTIONS[arm].group },
    isPlain: variantSettings(result.settings) === PLAIN,
    ...onData(result),
    key: `${id} ${known.map((each) => numberOf(each.result)).join(' ')}`,
  };
}

/** Settings that make other data of a family: other answers are preferred, or other prompts measured. */
const DATA_SETTINGS: readonly (keyof RunConfig)[] = ['styleBias', 'skills'];

function onData({ arm, settings }: ArmResult): Pick<ArmRow, 'data' | 'method'> {
  const others = Object.entries(settings).filter(([name]) => !DATA_SETTINGS.some((one) => one === name));
  return {
    data: JSON.stringify(DATA_SETTINGS.map((name) => settings[name] ?? null)),
    method: variantId(arm, Object.fromEntries(others)),
  };
}

/** Of a variant in one place: a label takes a tenth of a millisecond. */
const labels = new Map<string, string>();

function labelOf(id: string, result: ArmResult): string {
  const key = `${result.preset} ${result.family} ${id}`;
  const label = labels.get(key) ?? armLabel(result);
  labels.set(key, label);
  return label;
}

/** Labels round; where two rows would have the same one, their settings follow as they are. */
function distinctLabels(rows: readonly ArmRow[]): ArmRow[] {
  const count = new Map<string, number>();
  for (const { label } of rows) count.set(label, (count.get(label) ?? 0) + 1);
  return rows.map((row) => {
    if (count.get(row.label) === 1) return row;
    const settings: [string, string][] = JSON.parse(variantSettings(row.known[0]!.result.settings));
    return { ...row, label: `${row.label} (${settings.map(([name, value]) => `${name} ${value}`).join(', ')})` };
  });
}

const ARM_ORDER = Object.keys(ARM_DESCRIPTIONS);

/** By group, then as the arms are listed, the plain one before its variants. Labels are taken apart once, not at every comparison. */
function inGroups(rows: readonly ArmRow[]): ArmRow[] {
  const placed = rows.map((row) => ({
    row,
    place: [GROUPS.indexOf(row.group), ARM_ORDER.indexOf(row.arm), row.isPlain ? 0 : 1],
    parts: row.label.split(PARTS),
  }));
  placed.sort((a, b) => {
    for (let i = 0; i < a.place.length; i++) {
      const order = a.place[i]! - b.place[i]!;
      if (order !== 0) return order;
    }
    return compareParts(a.parts, b.parts);
  });
  return placed.map(({ row }) => row);
}

const PARTS = /(\d+(?:\.\d+)?)/;
const collator = new Intl.Collator('en');

/** “lr × 4” before “lr × 10”, and “lr × 0.12” before “lr × 0.3”. */
export const compareTexts = (a: string, b: string): number => compareParts(a.split(PARTS), b.split(PARTS));

/** Every other part is a number. */
function compareParts(first: readonly string[], second: readonly string[]): number {
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    const [one, other] = [first[i]!, second[i]!];
    if (one === other) continue;
    const order = i % 2 === 1 ? Number(one) - Number(other) : collator.compare(one, other);
    if (order !== 0) return order;
  }
  return first.length - second.length;
}

export interface Filter {
  /** null: all. */
  experiment: Experiment | null;
  group: ArmGroup | null;
  search: string;
  /** Arm labels. */
  hidden: readonly string[];
}

/** Variants of an experiment's plan. */
function plannedIds(experiment: Experiment, { family, preset }: Place): Set<string> {
  const jobs = experiment.plan({ preset, families: [family], seeds: [1] });
  return new Set(
    jobs.flatMap(({ kind, config }) => (kind === 'arm' ? [variantId(config.arm, configDifference(config))] : [])),
  );
}

/** The rows that the filter lets through; all words of the search must be in the label or the arm's description. */
export function filteredRows(rows: readonly ArmRow[], filter: Filter, place: Place): ArmRow[] {
  const planned = filter.experiment && plannedIds(filter.experiment, place);
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const hidden = new Set(filter.hidden);
  return rows.filter(({ id, arm, group, label }) => {
    if (hidden.has(label) || (planned && !planned.has(id)) || (filter.group && group !== filter.group)) return false;
    const text = `${label} ${arm} ${ARM_DESCRIPTIONS[arm].help}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export const armsOf = ({ known }: ArmRow): ArmResult[] => known.map(({ result }) => result);

/** Every seed that some row has, ascending. */
export const seedsOf = (rows: readonly ArmRow[]): number[] =>
  [...new Set(rows.flatMap(({ known }) => known.map(({ result }) => result.seed)))].sort((a, b) => a - b);

/** The row of that label; ALLO's or plain DPO's where it is gone, else the first. */
export function baselineRow(rows: readonly ArmRow[], label: string): ArmRow | null {
  const plain = (arm: Arm) => rows.find((row) => row.isPlain && row.arm === arm);
  return rows.find((row) => row.label === label) ?? plain('dpo-full') ?? plain('allo') ?? rows[0] ?? null;
}

/** The baseline of a row: the chosen one, or on other data of the family the same arm there; null where that has no results. */
export function baselinesOf(rows: readonly ArmRow[], baseline: ArmRow | null): (row: ArmRow) => ArmRow | null {
  const byData = new Map(rows.filter(({ method }) => method === baseline?.method).map((row) => [row.data, row]));
  return ({ data }) => byData.get(data) ?? null;
}
