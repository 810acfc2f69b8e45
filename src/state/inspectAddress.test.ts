import { describe, expect, it } from 'vitest';
import { inspectParameters, parseInspect } from './inspectAddress';
import { FIRST_INSPECT_CHOICE, type InspectChoice } from './inspectChoice';
import { FIRST_CHOICE } from './neuronsChoice';
import { formatUrl, parseUrl } from './urlState';

/** Everything differs from the defaults. */
const FULL: InspectChoice = {
  look: {
    tensor: 'model.layers.1.mlp.up_proj.weight',
    layer: 'second',
    statistic: 'any',
    order: 'density',
    filter: 'q_proj & co.',
    ownDomains: true,
    pair: { a: 'most 0-5', b: 'mask' },
    scale: { kind: 'symlog', clip: '1-99', ends: { low: -1e-38, high: 0.0078124, threshold: 1e-7 }, locked: true },
    place: { row: 211.5, column: 16.25, pixelsARow: 12, pixelsAColumn: 0.3333 },
    cell: { row: 211, column: 17 },
  },
  options: { rule: 'least', lower: 2.5, upper: 10, scope: { embeddings: false, norms: true, head: false } },
  files: { before: 'base & co.safetensors', after: 'ö.bin and 1 more', mask: 'lper0_rper5.bin', second: 'two.pt' },
};

describe('the Inspect view in the address', () => {
  it('goes out whole and comes back the same, only where it differs and only there', () => {
    const { config } = parseUrl('?preset=tiny');
    const text = formatUrl(config, 'inspect', { inspect: FULL, neurons: { ...FIRST_CHOICE, tensor: 'other' } });
    expect(parseUrl(text)).toMatchObject({ problems: [], view: 'inspect', config, neurons: FIRST_CHOICE });
    expect(parseUrl(text).inspect).toEqual(FULL);
    expect(formatUrl(config, 'run', { inspect: FULL })).toBe('?preset=tiny');
    expect(formatUrl(config, 'inspect', { inspect: FIRST_INSPECT_CHOICE })).toBe('?preset=tiny&view=inspect');
    expect(inspectParameters(FULL)).toHaveLength(21);
    expect(text).toContain('&before-file=base+%26+co.safetensors&');
  });

  it('belongs to its own view: the same words mean Neurons there', () => {
    const text = '?view=neurons&layer=overlay&band=1-2&before-file=a';
    expect(parseUrl(text).inspect).toEqual(FIRST_INSPECT_CHOICE);
    expect(parseUrl(text).neurons).toMatchObject({ layer: 'overlay', lab: { lower: 1, upper: 2 } });
    const ofInspect = parseUrl('?layer=file&view=inspect');
    expect([ofInspect.inspect.look.layer, ofInspect.neurons, ofInspect.problems]).toEqual(['file', FIRST_CHOICE, []]);
  });

  it.each([
    ['layer', 'forgetting'],
    ['rule', 'random'],
    ['band', '9-3'],
    ['without', 'toes'],
    ['after-file', ''],
    ['cell', '1'],
  ] as const)('names %s=%s and takes the default', (field, value) => {
    const { choice, problems } = parseInspect({ [field]: value });
    expect(choice).toEqual(FIRST_INSPECT_CHOICE);
    expect(problems.map((problem) => problem.field)).toEqual([field]);
  });
});
