// Masks counted from files beside the same masks compared in memory.
import { describe, expect, it } from 'vitest';
import { randomPair } from '../../testing/checkpointPairs';
import { memoryCheckpoint } from '../../testing/memoryCheckpoint';
import { FileError } from '../files/byteSource';
import type { TensorDtype } from '../files/checkpoint';
import { agreementFrom, agreementMatrix, compareMasks, type LabelledMask, matrixFrom } from '../masks/agreement';
import { writePackedMask } from '../masks/maskFile';
import { selectNeurons } from '../masks/neuronMask';
import { createRng, type Rng } from '../rng';
import { openSafetensors } from '../safetensors';
import { agreementBytes, countStreamed, type StreamedMask } from './maskAgreement';
import { maskTensors } from './maskTensors';
import { pairCheckpoints } from './pairing';
import { streamSelect } from './streamSelect';

const ROUNDS = Number(process.env.FUZZ ?? 15);
const WHOLE: readonly TensorDtype[] = ['U8', 'BOOL', 'F32', 'BF16', 'F16', 'I64'];

/** A mask file of random bits of about these tensors: some may be missing, of another shape, or new. */
function randomFile(rng: Rng, label: string, shapes: readonly { name: string; shape: readonly number[] }[]) {
  const kept = shapes.filter(() => rng.int(8) > 0);
  const specs = [...kept, ...(rng.int(3) === 0 ? [{ name: 'only.here', shape: [9] }] : [])].map((spec) =>
    rng.int(8) === 0 ? { name: spec.name, shape: [5, 3] } : spec,
  );
  const mask = new Map(
    specs.map(({ name, shape }) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [name, Uint8Array.from({ length: size }, () => (rng.int(3) === 0 ? 1 : 0))] as const;
    }),
  );
  const packed = rng.int(3) === 0 ? openSafetensors(writePackedMask(specs, mask)) : null;
  const checkpoint = memoryCheckpoint(
    label,
    specs.map(({ name, shape }) =>
      packed
        ? { name, dtype: 'U8', shape: [packed.read(name).length], values: Array.from(packed.read(name), Number) }
        : { name, dtype: rng.pick(WHOLE), shape, values: mask.get(name)! },
    ),
    packed ? { metadata: packed.metadata } : {},
  );
  return { labelled: { label, specs, mask }, streamed: { from: 'file' as const, file: maskTensors(checkpoint) } };
}

describe('countStreamed', () => {
  it('agrees with masks in memory: any dtypes, ties, bands, shapes and chunk sizes', async () => {
    const rng = createRng(31, 'mask agreement');
    for (let round = 0; round < ROUNDS; round++) {
      const { before, after, deltas } = await randomPair(rng, 9000);
      const pairing = pairCheckpoints(before, after);
      const specs = pairing.pairs.map(({ name, shape }) => ({ name, shape }));
      const [labelled, streamed]: [LabelledMask[], StreamedMask[]] = [[], []];
      for (let i = 0; i < 1 + rng.int(3); i++) {
        const upper = rng.pick([0, 5, 37, 100]);
        const rule = { lower: rng.pick([0, upper / 2]), upper, order: rng.pick(['most', 'least'] as const) };
        const { masks } = selectNeurons(deltas, rule);
        labelled.push({ label: `${i}`, specs, mask: new Map(specs.map(({ name }, at) => [name, masks[at]!])) });
        streamed.push({ from: 'selection', selection: await streamSelect(pairing, rule) });
      }
      for (let i = 0; i < rng.int(3); i++) {
        const file = randomFile(rng, `file ${i}`, specs);
        labelled.splice(rng.int(labelled.length + 1), 0, file.labelled);
        streamed.splice(labelled.indexOf(file.labelled), 0, file.streamed);
      }
      const counted = await countStreamed(streamed, { chunkBytes: rng.pick([64, 1 << 12, 1 << 16]) });
      for (const [a, one] of labelled.entries()) {
        for (const [b, other] of labelled.entries()) {
          const [found, expected] = [agreementFrom(counted, a, b), compareMasks(one, other)];
          expect(new Map(found.tensors.map((row) => [row.name, row]))).toEqual(
            new Map(expected.tensors.map((row) => [row.name, row])),
          );
          expect(found.overall.both).toBe(expected.overall.both);
          expect(found.overall.chanceBoth).toBeCloseTo(expected.overall.chanceBoth, 8);
          expect(found.anywhere).toEqual(expected.anywhere);
          expect(new Map(found.mismatches.map(({ name, shapes }) => [name, shapes]))).toEqual(
            new Map(expected.mismatches.map(({ name, shapes }) => [name, shapes])),
          );
        }
      }
      const labels = labelled.map(({ label }) => label);
      const [matrix, expected] = [matrixFrom(labels, counted), agreementMatrix(labelled)];
      expect(matrix.selected).toEqual(expected.selected);
      expect(matrix.pairs.map((row) => row.map(({ both }) => both))).toEqual(
        expected.pairs.map((row) => row.map(({ both }) => both)),
      );
    }
  });

  it('reads two mask files and no checkpoint, tied tensors once, and says what it will read', async () => {
    const file = (label: string, values: number[]) =>
      memoryCheckpoint(label, [
        { name: 'embed', dtype: 'BF16', shape: [2, 3], values },
        { name: 'head', dtype: 'BF16', shape: [2, 3], values, sameAs: 'embed' },
      ]);
    const masks: StreamedMask[] = [
      { from: 'file', file: maskTensors(file('a', [1, 1, 0, 0, 1, 0])) },
      { from: 'file', file: maskTensors(file('b', [1, 0, 0, 1, 1, 0])) },
    ];
    expect(agreementBytes(masks)).toBe(2 * 6 * 2);
    const { overall, anywhere } = agreementFrom(await countStreamed(masks), 0, 1);
    expect(overall).toEqual({
      ...{ entries: 6, both: 2, onlyA: 1, onlyB: 1, neither: 2, iou: 0.5 },
      ...{ chanceBoth: 1.5, chanceIou: 1.5 / 4.5 },
    });
    expect(anywhere.chanceBoth).toBe(1.5);
  });

  it('refuses what is no mask, and more than eight', async () => {
    const file = maskTensors(
      memoryCheckpoint('weights', [{ name: 'w', dtype: 'F32', shape: [3], values: [0, 1, 0.5] }]),
    );
    await expect(countStreamed([{ from: 'file', file }])).rejects.toThrow(FileError);
    await expect(countStreamed(new Array<StreamedMask>(9).fill({ from: 'file', file }))).rejects.toThrow(/At most 8/);
  });
});
