// What the Neurons view shows, as the address holds it: tensor, layer of the picture, options of the mask lab. Only what differs from
// the defaults is written; what cannot be used is named.

import { MASK_RULES, type MaskLabRule, type MaskOptions } from '../core/masks/selectMask';
import { EVERYTHING, type MaskScope } from '../core/masks/tensorKinds';

export const LAYER_NAMES = [
  'forgetting',
  'improving',
  'lab',
  'overlay',
  'size',
  'change',
  'gradient',
  'moment',
  'sft',
  'warmed-up',
  'forgotten',
  'improved',
] as const;
export type LayerName = (typeof LAYER_NAMES)[number];

export interface NeuronsChoice {
  /** null: the densest matrix. */
  tensor: string | null;
  layer: LayerName;
  lab: Pick<MaskOptions, 'rule' | 'lower' | 'upper' | 'scope'>;
}

export const FIRST_CHOICE: NeuronsChoice = {
  tensor: null,
  layer: 'forgetting',
  lab: { rule: 'most', lower: 0, upper: 5, scope: EVERYTHING },
};

export const CHOICE_PARAMETERS = ['tensor', 'layer', 'rule', 'band', 'without'] as const;
type Parameter = (typeof CHOICE_PARAMETERS)[number];
export const isChoiceParameter = (name: string): name is Parameter =>
  (CHOICE_PARAMETERS as readonly string[]).includes(name);

const isLayer = (name: string): name is LayerName => (LAYER_NAMES as readonly string[]).includes(name);
const isRule = (name: string): name is MaskLabRule => (MASK_RULES as readonly string[]).includes(name);
const SCOPES = ['embeddings', 'norms', 'head'] as const satisfies readonly (keyof MaskScope)[];

/** Never throws. `problems`: one sentence for each value that was left out. */
export function parseChoice(given: Readonly<Partial<Record<Parameter, string>>>): {
  choice: NeuronsChoice;
  problems: { field: string; message: string }[];
} {
  const problems: { field: string; message: string }[] = [];
  const refuse = (field: Parameter, what: string) =>
    problems.push({ field, message: `“${(given[field] ?? '').slice(0, 40)}” is no ${what}; using the default.` });
  const { layer, rule, band, without, tensor } = given;
  if (layer !== undefined && !isLayer(layer)) refuse('layer', 'layer of the picture');
  if (rule !== undefined && !isRule(rule)) refuse('rule', 'rule of the mask lab');
  const edges = band === undefined ? null : bandOf(band);
  if (band !== undefined && !edges) refuse('band', 'band of percentages such as 0-5');
  const left = without?.split(' ').filter((part) => part !== '') ?? [];
  if (left.some((part) => !(SCOPES as readonly string[]).includes(part)))
    refuse('without', 'list of tensors to leave out');
  const first = FIRST_CHOICE.lab;
  return {
    choice: {
      tensor: tensor?.slice(0, 200) ?? null,
      layer: layer !== undefined && isLayer(layer) ? layer : FIRST_CHOICE.layer,
      lab: {
        rule: rule !== undefined && isRule(rule) ? rule : first.rule,
        lower: edges?.[0] ?? first.lower,
        upper: edges?.[1] ?? first.upper,
        scope: {
          embeddings: !left.includes('embeddings'),
          norms: !left.includes('norms'),
          head: !left.includes('head'),
        },
      },
    },
    problems,
  };
}

function bandOf(text: string): [number, number] | null {
  const parts = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text);
  if (!parts) return null;
  const [lower, upper] = [Number(parts[1]), Number(parts[2])];
  return lower <= upper && upper <= 100 ? [lower, upper] : null;
}

/** The parameters that differ from the defaults. */
export function choiceParameters({ tensor, layer, lab }: NeuronsChoice): [Parameter, string][] {
  const left = SCOPES.filter((name) => !lab.scope[name]);
  const first = FIRST_CHOICE.lab;
  const all: [Parameter, string | null][] = [
    ['tensor', tensor],
    ['layer', layer === FIRST_CHOICE.layer ? null : layer],
    ['rule', lab.rule === first.rule ? null : lab.rule],
    ['band', lab.lower === first.lower && lab.upper === first.upper ? null : `${lab.lower}-${lab.upper}`],
    ['without', left.length > 0 ? left.join(' ') : null],
  ];
  return all.flatMap(([name, value]) => (value === null ? [] : [[name, value] as [Parameter, string]]));
}
