import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsLeft } from '../../testing/tinyModel';
import { createRng } from '../rng';
import { tf } from '../tf';
import { Adamw } from './adamw';
import { MergingOptimiser, type MergingOptimiserOptions } from './mergingOptimiser';
import type { Optimiser, ParameterSet } from './optimiser';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const START = { a: [1, 2, 3, 4], b: [5, 6], c: [7] };
const TAU: Record<string, number[]> = { a: [1, -1, 2, -2], b: [0.5, 0.5], c: [-3] };

class Parameters implements ParameterSet {
  readonly parameters = new Map<string, tf.Variable>();
  changes = 0;
  constructor(values: Readonly<Record<string, readonly number[]>> = START) {
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
  changed(): void {
    this.changes++;
  }
  values(name: string): number[] {
    return [...this.get(name).dataSync()];
  }
  dispose(): void {
    for (const parameter of this.parameters.values()) parameter.dispose();
  }
}

const merging = (set: ParameterSet, options: Partial<MergingOptimiserOptions> = {}): MergingOptimiser =>
  new MergingOptimiser(set, {
    ...{ method: 'ondare', variant: 'paper', reserveShare: 1, alpha: 0, rescale: false, weightDecay: 0 },
    ...{ tau: (name: string) => TAU[name]!, rng: createRng(1, 'merging') },
    ...options,
  });

async function update(
  optimiser: Optimiser,
  gradients: Readonly<Record<string, readonly number[]>>,
  rate: number,
  scale = 1,
): Promise<void> {
  const tensors = Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, tf.tensor1d([...g])]));
  const factor = tf.tensor1d([scale]);
  try {
    await optimiser.step(tensors, rate, factor);
  } finally {
    tf.dispose([factor, ...Object.values(tensors)]);
  }
}

const GRADIENTS = { a: [1, -2, 3, -4], b: [5, -6], c: [7] };

/** Several updates with gradients of any sign; all values after them. */
async function trained(options: Partial<MergingOptimiserOptions>, seed = 1): Promise<Record<string, number[]>> {
  const set = new Parameters();
  const optimiser = merging(set, { rng: createRng(seed, 'merging'), ...options });
  const rng = createRng(5);
  for (let i = 0; i < 6; i++) {
    const draw = (n: number) => Array.from({ length: n }, () => rng.normal());
    await update(optimiser, { a: draw(4), b: draw(2), c: draw(1) }, 0.01, 0.5);
  }
  const out = Object.fromEntries(Object.keys(START).map((name) => [name, set.values(name)]));
  optimiser.dispose();
  set.dispose();
  return out;
}

describe('MergingOptimiser', () => {
  it('moves by rate · (1 − α) against the gradient plus α τ in the first step: by hand', async () => {
    const set = new Parameters();
    await update(merging(set, { alpha: 0.25 }), GRADIENTS, 0.1);
    // 1 − .075 + .25 · 1, 2 + .075 − .25, …
    const expected = { a: [1.175, 1.825, 3.425, 3.575], b: [5.05, 6.2], c: [6.175] };
    for (const [name, values] of Object.entries(expected))
      values.forEach((value, i) => {
        expect(set.values(name)[i]).toBeCloseTo(value, 6);
      });
    expect(set.changes).toBe(1);
    set.dispose();
  });

  it.each(['ondare', 'onties'] as const)('%s with share 1 and α 0 is Adam in Hugging Face’s form', async (method) => {
    const [set, other] = [new Parameters(), new Parameters()];
    const optimisers = [merging(set, { method, weightDecay: 0.1 }), new Adamw(other, { form: 'hf', weightDecay: 0.1 })];
    const rng = createRng(2);
    for (let step = 0; step < 8; step++) {
      const gradients = { a: [0, 1, 2, 3].map(() => rng.normal()), b: [rng.normal(), 1e-3], c: [rng.normal()] };
      for (const optimiser of optimisers) await update(optimiser, gradients, 0.05, 0.7);
    }
    for (const [name, start] of Object.entries(START)) {
      start.forEach((before, i) => {
        expect(set.values(name)[i]).toBeCloseTo(other.values(name)[i]!, 5);
        expect(Math.abs(set.values(name)[i]! - before)).toBeGreaterThan(1e-3);
      });
    }
    for (const one of [...optimisers, set, other]) one.dispose();
  });

  it('OnTIES keeps the largest steps of each tensor', async () => {
    const set = new Parameters();
    const optimiser = merging(set, { method: 'onties', reserveShare: 0.5 });
    await update(optimiser, { a: [1, 1, 1, 1], b: [1, 1], c: [1] }, 0);
    const before = set.values('a');
    // Signs that turn make small steps, signs that stay large ones. One tensor of one entry is never thinned (p · n < 1).
    await update(optimiser, { a: [-1, 1, -1, 1], b: [1, -1], c: [1] }, 0.1);
    const moved = (name: 'a' | 'b' | 'c', from: number[]) => set.values(name).map((value, i) => value !== from[i]);
    expect(moved('a', before)).toEqual([false, true, false, true]);
    expect(moved('b', START.b)).toEqual([true, false]);
    expect(moved('c', START.c)).toEqual([true]);
    set.dispose();
  });

  it('OnDARE keeps about the share p, other entries in every step, the same for the same seed', async () => {
    const run = async (seed: number) => {
      const set = new Parameters({ a: new Array(1000).fill(0) });
      const optimiser = merging(set, {
        ...{ reserveShare: 0.2, tau: () => new Float64Array(1000), rng: createRng(seed, 'merging') },
      });
      await update(optimiser, { a: new Array(1000).fill(1) }, 0.1);
      const first = set.values('a');
      await update(optimiser, { a: new Array(1000).fill(1) }, 0.1);
      const second = set.values('a').map((value, i) => value - first[i]!);
      set.dispose();
      return { first, second };
    };
    const { first, second } = await run(1);
    const moved = (values: number[]) => values.flatMap((value, i) => (value === 0 ? [] : [i]));
    for (const values of [first, second]) {
      expect(moved(values).length).toBeGreaterThan(160);
      expect(moved(values).length).toBeLessThan(240);
    }
    const both = moved(first).filter((i) => second[i] !== 0).length;
    expect(both).toBeLessThan(70);
    expect(await run(1)).toEqual({ first, second });
    expect((await run(2)).first).not.toEqual(first);
  });

  it.each(['ondare', 'onties'] as const)(
    '%s moves nothing outside a neuron mask, not even by τ or decay',
    async (method) => {
      const masks = new Map([
        ['a', Uint8Array.of(0, 1, 0, 1)],
        ['b', Uint8Array.of(0, 0)],
      ]);
      for (const variant of ['paper', 'reference'] as const) {
        const { a, b, c } = await trained({ method, variant, alpha: 0.1, weightDecay: 0.1, rescale: true, masks });
        expect([a![0], a![2], ...b!, ...c!]).toEqual([1, 3, 5, 6, 7]);
        expect(a![1]).not.toBe(2);
        expect(a![3]).not.toBe(4);
      }
      const set = new Parameters();
      expect(merging(set, { masks }).names).toEqual(['a']);
      expect(merging(set).names).toEqual(['a', 'b', 'c']);
      set.dispose();
    },
  );

  it.each([
    ['ondare', 'paper'],
    ['ondare', 'reference'],
    ['onties', 'paper'],
    ['onties', 'reference'],
  ] as const)('%s, %s rules: same seed, same bits', async (method, variant) => {
    const options = { method, variant, reserveShare: 0.5, alpha: 1e-2 };
    const first = await trained(options);
    expect(await trained(options)).toEqual(first);
    expect(first.a).not.toEqual(START.a);
    if (method === 'ondare') expect(await trained(options, 2)).not.toEqual(first);
    else expect(await trained(options, 2)).toEqual(first);
  });

  it('changes nothing where the clipping factor is 0, and goes on as if that step had not been', async () => {
    const run = async (withBadStep: boolean) => {
      const set = new Parameters();
      const optimiser = merging(set, { reserveShare: 0.5, alpha: 0.1 });
      await update(optimiser, GRADIENTS, 0.1);
      if (withBadStep) {
        const before = set.values('a');
        await update(optimiser, { a: [NaN, 1, 1, 1], b: [1, 1], c: [1] }, 0.1, 0);
        expect(set.values('a')).toEqual(before);
        expect(optimiser.updatesMade).toBe(2);
        optimiser.countBack(1);
      }
      await update(optimiser, GRADIENTS, 0.1);
      expect(optimiser.updatesMade).toBe(2);
      const values = set.values('a');
      set.dispose();
      return values;
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it('clips by the global norm, to 0 where the loss is not finite', () => {
    const set = new Parameters();
    const optimiser = merging(set);
    const factor = (loss: number) =>
      tf.tidy(() => {
        const { norm, scale } = optimiser.clip([tf.tensor1d([3]), tf.tensor1d([-4])], tf.scalar(loss), 1);
        return [norm.dataSync()[0], scale.dataSync()[0]];
      });
    expect(factor(1)[0]).toBeCloseTo(5, 6);
    expect(factor(1)[1]).toBeCloseTo(0.2, 6);
    expect(factor(NaN)[1]).toBe(0);
    set.dispose();
  });

  it('refuses a step ahead of the one before it, a missing gradient and a task vector that does not fit', async () => {
    const set = new Parameters();
    const optimiser = merging(set);
    const first = update(optimiser, GRADIENTS, 0.1);
    await expect(update(optimiser, GRADIENTS, 0.1)).rejects.toThrow('cannot run ahead');
    await first;
    await expect(update(optimiser, { a: [1, 1, 1, 1], b: [1, 1] }, 0.1)).rejects.toThrow('“c” has no gradient');
    expect(() => merging(set, { tau: () => [1] })).toThrow(RangeError);
    set.dispose();
  });

  it.each(['ondare', 'onties'] as const)('%s: restored in the middle it continues exactly', async (method) => {
    const options = { method, reserveShare: 0.5, alpha: 0.1, masks: new Map([['a', Uint8Array.of(0, 1, 1, 1)]]) };
    const whole = new Parameters();
    const first = merging(whole, options);
    for (let i = 0; i < 3; i++) await update(first, GRADIENTS, 0.1);
    const cut = new Parameters({ a: whole.values('a'), b: whole.values('b'), c: whole.values('c') });
    const second = merging(cut, options);
    second.restore(await first.state());
    for (const optimiser of [first, second]) for (let i = 0; i < 3; i++) await update(optimiser, GRADIENTS, 0.1);
    for (const name of ['a', 'b', 'c']) expect(cut.values(name)).toEqual(whole.values(name));
    expect(await second.state()).toEqual(await first.state());
    expect((await second.state()).updates).toBe(6);
    const adam = new Adamw(cut);
    expect(() => second.restore({ updates: 1, moments: new Map(), sums: null })).toThrow(RangeError);
    const other = await adam.state();
    expect(() => second.restore(other)).toThrow('“a”');
    for (const one of [adam, whole, cut]) one.dispose();
  });

  it('leaves no tensor behind, and touches none that it was given', async () => {
    const left = await tensorsLeft(async () => {
      const set = new Parameters();
      const optimiser = merging(set, { reserveShare: 0.5, alpha: 0.1 });
      for (let i = 0; i < 3; i++) await update(optimiser, GRADIENTS, 0.1, i === 1 ? 0 : 1);
      await expect(update(optimiser, { a: [1, 1, 1, 1] }, 0.1)).rejects.toThrow();
      optimiser.dispose();
      expect(optimiser.names).toEqual([]);
      set.dispose();
    });
    expect(left).toBe(0);
  });
});
