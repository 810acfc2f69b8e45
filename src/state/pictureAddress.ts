// What any view of pictures (Neurons, Inspect) has in the address: the tensor, its colours, window and cursor, and the band of a mask. Pure.

import type { MaskScope } from '../core/masks/tensorKinds';
import { oneOf, type Reader } from './addressReader';
import { CLIP_NAMES, FIRST_PICTURES, ORDERS, type PictureChoice, SPREADS } from './neuronsChoice';

export const PICTURE_PARAMETERS = [
  ...(['tensor', 'statistic', 'order', 'filter', 'domains'] as const),
  ...(['spread', 'clip', 'ends', 'lock', 'place', 'cell'] as const),
] as const;
export type PictureParameter = (typeof PICTURE_PARAMETERS)[number];

/** As addressReader.ts makes them. */
export type Read<P extends string> = <T>(field: P, reader: Reader<T>, what: string) => T | null;

const SCOPES = ['embeddings', 'norms', 'head'] as const satisfies readonly (keyof MaskScope)[];
const STATISTICS = ['any', 'mean', 'peak'] as const;
/** A tensor's, a run's or a file's name, as far as anything reads it. */
export const LONGEST_NAME = 200;
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

export const nameReader: Reader<string> = (text) => text.slice(0, LONGEST_NAME) || null;

/** "0-5". */
export const bandReader: Reader<[number, number]> = (text) => {
  const parts = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text);
  if (!parts) return null;
  const [lower, upper] = [Number(parts[1]), Number(parts[2])];
  return lower <= upper && upper <= 100 ? [lower, upper] : null;
};

/** "embeddings norms": what is left out. */
export const scopesReader: Reader<readonly string[]> = (text) => {
  const parts = text.split(' ').filter((part) => part !== '');
  return parts.every((part) => (SCOPES as readonly string[]).includes(part)) ? parts : null;
};

export const scopeWithout = (left: readonly string[]): MaskScope => ({
  embeddings: !left.includes('embeddings'),
  norms: !left.includes('norms'),
  head: !left.includes('head'),
});

export const withoutText = (scope: MaskScope): string => SCOPES.filter((part) => !scope[part]).join(' ');

const isIndex = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

export function parsePictures(
  read: Read<PictureParameter>,
  given: Readonly<Partial<Record<'filter', string>>>,
): PictureChoice {
  const first = FIRST_PICTURES;
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
    tensor: read('tensor', nameReader, 'name of a tensor'),
    statistic: read('statistic', oneOf(STATISTICS), 'way to tell a block of cells') ?? first.statistic,
    order: read('order', oneOf(ORDERS), 'order of the tensors') ?? first.order,
    filter: given.filter?.slice(0, LONGEST_NAME) ?? first.filter,
    ownDomains: read('domains', oneOf(['own', 'all']), 'choice of domains: own or all') === 'own',
    scale: parseScale(read),
    place: place && { row: place[0]!, column: place[1]!, pixelsARow: place[2]!, pixelsAColumn: place[3]! },
    cell: cell && { row: cell[0]!, column: cell[1]! },
  };
}

function parseScale(read: Read<PictureParameter>): PictureChoice['scale'] {
  const first = FIRST_PICTURES.scale;
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

/** The value, or null where it is the usual one. */
export const unless = (value: string, usual: string): string | null => (value === usual ? null : value);

/** What differs from the defaults; null elsewhere. */
export function pictureParameters(choice: PictureChoice): Record<PictureParameter, string | null> {
  const { scale, place, cell } = choice;
  const first = FIRST_PICTURES;
  return {
    tensor: choice.tensor,
    statistic: unless(choice.statistic, first.statistic),
    order: unless(choice.order, first.order),
    filter: unless(choice.filter, first.filter),
    domains: choice.ownDomains ? 'own' : null,
    spread: unless(scale.kind, first.scale.kind),
    clip: unless(scale.clip, first.scale.clip),
    ends: scale.ends && `${scale.ends.low} ${scale.ends.high} ${scale.ends.threshold}`,
    lock: scale.locked && scale.ends ? '1' : null,
    place: place && [place.row, place.column, place.pixelsARow, place.pixelsAColumn].join(' '),
    cell: cell && `${cell.row} ${cell.column}`,
  };
}

/** The parameters that have a value, in the order of `names`. */
export const written = <P extends string>(
  names: readonly P[],
  values: Readonly<Record<P, string | null>>,
): [P, string][] =>
  names.flatMap((name) => {
    const value = values[name];
    return value === null ? [] : [[name, value] as [P, string]];
  });
