import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../core/masks/tensorKinds';
import { choiceParameters, parseChoice } from './neuronsAddress';
import { changeChoice, FIRST_CHOICE, type NeuronsChoice } from './neuronsChoice';
import { formatUrl, parseUrl } from './urlState';

/** Everything differs from the defaults. */
const FULL: NeuronsChoice = {
  tensor: 'model.layers.1.mlp.up_proj.weight',
  layer: 'overlay',
  lab: { rule: 'per-tensor', lower: 2.5, upper: 10, scope: { embeddings: false, norms: true, head: false } },
  kept: [
    { rule: 'random', lower: 0, upper: 5, scope: EVERYTHING },
    { rule: 'most', lower: 1, upper: 2.5, scope: { embeddings: false, norms: false, head: true } },
  ],
  statistic: 'any',
  order: 'density',
  filter: 'q_proj & co.',
  ownDomains: true,
  pair: { a: 'lab', b: 'quiet-otter: forgetting' },
  scale: {
    kind: 'symlog',
    clip: '1-99',
    ends: { low: -1.1754943508222875e-38, high: 0.0078124, threshold: 1e-7 },
    locked: true,
  },
  place: { row: 211.5, column: 16.25, pixelsARow: 12, pixelsAColumn: 0.3333 },
  cell: { row: 211, column: 17 },
};

describe('the Neurons view in the address', () => {
  it('goes out whole and comes back the same, only where it differs and only there', () => {
    const { config } = parseUrl('?preset=tiny');
    const text = formatUrl(config, 'neurons', { neurons: FULL });
    expect(parseUrl(text)).toMatchObject({ problems: [], view: 'neurons', config });
    expect(parseUrl(text).neurons).toEqual(FULL);
    expect(formatUrl(config, 'run', { neurons: FULL })).toBe('?preset=tiny');
    expect(formatUrl(config, 'neurons', { neurons: FIRST_CHOICE })).toBe('?preset=tiny&view=neurons');
    expect(choiceParameters(FULL)).toHaveLength(18);
    expect(text).toContain('&kept=random+0-5%3Bmost+1-2.5+embeddings+norms&');
    expect(text).toContain('&place=211.5+16.25+12+0.3333&cell=211+17');
  });

  it('names every value it cannot use and takes the default', () => {
    const bad: [string, string[]][] = [
      ['layer', ['skin']],
      ['rule', ['best']],
      ['band', ['9-3', '0-101', '5']],
      ['without', ['toes']],
      ['kept', ['', 'most', 'most 0-5;', 'most 5-0', 'best 0-5', 'most 0-5 toes', `${'most 0-1;'.repeat(5)}most 0-1`]],
      ['statistic', ['commonest', 'MEAN']],
      ['order', ['age']],
      ['domains', ['mine']],
      ['tensor', ['']],
      ['a', ['']],
      ['b', ['']],
      ['spread', ['cubic']],
      ['clip', ['manual', '2-98']],
      ['ends', ['1 0 1', '0 1', '0 1 0', '0 x 1', '0 1 Infinity', '0 1 1 1', '0  1']],
      ['lock', ['1', 'yes']],
      ['place', ['1 2 3', '-1 0 8 8', '0 0 0 8', '0 0 8 1e9', 'NaN 0 8 8']],
      ['cell', ['1', '1.5 2', '-1 0', '1 2 3', '1e300 0']],
    ];
    for (const [field, values] of bad) {
      for (const value of values) {
        const { neurons, problems } = parseUrl(`?${new URLSearchParams({ [field]: value })}`);
        expect(neurons, `${field}=${value}`).toEqual(FIRST_CHOICE);
        expect(problems.map((problem) => problem.field)).toEqual([field]);
        expect(problems[0]!.message).toContain(`“${value.slice(0, 40)}” is no `);
      }
    }
  });

  it('wants ends above 0 for a logarithm, and something to lock', () => {
    expect(parseChoice({ spread: 'log', ends: '0 1 0.1' }).problems.map(({ field }) => field)).toEqual(['ends']);
    const { choice, problems } = parseChoice({ spread: 'log', ends: '0.5 1 0.1', lock: '1' });
    expect([problems, choice.scale]).toEqual([
      [],
      { kind: 'log', clip: '0.1-99.9', ends: { low: 0.5, high: 1, threshold: 0.1 }, locked: true },
    ]);
    const open = parseChoice({ lock: '1' });
    expect([open.choice.scale.locked, open.problems[0]!.message]).toEqual([
      false,
      '“1” is no lock: there are no ends to hold; using the default.',
    ]);
  });

  it('cuts names of any length', () => {
    const { choice } = parseChoice({ tensor: 'x'.repeat(5000), filter: 'y'.repeat(5000), a: 'z'.repeat(5000) });
    expect([choice.tensor, choice.filter, choice.pair.a].map((text) => text?.length)).toEqual([200, 200, 200]);
  });
});

describe('a change of the Neurons view', () => {
  const zoomed: NeuronsChoice = { ...FULL, ownDomains: false, scale: { ...FULL.scale, locked: false } };

  it('shows another tensor whole and without cursor, the same one as it was', () => {
    expect(changeChoice(zoomed, { tensor: 'model.norm.weight' })).toMatchObject({ place: null, cell: null });
    expect(changeChoice(zoomed, { tensor: zoomed.tensor, order: 'kind' })).toEqual({ ...zoomed, order: 'kind' });
    const named = changeChoice(FIRST_CHOICE, { tensor: 'model.norm.weight', place: null, cell: { row: 0, column: 3 } });
    expect([named.tensor, named.cell]).toEqual(['model.norm.weight', { row: 0, column: 3 }]);
  });

  it('lets ends set by hand go with their values, unless they are locked', () => {
    expect(changeChoice(zoomed, { layer: 'size' }).scale).toEqual({ ...zoomed.scale, ends: null });
    expect(changeChoice(zoomed, { ownDomains: true }).scale.ends).toBeNull();
    expect(changeChoice(zoomed, { tensor: 'model.norm.weight' }).scale).toBe(zoomed.scale);
    const own = { ...zoomed, ownDomains: true };
    expect(changeChoice(own, { tensor: 'model.norm.weight' }).scale.ends).toBeNull();
    expect(
      changeChoice<NeuronsChoice>({ ...own, tensor: null }, { tensor: 'x', place: null, cell: FULL.cell }).scale,
    ).toBe(own.scale);
    const locked = { ...zoomed, scale: FULL.scale };
    expect(changeChoice(locked, { layer: 'size', tensor: 'x' }).scale).toBe(FULL.scale);
  });
});
