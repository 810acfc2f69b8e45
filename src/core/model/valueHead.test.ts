import { beforeAll, describe, expect, it } from 'vitest';
import { TINY_MODEL, tensorsLeft, tinyModel } from '../../testing/tinyModel';
import { valueAndGradients } from '../ops/gradients';
import { createRng } from '../rng';
import { packExamples } from '../stages/batches';
import { tf } from '../tf';
import { forwardHidden, policyLogps } from './model';
import { policyLogpsAndValues, ValueHead } from './valueHead';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const { width } = TINY_MODEL;
const rng = createRng(3);
const WEIGHT = Array.from({ length: width }, () => rng.normal());
const BATCHES = {
  'few rows scored': packExamples(
    [
      { prompt: Array.from({ length: 25 }, (_, i) => 1 + (i % 9)), response: [5, 6, 2] },
      { prompt: Array.from({ length: 20 }, (_, i) => 1 + (i % 7)), response: [7] },
      { prompt: Array.from({ length: 25 }, (_, i) => 1 + (i % 5)), response: [4, 2] },
    ],
    0,
  ),
  'all rows wanted': packExamples(
    [
      { prompt: [1], response: [5, 6, 2] },
      { prompt: [1, 3], response: [7] },
    ],
    0,
  ),
};

function trained(): ValueHead {
  const head = new ValueHead(width);
  head.assign('v_head.summary.weight', tf.tensor2d(WEIGHT, [1, width]));
  head.assign('v_head.summary.bias', tf.tensor1d([0.25]));
  return head;
}

describe('policyLogpsAndValues', () => {
  it.each(Object.entries(BATCHES))('gives w · h + b of each response token’s row, 0 elsewhere: %s', (_, batch) => {
    const [model, head] = [tinyModel(), trained()];
    const [hidden, logps, both] = tf.tidy(() => {
      const { logps: own, values } = policyLogpsAndValues(model, head, batch);
      const rows = forwardHidden(model, batch).arraySync();
      return [rows, [...policyLogps(model, batch).dataSync()], [own, values].map((tensor) => [...tensor.dataSync()])];
    });
    expect(both[0]).toEqual(logps);
    const expected = [...batch.labels].map((label, slot) => {
      if (label < 0) return 0;
      return 0.25 + hidden[batch.rows[slot]!]!.reduce((sum, h, i) => sum + h * WEIGHT[i]!, 0);
    });
    both[1]!.forEach((value, slot) => {
      expect(value).toBeCloseTo(expected[slot]!, 5);
    });
    expect(new Set(both[1]).size).toBeGreaterThan(4);
    head.dispose();
    model.dispose();
  });

  it('starts with the value 0, and passes the gradient on to head and policy', () => {
    const batch = BATCHES['few rows scored'];
    const model = tinyModel();
    const [fresh, head] = [new ValueHead(width), trained()];
    const embedding = model.get('model.embed_tokens.weight');
    const gradientOf = (own: ValueHead) => {
      const sum = () => tf.sum(policyLogpsAndValues(model, own, batch).values) as tf.Scalar;
      const xs = [own.get('v_head.summary.weight'), own.get('v_head.summary.bias'), embedding];
      const { value, gradients } = valueAndGradients(sum, xs);
      const arrays = gradients.map((gradient) => [...gradient.dataSync()]);
      const result = { value: value.dataSync()[0]!, arrays };
      tf.dispose([value, ...gradients]);
      return result;
    };
    const start = gradientOf(fresh);
    expect(start.value).toBe(0);
    // Σ V = Σ w · h + 6 b: six response tokens.
    expect(start.arrays[1]).toEqual([6]);
    expect(start.arrays[2]!.every((g) => g === 0)).toBe(true);
    const summed = tf.tidy(() => forwardHidden(model, batch).arraySync());
    const rows = [...batch.rows].filter((_, slot) => batch.labels[slot]! >= 0);
    start.arrays[0]!.forEach((g, i) => {
      expect(g).toBeCloseTo(
        rows.reduce((sum, row) => sum + summed[row]![i]!, 0),
        4,
      );
    });
    // One entry of the embedding, by a difference.
    const at = 5 * width + 3;
    const entry = gradientOf(head).arrays[2]![at]!;
    expect(Math.abs(entry)).toBeGreaterThan(1e-3);
    const unshifted = embedding.dataSync().slice();
    const [above, below] = [1e-2, -1e-2].map((shift) => {
      const shifted = unshifted.slice();
      shifted[at]! += shift;
      model.assign('model.embed_tokens.weight', tf.tensor2d(shifted, [12, width]));
      return gradientOf(head).value;
    });
    expect((above! - below!) / 2e-2 / entry).toBeCloseTo(1, 2);
    for (const one of [fresh, head, model]) one.dispose();
  });

  it('names an unknown parameter, and leaves nothing behind', async () => {
    const left = await tensorsLeft(() => {
      const head = trained();
      expect(() => head.get('w')).toThrow('The value head has no parameter “w”.');
      head.dispose();
    });
    expect(left).toBe(0);
  });
});
