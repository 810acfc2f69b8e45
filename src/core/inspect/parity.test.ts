import { describe, expect, it } from 'vitest';
import { randomPair } from '../../testing/checkpointPairs';
import { memoryCheckpoint } from '../../testing/memoryCheckpoint';
import { FileError } from '../files/byteSource';
import type { Checkpoint, TensorDtype } from '../files/checkpoint';
import { fromFloat16Bits, roundToBfloat16, toFloat16Bits } from '../halfFloats';
import { compareWithReference } from '../masks/compareReference';
import type { TensorDelta } from '../masks/deltas';
import { selectNeurons } from '../masks/neuronMask';
import { type ReferenceMask, ReferenceMaskError, selectNeuronsReference } from '../masks/neuronMaskReference';
import { selectMask } from '../masks/selectMask';
import { maskSource } from '../masks/source';
import { EVERYTHING } from '../masks/tensorKinds';
import { createRng } from '../rng';
import { maskTensors } from './maskTensors';
import { pairCheckpoints } from './pairing';
import { bandOfFileName, maskParity } from './parity';
import { streamSelect } from './streamSelect';

/** Bits as a mask file like the script's. */
const maskFile = (deltas: readonly TensorDelta[], masks: readonly Uint8Array[], of: Checkpoint, dtype: TensorDtype) =>
  maskTensors(
    memoryCheckpoint(
      'mask',
      deltas.map(({ name }, i) => ({ name, dtype, shape: of.tensor(name).shape, values: masks[i]! })),
    ),
  );

/** The changes as the script has them: in the dtype of the checkpoints. */
const scriptDeltas = (deltas: readonly TensorDelta[], before: Checkpoint, after: Checkpoint): TensorDelta[] =>
  deltas.map(({ name, values }) => {
    const { dtype } = before.tensor(name);
    if (dtype !== after.tensor(name).dtype) return { name, values };
    if (dtype === 'BF16') return { name, values: values.map(roundToBfloat16) };
    if (dtype === 'F16') return { name, values: values.map((value) => fromFloat16Bits(toFloat16Bits(value))) };
    return { name, values };
  });

function referenceOrNull(...given: Parameters<typeof selectNeuronsReference>): ReferenceMask | null {
  try {
    return selectNeuronsReference(...given);
  } catch (error) {
    if (error instanceof ReferenceMaskError) return null;
    throw error;
  }
}

const differingOf = (a: readonly Uint8Array[], b: readonly Uint8Array[]): number =>
  a.reduce((sum, mask, t) => sum + mask.reduce((bits, bit, i) => bits + (bit === b[t]![i] ? 0 : 1), 0), 0);

describe('maskParity', () => {
  it('finds our own mask equal, and every bit that was turned', async () => {
    const rng = createRng(31, 'parity');
    for (let round = 0; round < 20; round++) {
      const { before, after, deltas } = await randomPair(rng, 300);
      const rule = { lower: rng.int(3) ? 0 : 3, upper: 3 + rng.int(40), order: rng.pick(['most', 'least'] as const) };
      const chunkBytes = rng.pick([24, 1001, 1 << 20]);
      const { masks } = selectNeurons(deltas, rule);
      const selection = await streamSelect(pairCheckpoints(before, after), rule, { chunkBytes });
      const dtype = rng.pick(['BF16', 'U8', 'F32', 'I64'] as const);
      const same = await maskParity(selection, maskFile(deltas, masks, before, dtype), { chunkBytes });
      expect(same).toMatchObject({ equal: true, differing: 0, ours: selection.selected, theirs: selection.selected });
      expect(same.why).toBe('All bits are equal.');

      const turned = masks.map((mask) => mask.map((bit) => (rng.int(20) === 0 ? 1 - bit : bit)));
      const found = await maskParity(selection, maskFile(deltas, turned, before, dtype), { chunkBytes });
      expect(found.differing).toBe(differingOf(masks, turned));
      const places = deltas.flatMap(({ name, values }, t) =>
        [...values].flatMap((change, index) =>
          masks[t]![index] === turned[t]![index]
            ? []
            : [{ tensor: name, index, change, inOurs: masks[t]![index] === 1 }],
        ),
      );
      expect(found.places).toEqual(places.slice(0, 20));
      for (const { name, first, differing, theirs } of found.tensors) {
        const own = places.filter(({ tensor }) => tensor === name);
        expect([first, differing]).toEqual([own[0]?.index ?? null, own.length]);
        const t = deltas.findIndex((delta) => delta.name === name);
        expect(theirs).toBe(turned[t]!.reduce((sum, bit) => sum + bit, 0));
      }
      const reference = referenceOrNull(scriptDeltas(deltas, before, after), {
        ...{ lower: rule.lower, upper: rule.upper, sign: rule.order === 'most' ? 1 : -1 },
      });
      if (reference) {
        expect(found.reference).toMatchObject({
          ...{ applies: true, selected: reference.selected, differing: differingOf(reference.masks, turned) },
        });
      } else expect(found.reference.applies).toBe(false);
    }
  });

  it('knows the script’s mask, with causes that add up to the difference', async () => {
    const rng = createRng(32, 'parity with the script');
    const seen = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const { before, after, deltas } = await randomPair(rng, 300);
      const order = rng.pick(['most', 'most', 'least'] as const);
      const [lower, upper] = rng.int(3) ? [0, 1 + rng.int(30)] : [rng.int(5), 5 + rng.int(20)];
      const script = scriptDeltas(deltas, before, after);
      const reference = referenceOrNull(script, { lower, upper, sign: order === 'most' ? 1 : -1 });
      if (!reference) continue;
      const selection = await streamSelect(pairCheckpoints(before, after), { lower, upper, order });
      const file = maskFile(deltas, reference.masks, before, 'BF16');
      const found = await maskParity(selection, file, { chunkBytes: 512 });
      expect(found.theirs).toBe(reference.selected);
      if (!found.reference.applies) throw new Error(found.reference.why);
      expect(found.reference).toMatchObject({ selected: reference.selected, differing: 0 });
      const more = found.reference.causes.reduce((sum, cause) => sum + cause.more, 0);
      expect(more).toBe(reference.selected - selection.selected);
      for (const { cause } of found.reference.causes) seen.add(cause);
      if (found.differing > 0) expect(found.why).toContain('the file is what the released script’s rule gives');

      if (script.some(({ values }, i) => values !== deltas[i]!.values)) continue;
      // Where nothing was rounded, the lab's comparison in memory says the same.
      const specs = deltas.map(({ name }) => ({ name, shape: before.tensor(name).shape }));
      const source = maskSource(specs, new Map(deltas.map(({ name, values }) => [name, values])));
      const options = { rule: order, lower, upper, scope: EVERYTHING };
      const lab = compareWithReference(source, options, selectMask(source, options));
      if (!lab.applies) throw new Error(lab.why);
      expect(found.differing).toBe(lab.differingBits);
      if (lab.differingBits === 0) continue;
      expect(found.reference.causes).toEqual(lab.causes);
      expect(found.reference.cutTensors).toEqual(lab.cutTensors);
    }
    expect([...seen].sort()).toEqual(['prefix', 'rounding', 'ties']);
  });

  it('lists tensors that one side lacks, and tied ones that the file counts again', async () => {
    const rows = (values: readonly number[]) => [
      { name: 'model.embed_tokens.weight', dtype: 'F32' as const, shape: [4], values: values.slice(0, 4) },
      { name: 'model.norm.weight', dtype: 'F32' as const, shape: [4], values: values.slice(4, 8) },
      { name: 'b', dtype: 'F32' as const, shape: [4], values: values.slice(8) },
      {
        ...{ name: 'lm_head.weight', dtype: 'F32' as const, shape: [4], values: values.slice(0, 4) },
        sameAs: 'model.embed_tokens.weight',
      },
    ];
    const before = memoryCheckpoint('before', rows(new Array(12).fill(0)));
    const after = memoryCheckpoint('after', rows([8, 7, 6, 5, 1, 2, 3, 4, 0, 0, 0, 0]));
    const selection = await streamSelect(pairCheckpoints(before, after), { lower: 0, upper: 25, order: 'most' });
    expect(selection).toMatchObject({ total: 12, selected: 3, threshold: 6 });
    // The script ranks 8 8 7 7 6 6 5 5 … of 16: four are in its 25 %, and its prefixes are half of each tensor.
    const file = memoryCheckpoint('mask', [
      { name: 'model.embed_tokens.weight', dtype: 'BF16', shape: [4], values: [1, 1, 0, 0] },
      { name: 'lm_head.weight', dtype: 'BF16', shape: [4], values: [1, 1, 0, 0] },
      { name: 'model.norm.weight', dtype: 'BF16', shape: [2, 2], values: [0, 0, 0, 0] },
      { name: 'other', dtype: 'BF16', shape: [1], values: [1] },
    ]);
    const found = await maskParity(selection, maskTensors(file));
    expect(found.problems.map(({ name, problem }) => [name, problem])).toEqual([
      ['model.norm.weight', 'shape'],
      ['b', 'missing'],
      ['other', 'extra'],
    ]);
    expect(found.countedTwice).toEqual(['lm_head.weight']);
    expect(found).toMatchObject({ equal: false, compared: 8, ours: 6, theirs: 4, differing: 2 });
    expect(found.places.map(({ tensor, index }) => [tensor, index])).toEqual([
      ['model.embed_tokens.weight', 2],
      ['lm_head.weight', 2],
    ]);
    expect(found.reference).toMatchObject({ applies: true, thresholds: { upper: 7 }, selected: 4, differing: 0 });
    expect(found.why).toContain('It counts tied tensors twice (lm_head.weight).');
    expect(found.why).toContain('3 tensors could not be compared.');
  });

  it('calls bits equal only where some were compared', async () => {
    const rng = createRng(34);
    const { before, after, deltas } = await randomPair(rng, 300);
    const rule = { lower: 0, upper: 10, order: 'most' } as const;
    const selection = await streamSelect(pairCheckpoints(before, after), rule);
    const [first] = deltas;
    const bits = selectNeurons(deltas, rule).masks[0]!;
    const { shape } = before.tensor(first!.name);
    const one = (name: string) => maskTensors(memoryCheckpoint('mask', [{ name, dtype: 'U8', shape, values: bits }]));
    const others = deltas.length - 1;
    const some = await maskParity(selection, one(first!.name));
    expect(some).toMatchObject({ equal: false, differing: 0, compared: bits.length });
    expect(some.why).toMatch(new RegExp(`^All bits that were compared are equal\\. ${others} tensors? could not be`));
    const none = await maskParity(selection, one('elsewhere'));
    expect(none).toMatchObject({ equal: false, differing: 0, compared: 0 });
    expect(none.why).toMatch(/^No tensor of the file has the name and shape of one of the checkpoints/);
  });

  it('says when the script cannot have made the file, and refuses what is no mask', async () => {
    const { before, after, deltas } = await randomPair(createRng(33), 300);
    const selection = await streamSelect(pairCheckpoints(before, after), { lower: 0, upper: 2.5, order: 'most' });
    const ones = deltas.map(({ values }) => new Uint8Array(values.length).fill(1));
    const found = await maskParity(selection, maskFile(deltas, ones, before, 'BF16'));
    expect(found.reference.applies).toBe(false);
    expect(found.why).toContain('whole percentages');
    const twos = maskFile(
      deltas,
      ones.map((mask) => mask.fill(2)),
      before,
      'BF16',
    );
    await expect(maskParity(selection, twos)).rejects.toThrow(FileError);
  });

  it('reads the band from the script’s file name', () => {
    expect(bandOfFileName('lper0_rper5.bin')).toEqual({ lower: 0, upper: 5 });
    expect(bandOfFileName('x/mask_lper5_rper10.safetensors')).toEqual({ lower: 5, upper: 10 });
    expect(bandOfFileName('lper9_rper5.bin')).toBeNull();
    expect(bandOfFileName('model.bin')).toBeNull();
  });
});
