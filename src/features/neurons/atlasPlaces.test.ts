import { describe, expect, it } from 'vitest';
import type { TensorSpec } from '../../core/model/config';
import { listed } from './atlasOrder';
import { atlasPlaces } from './atlasPlaces';

const spec = (name: string): TensorSpec => ({ name, shape: [4, 4] });
const specs = [
  'model.embed_tokens.weight',
  'model.layers.0.self_attn.q_proj.weight',
  'model.layers.0.self_attn.q_proj.bias',
  'model.layers.0.self_attn.k_proj.weight',
  'model.layers.1.self_attn.q_proj.weight',
  'model.layers.1.self_attn.k_proj.weight',
  'model.norm.weight',
].map(spec);
const size = { width: 100, height: 40 };

describe('the atlas as a picture', () => {
  it('has layers as rows and kinds as columns, biases under their weights', () => {
    const { tensors, rows, width, height } = atlasPlaces(
      specs,
      'layer',
      () => size,
      () => ['5 %'],
    );
    // Two lines of 14 under 40 pixels, 16 between: 84 a row, and 168 where a bias stands below.
    expect(tensors.map(({ spec: { name }, x, y }) => [name.replace('model.', ''), x, y])).toEqual([
      ['embed_tokens.weight', 0, 0],
      ['layers.0.self_attn.q_proj.weight', 0, 84],
      ['layers.0.self_attn.q_proj.bias', 0, 168],
      ['layers.0.self_attn.k_proj.weight', 116, 84],
      ['layers.1.self_attn.q_proj.weight', 0, 252],
      ['layers.1.self_attn.k_proj.weight', 116, 252],
      ['norm.weight', 0, 336],
    ]);
    expect(rows).toEqual([
      { at: 34, text: 'before' },
      { at: 160, text: 'layer 0' },
      { at: 286, text: 'layer 1' },
      { at: 370, text: 'after' },
    ]);
    expect([width, height]).toEqual([216, 404]);
    expect(tensors[1]!.lines).toEqual(['q_proj', '5 %']);
  });

  it('is a list that wraps in every other order, with the layer in the name', () => {
    const wide = { width: 400, height: 40 };
    const { tensors, rows } = atlasPlaces(
      specs.slice(1, 5),
      'kind',
      () => wide,
      () => [],
    );
    expect(tensors.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [416, 0],
      [0, 70],
      [416, 70],
    ]);
    expect([rows, tensors[0]!.lines]).toEqual([[], ['layer 0 q_proj']]);
  });

  it('shows what the filter names, by density where that is asked for', () => {
    const rows = new Map(specs.map(({ name }, i) => [name, { density: i / 16 }]));
    const names = (order: 'layer' | 'kind' | 'density', filter: string) =>
      listed(specs, order, filter, rows).map(({ name }) => specs.findIndex((one) => one.name === name));
    expect(names('layer', ' Q_PROJ ')).toEqual([1, 2, 4]);
    expect(names('density', 'layers.1')).toEqual([5, 4]);
    expect(names('kind', '_proj.weight')).toEqual([1, 4, 3, 5]);
    expect(names('layer', 'nothing')).toEqual([]);
  });
});
