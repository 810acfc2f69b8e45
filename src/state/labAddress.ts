// The lab's choice in the address: experiment, family, scope, baseline, what is hidden, the open guided experiment. Only what differs from
// the defaults is written; what cannot be used is named.
import { ARM_DESCRIPTIONS } from '../core/arms';
import { FAMILIES, PRESETS } from '../core/config';
import { FIELDS } from '../core/fields';
import { EXPERIMENT_IDS } from '../core/study/experiment';
import { type AddressProblem, addressReader, oneOf } from './addressReader';
import type { LabChoice } from './labState';

export const FIRST_LAB: LabChoice = {
  experiment: 'frontier',
  family: 'math',
  scope: { preset: 'default', families: ['math'], seeds: [1] },
  baseline: ARM_DESCRIPTIONS['dpo-full'].label,
  hidden: [],
  guided: null,
};

const PARAMETERS = ['experiment', 'of', 'scope', 'families', 'seeds', 'baseline', 'hide-arms', 'guided'] as const;
type Parameter = (typeof PARAMETERS)[number];
export const isLabParameter = (name: string): name is Parameter => (PARAMETERS as readonly string[]).includes(name);

const MOST_SEEDS = 20;
const MOST_HIDDEN = 100;
/** Of an arm's label. */
const LONGEST_LABEL = 200;

const label = (text: string): string | null => (text.trim() !== '' && text.length <= LONGEST_LABEL ? text : null);

/** Parted by spaces, each once. null: one of them is none, or there is none. */
function list<T>(text: string, read: (part: string) => T | null, most: number): T[] | null {
  const parts = [...new Set(text.split(' ').filter((part) => part !== ''))];
  const values = parts.map(read).filter((value) => value !== null);
  return parts.length > 0 && parts.length <= most && values.length === parts.length ? values : null;
}

function seed(text: string): number | null {
  const field = FIELDS.seed;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  return field.kind === 'number' && value >= field.min && value <= field.max ? value : null;
}

function labels(text: string): string[] | null {
  const read = text.split(';').map(label);
  const known = read.filter((one) => one !== null);
  return known.length === read.length && read.length <= MOST_HIDDEN ? known : null;
}

/** “random-ten”, or “random-ten same” with the guess that was made. */
function guided(text: string): LabChoice['guided'] {
  const [, id, guess] = /^([a-z0-9-]{1,40})(?: ([a-z0-9-]{1,40}))?$/.exec(text) ?? [];
  return id === undefined ? null : { id, guess: guess ?? null };
}

/** Never throws. `problems`: one sentence for each value that was left out. */
export function parseLab(given: Readonly<Partial<Record<Parameter, string>>>): {
  choice: LabChoice;
  problems: AddressProblem[];
} {
  const { read, problems } = addressReader(given);
  const { scope } = FIRST_LAB;
  const families = (text: string) => list(text, oneOf(FAMILIES), FAMILIES.length);
  return {
    choice: {
      experiment:
        read('experiment', oneOf(EXPERIMENT_IDS), `experiment (${EXPERIMENT_IDS.join(', ')})`) ?? FIRST_LAB.experiment,
      family: read('of', oneOf(FAMILIES), `family (${FAMILIES.join(', ')})`) ?? FIRST_LAB.family,
      scope: {
        preset: read('scope', oneOf(PRESETS), `preset (${PRESETS.join(', ')})`) ?? scope.preset,
        families: read('families', families, `list of families such as “${FAMILIES.join(' ')}”`) ?? scope.families,
        seeds: read('seeds', (text) => list(text, seed, MOST_SEEDS), 'list of seeds such as “1 2 3”') ?? scope.seeds,
      },
      baseline: read('baseline', label, 'label of an arm') ?? FIRST_LAB.baseline,
      hidden: read('hide-arms', labels, 'list of arms') ?? FIRST_LAB.hidden,
      guided: read('guided', guided, 'guided experiment'),
    },
    problems,
  };
}

/** The parameters that differ from the defaults. */
export function labParameters(choice: LabChoice): [Parameter, string][] {
  const texts = textsOf(choice);
  const first = textsOf(FIRST_LAB);
  return PARAMETERS.filter((parameter) => texts[parameter] !== first[parameter]).map((parameter) => [
    parameter,
    texts[parameter],
  ]);
}

const textsOf = ({
  experiment,
  family,
  scope,
  baseline,
  hidden,
  guided: open,
}: LabChoice): Record<Parameter, string> => ({
  ...{ experiment, baseline, of: family, scope: scope.preset },
  ...{ families: scope.families.join(' '), seeds: scope.seeds.join(' '), 'hide-arms': hidden.join(';') },
  guided: open ? [open.id, open.guess ?? ''].join(' ').trim() : '',
});
