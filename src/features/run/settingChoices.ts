// Words of settings that depend on what is chosen: names and groups of the arms and methods, what the chosen one is, and what the paper
// or the method's authors take. Pure; everything else of a setting is in FIELDS.
import type { OptionGroup } from '../../components/fields/FieldControl';
import { ARM_DESCRIPTIONS } from '../../core/arms';
import { ARMS, type FieldName, METHODS, type RunConfig } from '../../core/config';
import { FIELDS } from '../../core/fields';
import type { Field } from '../../core/fields/field';
import { METHOD_DESCRIPTIONS } from '../../core/methods';

const ARM_GROUPS: readonly OptionGroup[] = [...new Set(ARMS.map((arm) => ARM_DESCRIPTIONS[arm].group))].map(
  (label) => ({
    label,
    options: ARMS.filter((arm) => ARM_DESCRIPTIONS[arm].group === label).map((value) => ({
      ...{ value, label: ARM_DESCRIPTIONS[value].label },
    })),
  }),
);
const METHOD_GROUPS: readonly OptionGroup[] = [
  { label: null, options: METHODS.map((value) => ({ value, label: METHOD_DESCRIPTIONS[value].label })) },
];

/** How the choices are named and grouped; undefined where they are as the field lists them. */
export function optionGroups(name: FieldName): readonly OptionGroup[] | undefined {
  if (name === 'arm') return ARM_GROUPS;
  return name === 'method' ? METHOD_GROUPS : undefined;
}

/** What the chosen arm or method is; null where the field's help says all. */
export function chosenText(name: FieldName, { arm, method }: Pick<RunConfig, 'arm' | 'method'>): string | null {
  if (name === 'arm') return ARM_DESCRIPTIONS[arm].help;
  return name === 'method' ? `Loss: ${METHOD_DESCRIPTIONS[method].loss}.` : null;
}

/** The field with the value of the paper or of the method's authors, where they have one for this method. */
export function fieldFor(name: FieldName, { method }: Pick<RunConfig, 'method'>): Field {
  const paper = METHOD_DESCRIPTIONS[method].paper[name];
  return paper === undefined ? FIELDS[name] : { ...FIELDS[name], paper };
}
