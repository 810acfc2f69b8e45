import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { fillBatches, packExamples, responseValues, sequenceLength, toRectangle } from './batches';

const PAD = 9;

describe('packExamples', () => {
  // Two sequences of 3 + 2 and 1 + 3 tokens: 4 and 3 inputs, since the last response token is predicted, never read.
  const batch = packExamples(
    [
      { prompt: [1, 2, 3], response: [4, 5] },
      { prompt: [6], response: [7, 8, 2] },
    ],
    PAD,
  );

  it('lays the sequences end to end, without their last token', () => {
    expect([...batch.ids.subarray(0, 7)]).toEqual([1, 2, 3, 4, 6, 7, 8]);
    expect([...batch.positions.subarray(0, 7)]).toEqual([0, 1, 2, 3, 0, 1, 2]);
    expect([...batch.starts.subarray(0, 7)]).toEqual([0, 0, 0, 0, 4, 4, 4]);
    expect(batch.realTokens).toBe(9);
  });

  it('fills the tail up to 64 with padding, each token a sequence of its own', () => {
    expect(batch.ids).toHaveLength(64);
    expect(new Set(batch.ids.subarray(7))).toEqual(new Set([PAD]));
    expect([...batch.starts.subarray(7)]).toEqual(Array.from({ length: 57 }, (_, i) => 7 + i));
    expect(new Set(batch.positions.subarray(7))).toEqual(new Set([0]));
  });

  it('scores a rectangle of response tokens, each predicted by the row before it', () => {
    expect([batch.batchSize, batch.width]).toEqual([2, 8]);
    expect([...batch.labels]).toEqual([4, 5, -1, -1, -1, -1, -1, -1, 7, 8, 2, -1, -1, -1, -1, -1]);
    // Row 2 reads token 3 and predicts 4; row 3 reads 4 and predicts 5; row 4 is the only prompt token of the second.
    expect([...batch.rows]).toEqual([2, 3, 0, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0]);
    expect([...batch.responseMask]).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0]);
    expect([...batch.counts]).toEqual([2, 3]);
  });

  it('needs no tail when the inputs fill a bucket, and a wider rectangle for longer responses', () => {
    const full = packExamples([{ prompt: Array(56).fill(1), response: Array(9).fill(2) }], PAD);
    expect(full.ids).toHaveLength(64);
    expect(full.width).toBe(16);
    const over = packExamples([{ prompt: Array(57).fill(1), response: Array(8).fill(2) }, full65()], PAD);
    expect(over.ids).toHaveLength(128);
    expect(over.width).toBe(8);
    function full65() {
      return { prompt: [1], response: [2] };
    }
  });

  it('names the sequence with an empty side', () => {
    const good = { prompt: [1], response: [2] };
    expect(() => packExamples([good, { prompt: [1], response: [] }], PAD)).toThrow(
      new RangeError('sequence 1 has an empty prompt or response'),
    );
    expect(() => packExamples([{ prompt: [], response: [2] }], PAD)).toThrow(RangeError);
  });

  it('gives back per-token values: rectangle and rows are inverse', () => {
    const rows = [Float32Array.of(0.5, -1), Float32Array.of(2, 3, 4)];
    const rectangle = toRectangle(batch, rows);
    expect([...rectangle]).toEqual([0.5, -1, 0, 0, 0, 0, 0, 0, 2, 3, 4, 0, 0, 0, 0, 0]);
    expect(rows.map((_, b) => responseValues(batch, rectangle, b))).toEqual(rows);
  });

  it('reads every label back from its row in random batches', () => {
    const rng = createRng(3);
    const ids = (count: number) => Array.from({ length: count }, () => rng.int(50));
    const examples = Array.from({ length: 12 }, () => ({
      prompt: ids(1 + rng.int(9)),
      response: ids(1 + rng.int(11)),
    }));
    const random = packExamples(examples, PAD);
    examples.forEach(({ prompt, response }, b) => {
      response.forEach((id, t) => {
        const slot = b * random.width + t;
        const row = random.rows[slot]!;
        expect(random.labels[slot]).toBe(id);
        expect(random.ids[row]).toBe([...prompt, ...response][prompt.length - 1 + t]);
        expect(random.positions[row]).toBe(prompt.length - 1 + t);
        expect(random.ids[random.starts[row]!]).toBe(prompt[0]);
      });
    });
    expect(random.realTokens).toBe(examples.reduce((sum, example) => sum + sequenceLength(example), 0));
  });
});

describe('fillBatches', () => {
  it('fills up to the limit in order, and gives an item over the limit a batch of its own', () => {
    const sizes = [3, 4, 3, 1, 12, 2, 10];
    expect(fillBatches(sizes, (n) => n, 10)).toEqual([[3, 4, 3], [1], [12], [2], [10]]);
    expect(fillBatches([], () => 1, 10)).toEqual([]);
    expect(fillBatches([5, 5, 5], (n) => n, 10)).toEqual([[5, 5], [5]]);
  });
});
