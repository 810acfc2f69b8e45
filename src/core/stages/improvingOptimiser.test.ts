import { beforeAll, describe, expect, it } from 'vitest';
import {
  addWrongResponses,
  changedEntries,
  disposeContext,
  drain,
  eventsOf,
  maskOf,
  TINY_MODEL,
  tensorsLeft,
  tinyWeights,
  toyContext,
} from '../../testing/tinyModel';
import { toyStarter } from '../../testing/toyStarter';
import type { RunConfig } from '../config';
import type { RunEvent } from '../events';
import { tf } from '../tf';
import { policyOf, type RunContext } from './context';
import { improving } from './improving';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const TENSOR = 'model.layers.0.mlp.down_proj.weight';
const MASK = maskOf(TINY_MODEL, {
  'model.embed_tokens.weight': Array.from({ length: 40 }, (_, i) => 64 + 2 * i),
  [TENSOR]: [1, 2, 3],
});

interface Given {
  config?: Partial<RunConfig>;
  isMasked?: boolean;
  mayRunAhead?: boolean;
  imported?: boolean;
  left?: number;
}

/** OnDARE with every entry kept and no task vector is Adam. */
const PLAIN = { optimiser: 'ondare', mergeRules: 'paper', mergeShare: 1, mergeAlpha: 0, mergeRescale: false } as const;

async function stage({ config, isMasked, mayRunAhead, imported, left = Infinity }: Given = {}) {
  const made = toyContext({
    config: {
      ...{ preset: 'tiny', sftStart: 'shipped', improvingSteps: 10, improvingLearningRate: 1e-2, keepShare: 0.5 },
      ...config,
    },
    ...(imported && { dataset: { teacher: null } }),
  });
  const context: RunContext = { ...made, loadStarter: toyStarter() };
  context.pace.mayRunAhead = mayRunAhead ?? false;
  addWrongResponses(context);
  if (isMasked) context.masks.improving = { mask: MASK, selected: 43, total: 1 };
  await drain(context.evaluator.prepare(policyOf(context)));
  const before = await policyOf(context).weights();
  const events: RunEvent[] = [];
  let ranAhead = false;
  for await (const event of improving(context)) {
    events.push(event);
    ranAhead ||= context.pace.isAhead;
    if (events.length === left) break;
  }
  const after = await policyOf(context).weights();
  disposeContext(context);
  return {
    ...{ events, after, ranAhead },
    losses: eventsOf(events, 'step').map(({ metrics }) => metrics.loss),
    changed: changedEntries(before, after),
  };
}

const METHODS = [
  { optimiser: 'ondare', mergeRules: 'paper' },
  { optimiser: 'ondare', mergeRules: 'reference' },
  { optimiser: 'onties', mergeRules: 'paper' },
  { optimiser: 'onties', mergeRules: 'reference' },
] as const;

describe('improving with an online merging optimiser', () => {
  it.each(METHODS)('lowers the loss from ln 2, with the same bits again: %o', async (method) => {
    const config = { ...method, mergeShare: 0.5, mergeAlpha: 1e-5 };
    const first = await stage({ config });
    expect(first.losses[0]).toBeCloseTo(Math.LN2, 6);
    expect(first.losses.at(-1)!).toBeLessThan(0.67);
    const again = await stage({ config });
    expect(again.losses).toEqual(first.losses);
    expect(again.after).toEqual(first.after);
  });

  it.each(METHODS)('moves nothing outside the neuron mask: %o', async (method) => {
    const config = { ...method, mergeShare: 0.5, mergeAlpha: 0.01, improvingSteps: 4 };
    const { changed } = await stage({ config, isMasked: true });
    expect(changed.size).toBeGreaterThan(0);
    for (const [name, indices] of changed) for (const i of indices) expect(MASK.get(name)![i], name).toBe(1);
    expect(changed.get(TENSOR)).toEqual([1, 2, 3]);
  });

  it('is AdamW of the masked stages where everything is kept and nothing merged', async () => {
    // With a mask AdamW has Hugging Face's form, which is the merging optimisers'.
    const all = { isMasked: true, config: { keepShare: 1 } };
    const adamw = await stage(all);
    for (const optimiser of ['ondare', 'onties'] as const) {
      const merging = await stage({ ...all, config: { ...all.config, ...PLAIN, optimiser } });
      merging.losses.forEach((loss, i) => {
        expect(loss).toBeCloseTo(adamw.losses[i]!, 4);
      });
      for (const i of [1, 2, 3]) expect(merging.after.get(TENSOR)![i]).toBeCloseTo(adamw.after.get(TENSOR)![i]!, 4);
    }
  });

  it('draws the weights towards the SFT model and on, away from the base: by τ = θ_SFT − θ_base', async () => {
    const alpha = 0.01;
    // The first update has rate 0: only α τ is left of it.
    const { after } = await stage({ config: { ...PLAIN, mergeAlpha: alpha, improvingSteps: 1 } });
    const [sft, base] = [tinyWeights().get(TENSOR)!, tinyWeights(TINY_MODEL, 7).get(TENSOR)!];
    after.get(TENSOR)!.forEach((value, i) => {
      expect(value).toBeCloseTo(sft[i]! + alpha * (sft[i]! - base[i]!), 6);
    });
  });

  it('never runs ahead, whatever its owner allows; AdamW does', async () => {
    expect((await stage({ mayRunAhead: true })).ranAhead).toBe(true);
    const slow = await stage({ config: PLAIN, mayRunAhead: true });
    expect(slow.ranAhead).toBe(false);
    expect(slow.losses).toEqual((await stage({ config: PLAIN })).losses);
  });

  it('takes AdamW with imported data, which has no base model, and says so', async () => {
    const { events, losses } = await stage({ config: { ...PLAIN, keepShare: 1 }, imported: true });
    expect(eventsOf(events, 'notice')).toEqual([
      {
        ...{ type: 'notice', level: 'warning', stage: 'improving' },
        text: 'Online merging needs a base model beside the SFT model, and this run has none: improving takes AdamW instead.',
      },
    ]);
    expect(losses).toEqual((await stage({ config: { keepShare: 1 } })).losses);
  });

  it('leaves no tensor behind, wherever it is left', async () => {
    for (const left of [Infinity, 1, 2, 4, 9])
      expect(await tensorsLeft(() => stage({ config: { ...PLAIN, mergeAlpha: 0.01 }, left }))).toBe(0);
  });
});
