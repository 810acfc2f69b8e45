// Groups counted from files beside the same groups in memory.
import { describe, expect, it } from 'vitest';
import { readDeltas } from '../../testing/checkpointPairs';
import { memoryCheckpoint } from '../../testing/memoryCheckpoint';
import { type GroupRow, groupRow, rankGroups, takeGroups } from '../masks/groups';
import { maskSource } from '../masks/source';
import { EVERYTHING } from '../masks/tensorKinds';
import { type ModelConfig, tensorSpecs } from '../model/config';
import { createRng, type Rng } from '../rng';
import { pairCheckpoints } from './pairing';
import { headPairing, MOST_GROUPS, streamGroups } from './streamGroups';
import { streamSelect } from './streamSelect';

const LLAMA: ModelConfig = {
  ...{ architecture: 'llama', vocabularySize: 23, width: 12, layers: 2, heads: 3, kvHeads: 1, mlpWidth: 20 },
  ...{ normEpsilon: 1e-5, ropeTheta: 10000, tiedHead: true, attentionBias: true, maxPositions: 8 },
};
const MODELS: readonly ModelConfig[] = [LLAMA, { ...LLAMA, architecture: 'gpt2', kvHeads: 3 }];
const DTYPES = ['F32', 'BF16', 'F16'] as const;

async function randomModel(rng: Rng, model: ModelConfig) {
  const isGrid = rng.int(2) === 0;
  const change = () => (isGrid ? (rng.int(5) - 2) / 64 : rng.normal() / 100);
  const before = tensorSpecs(model).map((spec) => {
    const size = spec.shape.reduce((product, extent) => product * extent, 1);
    const values = Float32Array.from({ length: size }, () => (rng.int(17) - 8) / 16);
    return { ...spec, dtype: rng.pick(DTYPES), values };
  });
  const after = before.map((tensor) => ({ ...tensor, values: tensor.values.map((value) => value + change()) }));
  return [memoryCheckpoint('before', before), memoryCheckpoint('after', after)] as const;
}

describe('streamGroups', () => {
  it('gives the rows of the same changes in memory, and their squares', async () => {
    const rng = createRng(41, 'stream groups');
    for (let round = 0; round < 8; round++) {
      const model = rng.pick(MODELS);
      const [before, after] = await randomModel(rng, model);
      const scope = { ...EVERYTHING, embeddings: rng.int(3) > 0, norms: rng.int(3) > 0 };
      const upper = rng.pick([0, 0.5, 5, 33, 100]);
      const pairing = pairCheckpoints(before, after, scope);
      const headWidth = rng.int(3) > 0 ? model.width / model.heads : null;
      const options = { chunkBytes: rng.pick([200, 1 << 12, 1 << 20]) };
      const rule = { lower: 0, upper, order: 'most' as const };
      const single = await streamSelect(pairing, rule, options);
      const ofHeads = headWidth && (await streamSelect(headPairing(pairing, headWidth), rule, options));
      const { rows, squares } = await streamGroups(single, ofHeads || null, headWidth, options);

      const deltas = await readDeltas(before, after);
      const specs = tensorSpecs(model);
      const source = maskSource(specs, new Map(deltas.map(({ name, values }) => [name, values])));
      const expected = (headWidth ? (['output', 'input', 'head'] as const) : (['output', 'input'] as const)).map(
        (by): GroupRow => {
          const taken = takeGroups(rankGroups(source, { by, model, scope }), upper);
          return groupRow(taken, taken.overlap);
        },
      );
      expect(rows).toEqual(expected);
      const inMemory = source.index('update', scope).squares();
      expect(squares.findIndex((sum, bin) => sum !== inMemory[bin])).toBe(-1);
    }
  });

  it('refuses other selections, and more groups than fit', async () => {
    const rng = createRng(43, 'refusals');
    const pairing = pairCheckpoints(...(await randomModel(rng, LLAMA)));
    for (const rule of [
      { lower: 1, upper: 5, order: 'most' as const },
      { lower: 0, upper: 5, order: 'least' as const },
    ]) {
      await expect(streamGroups(await streamSelect(pairing, rule), null, null)).rejects.toThrow(/most changed/);
    }
    const [first] = pairing.pairs;
    const many = { ...pairing, pairs: [{ ...first!, shape: [MOST_GROUPS, 2], size: 2 * MOST_GROUPS }] };
    expect(() => headPairing(many, null)).toThrow(/6000002 rows, columns and heads; up to 6000000/);
  });
});
