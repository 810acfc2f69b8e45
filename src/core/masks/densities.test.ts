import { describe, expect, it } from 'vitest';
import { densityCsv, tensorDensities } from './densities';

describe('densities', () => {
  const specs = [
    { name: 'model.layers.2.mlp.up_proj.weight', shape: [2, 2] },
    { name: 'odd, "name"', shape: [3] },
    { name: 'model.norm.weight', shape: [2] },
  ];
  const mask = new Map([
    [specs[0]!.name, Uint8Array.of(1, 0, 0, 1)],
    [specs[1]!.name, Uint8Array.of(0, 0, 1)],
    [specs[2]!.name, Uint8Array.of(1, 0)],
  ]);

  it('ranks by density, equal ones together', () => {
    expect(tensorDensities(specs, mask).map(({ rank }) => rank)).toEqual([1, 3, 1]);
    expect(() => tensorDensities(specs, new Map())).toThrow('has no tensor "model.layers.2');
  });

  it('writes CSV with quoted names', () => {
    expect(densityCsv(tensorDensities(specs, mask))).toBe(
      [
        'tensor,kind,layer,rows,columns,selected,density,rank',
        'model.layers.2.mlp.up_proj.weight,up,2,2,2,2,0.5,1',
        '"odd, ""name""",other,,1,3,1,0.3333333333333333,3',
        'model.norm.weight,norm,,1,2,1,0.5,1',
        '',
      ].join('\r\n'),
    );
  });
});
