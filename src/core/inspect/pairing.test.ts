import { describe, expect, it } from 'vitest';
import { type MemoryTensor, memoryCheckpoint } from '../../testing/memoryCheckpoint';
import { pairCheckpoints } from './pairing';

const EMBEDDING = 'model.embed_tokens.weight';
const NORM = 'model.norm.weight';
const HEAD = 'lm_head.weight';

const tensor = (name: string, more: Partial<MemoryTensor> = {}): MemoryTensor => {
  const shape = more.shape ?? [2, 2];
  const values = new Array<number>(shape.reduce((product, extent) => product * extent, 1)).fill(0);
  return { name, dtype: 'F32', shape, values, ...more };
};
const open = (...tensors: MemoryTensor[]) => memoryCheckpoint('x', tensors);
const tiedHead = tensor(HEAD, { sameAs: EMBEDDING });

describe('pairCheckpoints', () => {
  it('pairs by name in the order of the first, and lists all that has no partner', () => {
    const { pairs, tied, problems } = pairCheckpoints(
      open(
        tensor(NORM),
        tensor('gone'),
        tensor('a'),
        tensor('reshaped'),
        tensor('mask', { dtype: 'BOOL' }),
        tensor('b'),
      ),
      open(
        ...[tensor('b', { dtype: 'BF16' }), tensor('reshaped', { shape: [4] }), tensor('new'), tensor('a')],
        ...[tensor('mask', { dtype: 'BOOL' }), tensor(NORM, { dtype: 'F64' })],
      ),
      { embeddings: true, norms: false, head: true },
    );
    expect(pairs.map(({ name, inScope, after }) => [name, inScope, after.dtype])).toEqual([
      [NORM, false, 'F64'],
      ['a', true, 'F32'],
      ['b', true, 'BF16'],
    ]);
    expect(tied).toEqual([]);
    expect(problems).toEqual([
      { name: 'gone', problem: 'missing', before: [2, 2], after: null, detail: 'is not in the second checkpoint' },
      { name: 'reshaped', problem: 'shape', before: [2, 2], after: [4], detail: 'is [2, 2] before and [4] after' },
      {
        ...{ name: 'mask', problem: 'type', before: [2, 2], after: [2, 2] },
        detail: 'holds BOOL; only F32, F16, BF16 and F64 are compared',
      },
      { name: 'new', problem: 'extra', before: null, after: [2, 2], detail: 'is not in the first checkpoint' },
    ]);
  });

  it('counts tied tensors once, whichever file lists them', () => {
    const embedding = tensor(EMBEDDING);
    const cases: [MemoryTensor[], MemoryTensor[]][] = [
      [
        [embedding, tiedHead],
        [embedding, tiedHead],
      ],
      [[embedding, tiedHead], [embedding]],
      [[embedding], [embedding, tiedHead]],
    ];
    for (const [before, after] of cases) {
      const { pairs, tied, problems } = pairCheckpoints(open(...before), open(...after));
      expect(pairs.map(({ name }) => name)).toEqual([EMBEDDING]);
      expect(tied).toEqual([{ name: HEAD, sameAs: EMBEDDING }]);
      expect(problems).toEqual([]);
    }
  });

  it('counts a head that is tied in one file only as a tensor of its own', () => {
    const { pairs, tied } = pairCheckpoints(open(tensor(EMBEDDING), tiedHead), open(tensor(EMBEDDING), tensor(HEAD)));
    expect(pairs.map(({ name }) => name)).toEqual([EMBEDDING, HEAD]);
    expect(tied).toEqual([]);
  });

  it('pairs by the name that the second file kept of two tied ones', () => {
    const { pairs, tied, problems } = pairCheckpoints(open(tensor(EMBEDDING), tiedHead), open(tensor(HEAD)));
    expect(pairs.map(({ name }) => name)).toEqual([HEAD]);
    expect(tied).toEqual([{ name: EMBEDDING, sameAs: HEAD }]);
    expect(problems).toEqual([]);
  });

  it('takes names that objects have of themselves', () => {
    const names = ['__proto__', 'constructor', 'toString'].map((name) => tensor(name));
    const { pairs, problems } = pairCheckpoints(open(...names), open(...names.slice(1)));
    expect(pairs.map(({ name }) => name)).toEqual(['constructor', 'toString']);
    expect(problems.map(({ name }) => name)).toEqual(['__proto__']);
  });
});
