import { describe, expect, it } from 'vitest';
import { randomPair } from '../../testing/checkpointPairs';
import { memoryCheckpoint } from '../../testing/memoryCheckpoint';
import { FileError } from '../files/byteSource';
import type { TensorDtype } from '../files/checkpoint';
import { countOnes } from '../masks/countBits';
import { bitsOf, MAGNITUDE, NonFiniteDeltaError, type TensorDelta } from '../masks/deltas';
import { magnitudeIndex } from '../masks/magnitudeIndex';
import { type MaskRule, type NeuronMask, selectNeurons } from '../masks/neuronMask';
import { createRng, type Rng } from '../rng';
import { scanMagnitudes } from './magnitudeScan';
import { maskStretch, stretches } from './maskBits';
import { pairCheckpoints } from './pairing';
import { streamedHistogram } from './streamedHistogram';
import { aroundBits, type StreamedSelection, streamSelect } from './streamSelect';

/** The mask of a tensor from the selection and the changes. */
function bitsBy(selection: StreamedSelection, tensor: number, { values }: TensorDelta): Uint8Array {
  const mask = new Uint8Array(values.length);
  for (const stretch of stretches(selection, tensor, 0, values.length)) {
    maskStretch(stretch, bitsOf(values), stretch.begin, stretch.end - stretch.begin, mask, stretch.begin);
  }
  return mask;
}

function randomRule(rng: Rng, total: number): MaskRule {
  const share = () => rng.pick([0, 100, 100 / Math.max(1, total), rng.next() * 100, rng.next() * 5, rng.int(101)]);
  const [a, b] = [rng.int(2) ? 0 : share(), share()];
  const least = Math.min(a, b, 100);
  return { lower: least, upper: Math.min(100, Math.max(a, b)), order: rng.pick(['most', 'least'] as const) };
}

function expectSame(selection: StreamedSelection, expected: NeuronMask, deltas: readonly TensorDelta[]): void {
  const { selected, total, kLower, kUpper, threshold, tiesAtThreshold, edges } = expected;
  expect(selection).toMatchObject({ selected, total, kLower, kUpper, threshold, tiesAtThreshold, edges });
  for (const [i, mask] of expected.masks.entries()) {
    expect(bitsBy(selection, i, deltas[i]!)).toEqual(mask);
    expect(selection.tensors[i]).toMatchObject({ name: deltas[i]!.name, selected: countOnes(mask), inScope: true });
  }
}

/** What a histogram must say, counted one by one. */
function histogramByHand(edges: Float64Array, deltas: readonly TensorDelta[], masks: readonly Uint8Array[]) {
  const counts = [0, 1].map(() => new Float64Array(Math.max(0, edges.length - 1)));
  const zeros = [0, 0];
  for (const [t, { values }] of deltas.entries()) {
    for (const [i, value] of values.entries()) {
      const side = masks[t]![i]!;
      if (value === 0) zeros[side]!++;
      else counts[side]![edges.findLastIndex((edge) => edge <= Math.abs(value))]!++;
    }
  }
  return { edges, selected: counts[1], others: counts[0], zeros: { selected: zeros[1], others: zeros[0] } };
}

const ROUNDS = Number(process.env.FUZZ ?? 150);

describe('streamSelect', () => {
  it('equals the selection in memory: any dtypes, ties, bands, orders and chunk sizes', async () => {
    const rng = createRng(7, 'stream select');
    let cuts = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { before, after, deltas } = await randomPair(rng);
      const rule = randomRule(
        rng,
        deltas.reduce((sum, { values }) => sum + values.length, 0),
      );
      const chunkBytes = rng.pick([1, 24, 100, 1001, 4096, 1 << 20]);
      // With room for a few patterns only, the third pass counts the ties.
      const patternBytes = rng.pick([0, 60, 1 << 20]);
      const selection = await streamSelect(pairCheckpoints(before, after), rule, { chunkBytes, patternBytes });
      expectSame(selection, selectNeurons(deltas, rule), deltas);
      if (selection.to.cut) cuts++;
    }
    expect(cuts).toBeGreaterThan(ROUNDS / 5);
  });

  it('takes many blocks a chunk, and another band from the same scan in one pass', async () => {
    const rng = createRng(8, 'long tensors');
    const size = 3 * 4096 + 77;
    for (const dtype of ['BF16', 'F32', 'F16'] as const) {
      const values = Float32Array.from({ length: size }, () => rng.normal());
      const moved = values.map((value) => value + rng.normal() / 100);
      const make = (name: string, of: Float32Array, reads: string[]) =>
        memoryCheckpoint(name, [{ name: 'a', dtype, shape: [size], values: of }], {
          onRead: () => void reads.push(name),
        });
      const reads: string[] = [];
      const [before, after] = [make('before', values, reads), make('after', moved, reads)];
      const pairing = pairCheckpoints(before, after);
      const scan = await scanMagnitudes(pairing);
      expect(reads).toHaveLength(2);
      const a = await Promise.all([before.readFloats('a', 0, size), after.readFloats('a', 0, size)]);
      const deltas = [{ name: 'a', values: a[1].map((value, i) => value - a[0][i]!) }];
      for (const rule of [
        { lower: 1, upper: 30, order: 'most' } as const,
        { lower: 0, upper: 7, order: 'least' } as const,
      ]) {
        reads.length = 0;
        const selection = await streamSelect(pairing, rule, { scan });
        // One pass, and the chunk of each cut once more.
        expect(reads.length).toBeLessThanOrEqual(6);
        expectSame(selection, selectNeurons(deltas, rule), deltas);
      }
    }
  });

  it('keeps the counts that drawing needs, exactly, over all and of each tensor', async () => {
    const rng = createRng(9, 'drawn');
    for (let round = 0; round < 40; round++) {
      const { before, after, deltas } = await randomPair(rng, 200);
      const rule = randomRule(rng, deltas.length);
      const selection = await streamSelect(pairCheckpoints(before, after), rule, { chunkBytes: 300 });
      const { masks } = selectNeurons(deltas, rule);
      const drawn = streamedHistogram(selection);
      expect(drawn).toEqual(histogramByHand(drawn.edges, deltas, masks));
      for (const [i, delta] of deltas.entries()) {
        const one = streamedHistogram(selection, i);
        expect(one).toEqual(histogramByHand(one.edges, [delta], [masks[i]!]));
      }
      const { counts } = magnitudeIndex(deltas);
      expect(selection.scan.counts.every((count, bin) => count === counts[bin])).toBe(true);
      const { threshold } = selection;
      if (threshold === null) continue;
      const keys = deltas.flatMap(({ values }) => [...bitsOf(values)].map((bits) => bits & MAGNITUDE));
      const at = selection.to.bits;
      const [larger, equal] = [keys.filter((key) => key > at).length, keys.filter((key) => key === at).length];
      expect(aroundBits(selection, at)).toEqual({ larger, equal });
    }
  });

  it('ranks what the scope takes, and lists the rest with nothing selected', async () => {
    const tensors = (values: number[][]) =>
      ['model.embed_tokens.weight', 'model.norm.weight', 'lm_head.weight'].map((name, i) => {
        return { name, dtype: 'F32' as TensorDtype, shape: [2], values: values[i]! };
      });
    const before = memoryCheckpoint(
      'before',
      tensors([
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    );
    const after = memoryCheckpoint(
      'after',
      tensors([
        [9, 9],
        [1, -3],
        [2, 3],
      ]),
    );
    const scope = { embeddings: false, norms: true, head: true };
    const selection = await streamSelect(pairCheckpoints(before, after, scope), { lower: 0, upper: 50, order: 'most' });
    expect(selection).toMatchObject({ total: 4, selected: 2, threshold: 3, tiesAtThreshold: 2, achievedShare: 0.5 });
    expect(selection.tensors.map(({ name, selected, rank, inScope }) => [name, selected, rank, inScope])).toEqual([
      ['model.embed_tokens.weight', 0, null, false],
      ['model.norm.weight', 1, 1, true],
      ['lm_head.weight', 1, 1, true],
    ]);
  });

  it('names the first change that is not finite', async () => {
    const size = 5000;
    const values = new Float32Array(size);
    const broken = values.with(4321, Number.POSITIVE_INFINITY).with(4500, Number.NaN);
    const checkpoint = (second: Float32Array, dtype: TensorDtype) =>
      memoryCheckpoint('x', [
        { name: 'a', dtype, shape: [3], values: [1, 2, 3] },
        { name: 'b', dtype, shape: [size], values: second },
      ]);
    for (const dtype of ['F32', 'F16', 'BF16', 'F64'] as const) {
      for (const chunkBytes of [800, 1 << 20]) {
        const pairing = pairCheckpoints(checkpoint(values, 'F32'), checkpoint(broken, dtype));
        const select = streamSelect(pairing, { lower: 0, upper: 5, order: 'most' }, { chunkBytes });
        await expect(select).rejects.toThrow(new NonFiniteDeltaError('b', 4321));
      }
    }
  });

  it('reports each pass, and stops when it is told to', async () => {
    const { before, after, deltas } = await randomPair(createRng(14), 3000);
    const pairing = pairCheckpoints(before, after);
    const rule: MaskRule = { lower: 0, upper: 50, order: 'most' };
    const seen: number[] = [];
    let last: unknown = null;
    await streamSelect(pairing, rule, {
      chunkBytes: 512,
      onProgress: (progress) => {
        seen.push(progress.done);
        last = progress;
      },
    });
    expect(seen.length).toBeGreaterThan(20);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(last).toMatchObject({ pass: 2, passes: 2, done: 1 });
    const filled = deltas.filter(({ values }) => values.length > 0).length;
    expect(last).toMatchObject({ tensors: filled, totalTensors: filled });
    for (const at of [1, 5, Math.floor(seen.length / 2) + 2]) {
      const stop = new AbortController();
      let calls = 0;
      const select = streamSelect(pairing, rule, {
        chunkBytes: 512,
        signal: stop.signal,
        onProgress: () => {
          if (++calls === at) stop.abort(new Error('enough'));
        },
      });
      await expect(select).rejects.toThrow('enough');
      expect(calls).toBe(at);
    }
  });

  it('passes on what a file says when it cannot be read in the middle, and when it gives too few bytes', async () => {
    let reads = 0;
    const { before, after } = await randomPair(createRng(12), 3000, () => {
      if (++reads === 40) throw new FileError('after', 'could not be read.');
    });
    reads = 0;
    const select = streamSelect(
      pairCheckpoints(before, after),
      { lower: 0, upper: 5, order: 'most' },
      { chunkBytes: 64 },
    );
    await expect(select).rejects.toThrow(FileError);
    const short = { ...after, readBytes: async () => new Uint8Array(3) };
    const cut = streamSelect(pairCheckpoints(before, short), { lower: 0, upper: 5, order: 'most' });
    await expect(cut).rejects.toThrow(/gave 3 bytes instead of/);
  });

  it('refuses an impossible band before it reads anything', async () => {
    let reads = 0;
    const { before, after } = await randomPair(createRng(13), 100, () => void reads++);
    reads = 0;
    const pairing = pairCheckpoints(before, after);
    await expect(streamSelect(pairing, { lower: 60, upper: 50, order: 'most' })).rejects.toThrow(RangeError);
    expect(reads).toBe(0);
  });
});
