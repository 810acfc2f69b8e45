// The Neurons view in the address: only what differs from the defaults is written; what cannot be used is named.

import { MASK_RULES } from '../core/masks/selectMask';
import type { MaskScope } from '../core/masks/tensorKinds';
import { type AddressProblem, addressReader, oneOf, type Reader } from './addressReader';
import {
  CLIP_NAMES,
  FIRST_CHOICE,
  LAYER_NAMES,
  type LabChoice,
  MOST_KEPT,
  type NeuronsChoice,
  ORDERS,
  SPREADS,
} from './neuronsChoice';

const PARAMETERS = [
  'tensor',
  'layer',
  'rule',
  'band',
  'without',
  'kept',
  'statistic',
  'order',
  'filter',
  'domains',
  'a',
  'b',
  'spread',
  'clip',
  'ends',
  'lock',
  'place',
  'cell',
] as const;
type Parameter = (typeof PARAMETERS)[number];
export const isChoiceParameter = (name: string): name is Parameter => (PARAMETERS as readonly string[]).includes(name);

const SCOPES = ['embeddings', 'norms', 'head'] as const satisfies readonly (keyof MaskScope)[];
const STATISTICS = ['any', 'mean', 'peak'] as const;
/** A tensor's, a run's or a file's name, as far as anything reads it. */
const LONGEST_NAME = 200;
/** CSS pixels an entry: far above what any window takes. */
const MOST_PIXELS = 10_000;

const numbers =
  (count: number, fits: (values: readonly number[]) => boolean): Reader<number[]> =>
  (text) => {
    const parts = text.split(' ');
    const values = parts.map(Number);
    return values.length === count && !parts.includes('') && values.every(Number.isFinite) && fits(values)
      ? values
      : null;
  };

const name: Reader<string> = (text) => text.slice(0, LONGEST_NAME) || null;

const band: Reader<[number, number]> = (text) => {
  const parts = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text);
  if (!parts) return null;
  const [lower, upper] = [Number(parts[1]), Number(parts[2])];
  return lower <= upper && upper <= 100 ? [lower, upper] : null;
};

const scopes: Reader<readonly string[]> = (text) => {
  const parts = text.split(' ').filter((part) => part !== '');
  return parts.every((part) => (SCOPES as readonly string[]).includes(part)) ? parts : null;
};

const rule: Reader<LabChoice['rule']> = oneOf(MASK_RULES);

const scopeWithout = (left: readonly string[]): MaskScope => ({
  embeddings: !left.includes('embeddings'),
  norms: !left.includes('norms'),
  head: !left.includes('head'),
});

const without = ({ scope }: LabChoice): string => SCOPES.filter((part) => !scope[part]).join(' ');

/** "most 0-5", "random 0-10 embeddings norms": rule, band and what is left out. */
export const labText = (lab: LabChoice): string => `${lab.rule} ${lab.lower}-${lab.upper} ${without(lab)}`.trim();

const lab: Reader<LabChoice> = (text) => {
  const [ruleText = '', bandText = '', ...rest] = text.split(' ');
  const [of, edges, left] = [rule(ruleText), band(bandText), scopes(rest.join(' '))];
  return of && edges && left ? { rule: of, lower: edges[0], upper: edges[1], scope: scopeWithout(left) } : null;
};

const labs: Reader<LabChoice[]> = (text) => {
  const all = text.split(';').map(lab);
  const read = all.filter((one) => one !== null);
  return read.length === all.length && read.length <= MOST_KEPT ? read : null;
};

const isIndex = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Never throws. `problems`: one sentence for each value that was left out. */
export function parseChoice(given: Readonly<Partial<Record<Parameter, string>>>): {
  choice: NeuronsChoice;
  problems: AddressProblem[];
} {
  const { read, problems } = addressReader(given);
  const first = FIRST_CHOICE;
  const layer = read('layer', oneOf(LAYER_NAMES), 'layer of the picture') ?? first.layer;
  const labRule = read('rule', rule, 'rule of the mask lab') ?? first.lab.rule;
  const edges = read('band', band, 'band of percentages such as 0-5');
  const left = read('without', scopes, 'list of tensors to leave out') ?? [];
  const place = read(
    'place',
    numbers(
      4,
      ([row, column, ...pixels]) =>
        row! >= 0 && column! >= 0 && pixels.every((size) => size > 0 && size <= MOST_PIXELS),
    ),
    'place in a matrix: row, column and pixels of both',
  );
  const cell = read(
    'cell',
    numbers(2, ([row, column]) => isIndex(row!) && isIndex(column!)),
    'row and column of a cell',
  );
  return {
    choice: {
      tensor: read('tensor', name, 'name of a tensor'),
      layer,
      lab: {
        rule: labRule,
        lower: edges?.[0] ?? first.lab.lower,
        upper: edges?.[1] ?? first.lab.upper,
        scope: scopeWithout(left),
      },
      kept: read('kept', labs, `list of up to ${MOST_KEPT} masks such as most 0-5;random 0-5 norms`) ?? first.kept,
      statistic: read('statistic', oneOf(STATISTICS), 'way to tell a block of cells') ?? first.statistic,
      order: read('order', oneOf(ORDERS), 'order of the tensors') ?? first.order,
      filter: given.filter?.slice(0, LONGEST_NAME) ?? first.filter,
      ownDomains: read('domains', oneOf(['own', 'all']), 'choice of domains: own or all') === 'own',
      pair: { a: read('a', name, 'name of a mask'), b: read('b', name, 'name of a mask') },
      scale: parseScale(read),
      place: place && { row: place[0]!, column: place[1]!, pixelsARow: place[2]!, pixelsAColumn: place[3]! },
      cell: cell && { row: cell[0]!, column: cell[1]! },
    },
    problems,
  };
}

function parseScale(read: <T>(field: Parameter, reader: Reader<T>, what: string) => T | null): NeuronsChoice['scale'] {
  const first = FIRST_CHOICE.scale;
  const kind = read('spread', oneOf(SPREADS), 'spread of the colours') ?? first.kind;
  const clip = read('clip', oneOf(CLIP_NAMES), 'share of values to leave outside') ?? first.clip;
  const fits = ([low, high, threshold]: readonly number[]): boolean =>
    low! <= high! && threshold! > 0 && (kind !== 'log' || low! > 0);
  const what = kind === 'log' ? 'pair of ends above 0 with a threshold' : 'pair of ends with a threshold above 0';
  const ends = read('ends', numbers(3, fits), what);
  const locks: Reader<boolean> = (text) => (text === '1' && ends !== null ? true : null);
  const locked = read('lock', locks, ends ? 'lock (1)' : 'lock: there are no ends to hold') ?? first.locked;
  return { kind, clip, ends: ends && { low: ends[0]!, high: ends[1]!, threshold: ends[2]! }, locked };
}

/** The parameters that differ from the defaults. */
export function choiceParameters(choice: NeuronsChoice): [Parameter, string][] {
  const { lab, scale, place, cell, pair } = choice;
  const first = FIRST_CHOICE;
  const unless = (value: string, usual: string): string | null => (value === usual ? null : value);
  const all: Record<Parameter, string | null> = {
    tensor: choice.tensor,
    layer: unless(choice.layer, first.layer),
    rule: unless(lab.rule, first.lab.rule),
    band: unless(`${lab.lower}-${lab.upper}`, `${first.lab.lower}-${first.lab.upper}`),
    without: without(lab) || null,
    kept: choice.kept.length > 0 ? choice.kept.map(labText).join(';') : null,
    statistic: unless(choice.statistic, first.statistic),
    order: unless(choice.order, first.order),
    filter: unless(choice.filter, first.filter),
    domains: choice.ownDomains ? 'own' : null,
    a: pair.a,
    b: pair.b,
    spread: unless(scale.kind, first.scale.kind),
    clip: unless(scale.clip, first.scale.clip),
    ends: scale.ends && `${scale.ends.low} ${scale.ends.high} ${scale.ends.threshold}`,
    lock: scale.locked && scale.ends ? '1' : null,
    place: place && [place.row, place.column, place.pixelsARow, place.pixelsAColumn].join(' '),
    cell: cell && `${cell.row} ${cell.column}`,
  };
  return PARAMETERS.flatMap((parameter) => {
    const value = all[parameter];
    return value === null ? [] : [[parameter, value] as [Parameter, string]];
  });
}
