// The Inspect view in the address: only what differs from the defaults is written, files by their names; what cannot be used is named.
import type { CheckpointRole } from '../worker/inspectProtocol';
import { type AddressProblem, addressReader, oneOf } from './addressReader';
import { FIRST_INSPECT_CHOICE, INSPECT_LAYERS, type InspectChoice } from './inspectChoice';
import {
  bandReader,
  nameReader,
  PICTURE_PARAMETERS,
  parsePictures,
  pictureParameters,
  scopesReader,
  scopeWithout,
  unless,
  withoutText,
  written,
} from './pictureAddress';

const FILES = {
  before: 'before-file',
  after: 'after-file',
  mask: 'mask-file',
  second: 'second-file',
} as const satisfies Record<CheckpointRole, string>;

const PARAMETERS = [
  ...Object.values(FILES),
  ...(['layer', 'rule', 'band', 'without', 'a', 'b'] as const),
  ...PICTURE_PARAMETERS,
] as const;
type Parameter = (typeof PARAMETERS)[number];
export const isInspectParameter = (name: string): name is Parameter => (PARAMETERS as readonly string[]).includes(name);

/** Never throws. `problems`: one sentence for each value that was left out. */
export function parseInspect(given: Readonly<Partial<Record<Parameter, string>>>): {
  choice: InspectChoice;
  problems: AddressProblem[];
} {
  const { read, problems } = addressReader(given);
  const { look, options } = FIRST_INSPECT_CHOICE;
  const layer = read('layer', oneOf(INSPECT_LAYERS), 'layer of the picture') ?? look.layer;
  const rule = read('rule', oneOf(['most', 'least'] as const), 'rule: most or least') ?? options.rule;
  const edges = read('band', bandReader, 'band of percentages such as 0-5') ?? [options.lower, options.upper];
  const left = read('without', scopesReader, 'list of tensors to leave out') ?? [];
  const file = (role: CheckpointRole) => read(FILES[role], nameReader, 'name of a file');
  return {
    choice: {
      look: {
        ...parsePictures(read, given),
        layer,
        pair: { a: read('a', nameReader, 'name of a mask'), b: read('b', nameReader, 'name of a mask') },
      },
      options: { rule, lower: edges[0]!, upper: edges[1]!, scope: scopeWithout(left) },
      files: { before: file('before'), after: file('after'), mask: file('mask'), second: file('second') },
    },
    problems,
  };
}

/** The parameters that differ from the defaults. */
export function inspectParameters({ look, options, files }: InspectChoice): [Parameter, string][] {
  const first = FIRST_INSPECT_CHOICE;
  return written(PARAMETERS, {
    ...pictureParameters(look),
    'before-file': files.before,
    'after-file': files.after,
    'mask-file': files.mask,
    'second-file': files.second,
    layer: unless(look.layer, first.look.layer),
    rule: unless(options.rule, first.options.rule),
    band: unless(`${options.lower}-${options.upper}`, `${first.options.lower}-${first.options.upper}`),
    without: withoutText(options.scope) || null,
    a: look.pair.a,
    b: look.pair.b,
  });
}
