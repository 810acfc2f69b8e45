import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsLeft } from '../../testing/tinyModel';
import { createRng } from '../rng';
import { tf } from '../tf';
import { Adamw, type AdamwOptions, clipByGlobalNorm } from './adamw';
import type { ParameterSet } from './optimiser';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

class Parameters implements ParameterSet {
  readonly parameters = new Map<string, tf.Variable>();
  constructor(values: Readonly<Record<string, readonly number[]>>) {
    for (const [name, list] of Object.entries(values))
      this.parameters.set(
        name,
        tf.tidy(() => tf.variable(tf.tensor1d([...list]))),
      );
  }
  get(name: string): tf.Variable {
    return this.parameters.get(name)!;
  }
  assign(name: string, value: tf.Tensor): void {
    this.get(name).assign(value);
    value.dispose();
  }
  changed(): void {}
  values(name: string): number[] {
    return [...this.get(name).dataSync()];
  }
  dispose(): void {
    for (const parameter of this.parameters.values()) parameter.dispose();
  }
}

function update(optimiser: Adamw, gradients: Readonly<Record<string, readonly number[]>>, rate: number, scale = 1) {
  const tensors = Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, tf.tensor1d([...g])]));
  const factor = tf.tensor1d([scale]);
  optimiser.step(tensors, rate, factor);
  tf.dispose([factor, ...Object.values(tensors)]);
}

/** One entry by ALGORITHM §7, in doubles. */
function scalarAdamw(start: number, gradients: readonly number[], rate: number, options: AdamwOptions): number {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, form } = options;
  let [theta, m, v] = [start, 0, 0];
  gradients.forEach((g, i) => {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const c1 = 1 - beta1 ** (i + 1);
    const c2 = 1 - beta2 ** (i + 1);
    if (form === 'torch') {
      theta *= 1 - rate * weightDecay;
      theta -= ((rate / c1) * m) / (Math.sqrt(v) / Math.sqrt(c2) + epsilon);
    } else {
      theta -= (rate * (Math.sqrt(c2) / c1) * m) / (Math.sqrt(v) + epsilon);
      theta *= 1 - rate * weightDecay;
    }
  });
  return theta;
}

describe('Adamw', () => {
  const MASKS = new Map([
    ['a', Uint8Array.of(0, 1, 0, 1)],
    ['b', Uint8Array.of(0, 0)],
  ]);
  const START = { a: [1, 2, 3, 4], b: [5, 6], c: [7] };

  it.each([undefined, MASKS])('makes the same bits when it updates tensors together, masks: %s', async (masks) => {
    const results = [0, 5, 100].map((together) => {
      const set = new Parameters(START);
      const optimiser = new Adamw(set, { masks, together, weightDecay: 0.1 });
      for (const rate of [0.1, 0.05]) update(optimiser, { a: [1, -2, 3, 0], b: [0.5, 1], c: [-3] }, rate, 0.5);
      return { set, optimiser };
    });
    const states = await Promise.all(results.map(({ optimiser }) => optimiser.state()));
    const values = results.map(({ set }) => Object.keys(START).map((name) => set.values(name)));
    expect(values[1]).toEqual(values[0]);
    expect(values[2]).toEqual(values[0]);
    expect(values[0]![0]).not.toEqual(START.a);
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
    // A state saved by one grouping goes on in another.
    results[2]!.optimiser.restore(states[0]!);
    expect(await results[2]!.optimiser.state()).toEqual(states[0]);
    for (const { set, optimiser } of results) {
      optimiser.dispose();
      set.dispose();
    }
  });

  it('moves by the learning rate in the first step, whatever the gradient: by hand', () => {
    const set = new Parameters({ a: [1, 2, 3] });
    const optimiser = new Adamw(set);
    update(optimiser, { a: [0.5, -20, 0] }, 0.1);
    const [x, y, z] = set.values('a');
    expect(x).toBeCloseTo(0.9, 6);
    expect(y).toBeCloseTo(2.1, 6);
    expect(z).toBe(3);
    optimiser.dispose();
    set.dispose();
  });

  it.each(['torch', 'hf'] as const)('follows the formulas of form %s over several steps, decay included', (form) => {
    const options = { form, beta2: 0.99, weightDecay: 0.1, epsilon: 1e-3 };
    const set = new Parameters({ a: [1, -2, 3] });
    const optimiser = new Adamw(set, options);
    const rng = createRng(2);
    const gradients = Array.from({ length: 6 }, () => [rng.normal(), rng.normal() / 100, 0]);
    for (const g of gradients) update(optimiser, { a: g }, 0.05, 0.5);
    [1, -2, 3].forEach((start, i) => {
      const seen = gradients.map((g) => g[i]! / 2);
      expect(set.values('a')[i]).toBeCloseTo(scalarAdamw(start, seen, 0.05, options), 5);
    });
    optimiser.dispose();
    set.dispose();
  });

  it('moves the masked entries only; a tensor with none selected, or without a mask, is never touched', () => {
    const set = new Parameters(START);
    const handles = ['b', 'c'].map((name) => set.get(name).dataId);
    const optimiser = new Adamw(set, { masks: MASKS, weightDecay: 0.5 });
    expect(optimiser.names).toEqual(['a']);
    for (let i = 0; i < 3; i++) update(optimiser, { a: [9, -0.2, 9, 0.4], b: [9, 9], c: [9] }, 0.1);
    const [a0, a1, a2, a3] = set.values('a');
    expect([a0, a2]).toEqual([1, 3]);
    const options = { form: 'hf' as const, weightDecay: 0.5 };
    expect(a1).toBeCloseTo(scalarAdamw(2, [-0.2, -0.2, -0.2], 0.1, options), 5);
    expect(a3).toBeCloseTo(scalarAdamw(4, [0.4, 0.4, 0.4], 0.1, options), 5);
    expect([...set.values('b'), ...set.values('c')]).toEqual([5, 6, 7]);
    expect(['b', 'c'].map((name) => set.get(name).dataId)).toEqual(handles);
    optimiser.dispose();
    set.dispose();
  });

  it('keeps moments of the selected entries only, [M, V] side by side', async () => {
    const set = new Parameters(START);
    const optimiser = new Adamw(set, { masks: MASKS });
    update(optimiser, { a: [9, -0.2, 9, 0.4], b: [9, 9], c: [9] }, 0.1);
    const { updates, moments } = await optimiser.state();
    expect(updates).toBe(1);
    expect([...moments.keys()]).toEqual(['a']);
    // M = (1 − .9) g, V = (1 − .999) g².
    const expected = [-0.02, 0.00004, 0.04, 0.00016];
    [...moments.get('a')!].forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 7);
    });
    optimiser.dispose();
    set.dispose();
  });

  it('decays what the mask leaves out only when told to (the reference)', () => {
    const set = new Parameters(START);
    const optimiser = new Adamw(set, { masks: MASKS, weightDecay: 0.5, decayUnselected: true });
    update(optimiser, { a: [0, 0, 0, 0] }, 0.1);
    // θ − lr · wd · θ = .95 θ, everywhere.
    for (const [name, list] of Object.entries(START))
      list.forEach((value, i) => {
        expect(set.values(name)[i]).toBeCloseTo(0.95 * value, 6);
      });
    optimiser.dispose();
    set.dispose();
  });

  it.each([
    ['masked', { masks: MASKS }],
    ['full', {}],
  ])('%s: restored in the middle it continues exactly', async (_, options) => {
    const rng = createRng(4);
    const gradients = Array.from({ length: 6 }, () => ({
      a: Array.from({ length: 4 }, () => rng.normal()),
      b: [rng.normal(), rng.normal()],
      c: [rng.normal()],
    }));
    const whole = new Parameters(START);
    const first = new Adamw(whole, options);
    for (const g of gradients.slice(0, 3)) update(first, g, 0.01);
    const cut = new Parameters({ a: whole.values('a'), b: whole.values('b'), c: whole.values('c') });
    const second = new Adamw(cut, options);
    second.restore(await first.state());
    for (const g of gradients.slice(3)) {
      update(first, g, 0.01);
      update(second, g, 0.01);
    }
    for (const name of ['a', 'b', 'c']) expect(cut.values(name)).toEqual(whole.values(name));
    expect(await second.state()).toEqual(await first.state());
    for (const one of [first, second, whole, cut]) one.dispose();
  });

  it('refuses the state of another mask and names the tensor', async () => {
    const set = new Parameters(START);
    const masked = new Adamw(set, { masks: MASKS });
    const full = new Adamw(set);
    const [state, fullState] = [await masked.state(), await full.state()];
    expect(() => full.restore(state)).toThrow(new RangeError('Optimiser state of “a” does not fit this mask.'));
    expect(() => masked.restore(fullState)).toThrow('“a”');
    for (const one of [masked, full, set]) one.dispose();
  });

  it('leaves no tensor behind', async () => {
    const left = await tensorsLeft(async () => {
      const set = new Parameters(START);
      const optimiser = new Adamw(set, { masks: MASKS, weightDecay: 0.1, decayUnselected: true });
      for (let i = 0; i < 3; i++) update(optimiser, { a: [1, 2, 3, 4] }, 0.1);
      optimiser.restore(await optimiser.state());
      optimiser.dispose();
      set.dispose();
    });
    expect(left).toBe(0);
  });
});

describe('clipByGlobalNorm', () => {
  const clip = (limit: number): [number, number] => {
    const gradients = [tf.tensor1d([3, 0]), tf.tensor2d([[0], [-4]])];
    const { norm, scale } = clipByGlobalNorm(gradients, limit);
    const values: [number, number] = [norm.dataSync()[0]!, scale.dataSync()[0]!];
    tf.dispose([norm, scale, ...gradients]);
    return values;
  };

  it('is max / (norm + 1e-6) over all tensors together, at most 1', async () => {
    expect(clip(1)[0]).toBeCloseTo(5, 6);
    expect(clip(1)[1]).toBeCloseTo(1 / (5 + 1e-6), 7);
    expect(clip(50)).toEqual([5, 1]);
    expect(await tensorsLeft(() => clip(1))).toBe(0);
  });
});

describe('the sum of gradients', () => {
  it('is of all parameters, before clipping, and null when not asked for', async () => {
    const left = await tensorsLeft(async () => {
      const parameters = new Parameters({ a: [1, 2], b: [3] });
      const optimiser = new Adamw(parameters, { sumGradients: true });
      expect(await optimiser.gradientSums()).toBeNull();
      // Another order, and a clipping factor: neither matters.
      update(optimiser, { b: [4], a: [1, -2] }, 0.1, 0.5);
      update(optimiser, { a: [0.5, 1], b: [-1] }, 0.1);
      const sums = await optimiser.gradientSums();
      expect([...sums!].map(([name, values]) => [name, [...values]])).toEqual([
        ['a', [1.5, -1]],
        ['b', [3]],
      ]);
      optimiser.dispose();
      parameters.dispose();
    });
    expect(left).toBe(0);
  });
});
