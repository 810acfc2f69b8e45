// The Compare view in the address: only what differs from the defaults is written; what cannot be used is named. Family, baseline and hidden
// arms stand in the lab's parameters.
import { ARM_DESCRIPTIONS, type ArmGroup } from '../core/arms';
import { ARMS } from '../core/config';
import { EXPERIMENT_IDS } from '../core/study/experiment';
import { variantId } from '../core/study/variants';
import { type AddressProblem, addressReader, oneOf } from './addressReader';
import { type CompareChoice, FIRST_COMPARE } from './compareChoice';

const PARAMETERS = ['arms-of', 'arm-group', 'search', 'sort', 'grouping', 'columns', 'select'] as const;
type Parameter = (typeof PARAMETERS)[number];
export const isCompareParameter = (name: string): name is Parameter => (PARAMETERS as readonly string[]).includes(name);

const GROUPS = [...new Set(Object.values(ARM_DESCRIPTIONS).map(({ group }) => group))];
const LONGEST_SEARCH = 200;
/** Columns, or selected rows. */
const MOST = 100;
/** An empty list. */
const NONE = 'none';
const SEPARATOR = ';';

/** Each once; null when one of them cannot be read, or there are too many. */
function list(text: string, read: (part: string) => string | null): string[] | null {
  if (text === NONE) return [];
  const parts = text.split(SEPARATOR).map(read);
  const known = parts.filter((part) => part !== null);
  return known.length === parts.length && parts.length <= MOST ? [...new Set(known)] : null;
}

/** Which columns there are is the view's business: it passes over what it does not know. */
const column = (text: string): string | null =>
  /^[^;\s](?:[^;]{0,60}[^;\s])?$/u.test(text) && text !== NONE ? text : null;

/** “accuracy descending”; the column's name may have spaces. */
function sort(text: string): CompareChoice['sort'] {
  const [, name, direction] = /^(.+) (ascending|descending)$/su.exec(text) ?? [];
  const id = name === undefined ? null : column(name);
  return id === null ? null : { column: id, direction: direction as 'ascending' | 'descending' };
}

const isArm = oneOf(ARMS);

/** Reads “dpo-top10 improvingPercent 20 rateFactor 3.3”: the arm, then names and values of what differs from it. */
function rowId(text: string): string | null {
  try {
    const [arm, ...settings] = text.split(' ').map(decodeURIComponent);
    if (!isArm(arm!) || settings.length % 2 !== 0) return null;
    const pairs = settings.flatMap((name, i) => (i % 2 === 0 ? [[name, settings[i + 1]!] as const] : []));
    return variantId(arm!, Object.fromEntries(pairs));
  } catch {
    return null;
  }
}

/** Values hold neither spaces nor semicolons in the address: what has some is written with percent signs. */
function rowText(id: string): string {
  const at = id.indexOf(' ');
  const settings: [string, string][] = JSON.parse(id.slice(at + 1));
  return [id.slice(0, at), ...settings.flat().map(encodeURIComponent)].join(' ');
}

/** Never throws. `problems`: one sentence for each value that was left out. */
export function parseCompare(given: Readonly<Partial<Record<Parameter, string>>>): {
  choice: CompareChoice;
  problems: AddressProblem[];
} {
  const { read, problems } = addressReader(given);
  return {
    choice: {
      experiment: read('arms-of', oneOf(EXPERIMENT_IDS), `experiment (${EXPERIMENT_IDS.join(', ')})`),
      group: read('arm-group', oneOf<ArmGroup>(GROUPS), `group of arms (${GROUPS.join('; ')})`),
      search: read('search', (text) => (text.length <= LONGEST_SEARCH ? text : null), 'short search') ?? '',
      sort: read('sort', sort, 'order such as “accuracy descending”'),
      isGrouped: read('grouping', oneOf(['off', 'on']), 'grouping of arms: on or off') !== 'off',
      columns: read('columns', (text) => list(text, column), 'list of columns such as “accuracy;kl”'),
      selected: read('select', (text) => list(text, rowId), 'list of arms such as “allo;dpo-full rateFactor 3.3”'),
    },
    problems,
  };
}

/** The parameters that differ from the defaults. */
export function compareParameters(choice: CompareChoice): [Parameter, string][] {
  const { experiment, group, search, isGrouped, columns, selected } = choice;
  const all: Record<Parameter, string | null> = {
    'arms-of': experiment,
    'arm-group': group,
    search: search.slice(0, LONGEST_SEARCH) || null,
    sort: choice.sort && `${choice.sort.column} ${choice.sort.direction}`,
    grouping: isGrouped === FIRST_COMPARE.isGrouped ? null : 'off',
    columns: columns && listText(columns),
    select: selected && listText(selected.map(rowText)),
  };
  return PARAMETERS.flatMap((parameter) => {
    const value = all[parameter];
    return value === null ? [] : [[parameter, value] as [Parameter, string]];
  });
}

const listText = (parts: readonly string[]): string => parts.slice(0, MOST).join(SEPARATOR) || NONE;
