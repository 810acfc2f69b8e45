import { beforeAll, describe, expect, it } from 'vitest';
import {
  disposeContext,
  drain,
  eventsOf,
  TINY_MODEL,
  type ToyOptions,
  tensorsLeft,
  tinyWeights,
  toyConfig,
  toyContext,
} from '../../testing/tinyModel';
import { parameterCount, tensorSpecs } from '../model/config';
import { createRng } from '../rng';
import { tf } from '../tf';
import { policyOf } from './context';
import { maskPurposes, selectMasks } from './masks';
import { ticksOver } from './ranking';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const total = parameterCount(TINY_MODEL);

/** Moves every weight by a random amount, as the warm-up would; gives the amounts in model order. */
function moveWeights(context: ReturnType<typeof toyContext>, seed = 1): number[] {
  const rng = createRng(seed, 'moves');
  const model = policyOf(context);
  return tensorSpecs(context.modelConfig).flatMap(({ name, shape }) => {
    const before = context.sft.get(name)!;
    const after = before.map((x) => x + rng.normal() * 1e-3);
    model.assign(name, tf.tensor(after, [...shape]));
    return [...after].map((x, i) => Math.abs(Math.fround(x - before[i]!)));
  });
}

async function select(options: ToyOptions) {
  const context = toyContext(options);
  const sizes = moveWeights(context);
  const { ticks } = await drain(selectMasks(context));
  const restored = await policyOf(context).weights();
  disposeContext(context);
  const entries = (purpose: 'forgetting' | 'improving') =>
    [...context.masks[purpose]!.mask.values()].flatMap((mask) => [...mask]);
  return { context, sizes, ticks, restored, entries };
}
const ones = (mask: readonly number[]) => mask.reduce((sum, bit) => sum + bit, 0);

describe('maskPurposes', () => {
  it('needs one mask for a single stage, two for ALLO', () => {
    expect(maskPurposes(toyConfig())).toEqual(['forgetting', 'improving']);
    expect(maskPurposes(toyConfig({ forgettingSteps: 0 }))).toEqual(['improving']);
    expect(maskPurposes(toyConfig({ method: 'dpo' }))).toEqual(['improving']);
  });
});

describe('ticksOver', () => {
  it('says how far a large model is every 16.8 million weights, and nothing of a small one or at the end', () => {
    const ticks = ticksOver(60_000_000, { label: 'ranking', done: 0, total: 2 });
    const labels = [28, 10, 10, 10, 2].map((millions) => ticks(millions * 1e6).map(({ label }) => label));
    expect(labels).toEqual([['ranking, 46 %'], [], ['ranking, 80 %'], [], []]);
    const small = ticksOver(17_000_000, { label: 'ranking', done: 0, total: 2 });
    expect([small(10e6), small(7e6)]).toEqual([[], []]);
  });
});

describe('selectMasks', () => {
  it('ranks by |Σ g| instead of the change, signs left out', async () => {
    // 2 of the model's weights, however far they have moved.
    const improvingPercent = (100 * 2.5) / total;
    const context = toyContext({ config: { method: 'dpo', maskScore: 'gradient', improvingPercent } });
    moveWeights(context);
    const sums = new Map([...context.sft].map(([name, values]) => [name, new Float32Array(values.length).fill(0.5)]));
    sums.get('model.embed_tokens.weight')![7] = 3;
    sums.get('model.layers.1.self_attn.q_proj.weight')![100] = -5;
    sums.get('model.norm.weight')![2] = 4;
    context.gradientSums = sums;
    const { ticks } = await drain(selectMasks(context));
    disposeContext(context);
    const selected = [...context.masks.improving!.mask].flatMap(([name, mask]) =>
      [...mask].flatMap((bit, i) => (bit ? [`${name} ${i}`] : [])),
    );
    expect(selected).toEqual(['model.layers.1.self_attn.q_proj.weight 100', 'model.norm.weight 2']);
    expect(eventsOf(ticks, 'mask')).toMatchObject([
      { rule: 'top', score: 'gradient', source: null, selected: 2, threshold: 4, ties: 1 },
    ]);
  });

  it('says that weights without a gradient were taken, and fails where none were summed up', async () => {
    const context = toyContext({ config: { method: 'dpo', maskScore: 'gradient' } });
    await expect(drain(selectMasks(context))).rejects.toThrow('did not sum up its gradients');
    context.gradientSums = new Map([...context.sft].map(([name, values]) => [name, new Float32Array(values.length)]));
    const { ticks } = await drain(selectMasks(context));
    disposeContext(context);
    expect(eventsOf(ticks, 'notice').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^The improving mask holds weights whose summed gradient is exactly 0/),
    ]);
  });

  it('warns of an empty mask, and of one that had to take weights that never moved', async () => {
    const texts = async (config: ToyOptions['config'], move: boolean) => {
      const context = toyContext({ config });
      if (move) moveWeights(context);
      const { ticks } = await drain(selectMasks(context));
      disposeContext(context);
      return ticks.flatMap((event) => (event.type === 'notice' ? [`${event.level}: ${event.text}`] : []));
    };
    expect(await texts({}, true)).toEqual([]);
    expect(await texts({ forgettingPercent: 0 }, true)).toEqual([
      expect.stringMatching(/^warning: The forgetting mask is empty/),
    ]);
    expect(await texts({}, false)).toEqual(
      ['forgetting', 'improving'].map((name) =>
        expect.stringMatching(new RegExp(`^warning: The ${name} mask holds weights that the warm-up did not move`)),
      ),
    );
    expect(await texts({ maskRule: 'least' }, false)).toEqual([]);
  });

  it('selects floor(total · percent / 100) of the most moved weights, exactly', async () => {
    const { context, sizes, entries, ticks } = await select({ config: { forgettingPercent: 5, improvingPercent: 10 } });
    for (const [purpose, percent] of [
      ['forgetting', 5],
      ['improving', 10],
    ] as const) {
      const count = Math.floor((total * percent) / 100);
      const mask = entries(purpose);
      expect(mask).toHaveLength(total);
      expect(ones(mask)).toBe(count);
      expect(context.masks[purpose]).toMatchObject({ selected: count, total });
      const threshold = sizes.toSorted((a, b) => b - a)[count - 1]!;
      sizes.forEach((size, i) => {
        if (size > threshold) expect(mask[i]).toBe(1);
        if (size < threshold) expect(mask[i]).toBe(0);
      });
      const event = eventsOf(ticks, 'mask').find((one) => one.purpose === purpose)!;
      expect(event).toMatchObject({ rule: 'top', lowerPercent: 0, requestedPercent: percent, selected: count, total });
      expect(event.threshold).toBe(threshold);
      expect(event.tensors.flatMap((tensor) => [...tensor.mask])).toEqual(mask);
      expect(event.tensors.map(({ selected }) => selected)).toEqual(event.tensors.map((one) => ones([...one.mask])));
      expect(event.tensors.map(({ name }) => name)).toEqual([...context.sft.keys()]);
    }
    // 5 % lie within 10 %.
    entries('forgetting').forEach((bit, i) => {
      if (bit) expect(entries('improving')[i]).toBe(1);
    });
  });

  it('hands out copies of the masks, since events are transferred', async () => {
    const { context, ticks } = await select({});
    for (const { tensors } of eventsOf(ticks, 'mask')) for (const { mask } of tensors) mask.fill(0);
    expect([...context.masks.improving!.mask.values()].some((mask) => mask.includes(1))).toBe(true);
  });

  it('makes bands, least-changed and random masks of equal size', async () => {
    const percent = { forgettingPercent: 12.5, improvingPercent: 10 };
    const band = await select({ config: { ...percent, forgettingLower: 2.5 } });
    const least = await select({ config: { ...percent, maskRule: 'least' } });
    const random = await select({ config: { ...percent, maskRule: 'random' } });
    const count = Math.floor(total / 10);
    for (const { entries } of [band, least, random]) expect(ones(entries('improving'))).toBe(count);
    const bandCount = Math.floor((total * 12.5) / 100) - Math.floor((total * 2.5) / 100);
    expect(ones(band.entries('forgetting'))).toBe(bandCount);
    expect(eventsOf(band.ticks, 'mask')[0]).toMatchObject({ lowerPercent: 2.5, requestedPercent: 10 });

    const ranked = band.sizes.toSorted((a, b) => b - a);
    const [high, low] = [ranked[Math.floor((total * 2.5) / 100)]!, ranked[Math.floor((total * 12.5) / 100) - 1]!];
    band.entries('forgetting').forEach((bit, i) => {
      if (bit) expect(band.sizes[i]! <= high && band.sizes[i]! >= low).toBe(true);
    });
    const smallest = ranked[total - count]!;
    least.entries('improving').forEach((bit, i) => {
      if (bit) expect(least.sizes[i]).toBeLessThanOrEqual(smallest);
    });
    // A random mask holds about a tenth of the top tenth (sd 8), and has no threshold.
    const top = (await select({ config: percent })).entries('improving');
    const shared = ones(random.entries('improving').map((bit, i) => bit & top[i]!));
    expect(Math.abs(shared - count / 10)).toBeLessThan(40);
    expect(eventsOf(random.ticks, 'mask')[0]).toMatchObject({ rule: 'random', threshold: null, ties: 0 });
  });

  it('draws random masks by the run’s seed, another one for each purpose', async () => {
    const draw = async (seed: number) => {
      const percent = { forgettingPercent: 10, improvingPercent: 10 };
      const { entries } = await select({ config: { ...percent, maskRule: 'random', seed } });
      return [entries('forgetting').join(''), entries('improving').join('')];
    };
    const first = await draw(1);
    expect(await draw(1)).toEqual(first);
    expect(first[0]).not.toBe(first[1]);
    expect((await draw(2))[0]).not.toBe(first[0]);
  });

  it('selects nothing at 0 % and everything at 100 %', async () => {
    const { entries } = await select({ config: { forgettingPercent: 0, improvingPercent: 100 } });
    expect(ones(entries('forgetting'))).toBe(0);
    expect(ones(entries('improving'))).toBe(total);
  });

  it('puts the SFT weights back bit for bit and leaves no tensor', async () => {
    let restored: Awaited<ReturnType<typeof select>>['restored'] | null = null;
    const left = await tensorsLeft(async () => {
      restored = (await select({})).restored;
    });
    expect(left).toBe(0);
    expect(restored).toEqual(tinyWeights());
  });

  it('has one progress event a mask and no loss', async () => {
    const { ticks } = await select({ config: { method: 'dpo' } });
    expect(ticks.map(({ type }) => type)).toEqual(['stage.started', 'mask', 'stage.progress', 'stage.done']);
    expect(eventsOf(ticks, 'stage.done')[0]!.summary).toMatchObject({ name: 'mask', firstLoss: null, lastLoss: null });
  });
});
