// The Neurons view in the address: only what differs from the defaults is written; what cannot be used is named.

import { MASK_RULES } from '../core/masks/selectMask';
import { type AddressProblem, addressReader, oneOf, type Reader } from './addressReader';
import { FIRST_CHOICE, LAYER_NAMES, type LabChoice, MOST_KEPT, type NeuronsChoice } from './neuronsChoice';
import {
  bandReader,
  nameReader,
  parsePictures,
  pictureParameters,
  scopesReader,
  scopeWithout,
  unless,
  withoutText,
  written,
} from './pictureAddress';

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

const rule: Reader<LabChoice['rule']> = oneOf(MASK_RULES);

/** "most 0-5", "random 0-10 embeddings norms": rule, band and what is left out. */
export const labText = (lab: LabChoice): string =>
  `${lab.rule} ${lab.lower}-${lab.upper} ${withoutText(lab.scope)}`.trim();

const lab: Reader<LabChoice> = (text) => {
  const [ruleText = '', bandText = '', ...rest] = text.split(' ');
  const [of, edges, left] = [rule(ruleText), bandReader(bandText), scopesReader(rest.join(' '))];
  return of && edges && left ? { rule: of, lower: edges[0], upper: edges[1], scope: scopeWithout(left) } : null;
};

const labs: Reader<LabChoice[]> = (text) => {
  const all = text.split(';').map(lab);
  const read = all.filter((one) => one !== null);
  return read.length === all.length && read.length <= MOST_KEPT ? read : null;
};

/** Never throws. `problems`: one sentence for each value that was left out. */
export function parseChoice(given: Readonly<Partial<Record<Parameter, string>>>): {
  choice: NeuronsChoice;
  problems: AddressProblem[];
} {
  const { read, problems } = addressReader(given);
  const first = FIRST_CHOICE;
  const layer = read('layer', oneOf(LAYER_NAMES), 'layer of the picture') ?? first.layer;
  const labRule = read('rule', rule, 'rule of the mask lab') ?? first.lab.rule;
  const edges = read('band', bandReader, 'band of percentages such as 0-5');
  const left = read('without', scopesReader, 'list of tensors to leave out') ?? [];
  return {
    choice: {
      ...parsePictures(read, given),
      layer,
      lab: {
        rule: labRule,
        lower: edges?.[0] ?? first.lab.lower,
        upper: edges?.[1] ?? first.lab.upper,
        scope: scopeWithout(left),
      },
      kept: read('kept', labs, `list of up to ${MOST_KEPT} masks such as most 0-5;random 0-5 norms`) ?? first.kept,
      pair: { a: read('a', nameReader, 'name of a mask'), b: read('b', nameReader, 'name of a mask') },
    },
    problems,
  };
}

/** The parameters that differ from the defaults. */
export function choiceParameters(choice: NeuronsChoice): [Parameter, string][] {
  const { lab, pair } = choice;
  const first = FIRST_CHOICE;
  return written(PARAMETERS, {
    ...pictureParameters(choice),
    layer: unless(choice.layer, first.layer),
    rule: unless(lab.rule, first.lab.rule),
    band: unless(`${lab.lower}-${lab.upper}`, `${first.lab.lower}-${first.lab.upper}`),
    without: withoutText(lab.scope) || null,
    kept: choice.kept.length > 0 ? choice.kept.map(labText).join(';') : null,
    a: pair.a,
    b: pair.b,
  });
}
