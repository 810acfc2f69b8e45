import { beforeAll, expect, it } from 'vitest';
import { loadStarterFile } from '../../cli/starterFiles';
import { eventsOf, tensorsLeft, toyConfig, toyDataset } from '../../testing/tinyModel';
import type { Family, RunConfig } from '../config';
import { createBuiltinDataset } from '../data/builtin';
import type { BackendReport, RunEvent } from '../events';
import { presetConfig } from '../presets';
import { createRun, type RunOptions } from '../run';
import { createShared } from '../study/shared';
import { tf } from '../tf';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};

/** The shipped Tiny model and DPO on the top 10 % for a few small steps. */
function options(family: Family, changes: Partial<RunConfig> = {}, more: Partial<RunOptions> = {}): RunOptions {
  const config: RunConfig = {
    ...presetConfig('tiny', family, 'dpo-top10'),
    ...{ prompts: 12, samplesPerPrompt: 4, batchTokens: 300, warmupSteps: 3, improvingSteps: 2 },
    ...{ heldOutPrompts: 6, otherPrompts: 0, klPrompts: 6 },
    ...changes,
  };
  const datasetFor = (other: Family) => createBuiltinDataset(other, config);
  const dataset = datasetFor(family);
  return { config, dataset, datasetFor, backend: BACKEND, loadStarter: loadStarterFile, ...more };
}

async function outcome(runOptions: RunOptions) {
  const run = createRun(runOptions);
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  const { masks, model, sft } = await run.checkpoints();
  run.dispose();
  const losses = (stage: string) =>
    eventsOf(events, 'step').flatMap((event) => (event.stage === stage ? [event.metrics.loss] : []));
  return { events, mask: masks.improving!, model, sft, losses };
}

// What a foreign mask is compared with: each made once, both rankings of a family from the same answers and pairs.
type Outcome = Awaited<ReturnType<typeof outcome>>;
const made = new Map<string, Promise<Outcome>>();
const stores = { math: createShared(), qa: createShared() };
function ownOf(family: 'math' | 'qa', maskScore: RunConfig['maskScore']): Promise<Outcome> {
  const key = `${family} ${maskScore}`;
  const found = made.get(key) ?? outcome(options(family, { maskScore }, { shared: stores[family] }));
  made.set(key, found);
  return found;
}
let loneForeign: Outcome | null = null;

it.each(['change', 'gradient'] as const)(
  'a mask from another family, ranked by %s, is the one of that family’s own run, to the bit',
  async (maskScore) => {
    const [own, theirs] = [await ownOf('math', maskScore), await ownOf('qa', maskScore)];
    let transplanted: Outcome | null = null;
    const left = await tensorsLeft(async () => {
      transplanted = await outcome(options('math', { maskScore, maskSource: 'qa' }));
    });
    const found = transplanted!;
    if (maskScore === 'change') loneForeign = found;
    expect(left).toBe(0);
    expect(found.mask).toEqual(theirs.mask);
    expect(found.mask).not.toEqual(own.mask);
    expect(found.losses('warm-up')).toEqual(theirs.losses('warm-up'));
    expect(found.losses('warm-up')).toHaveLength(3);
    expect(eventsOf(found.events, 'moments')).toEqual(eventsOf(theirs.events, 'moments'));
    // floor(112 192 · 10 %)
    expect(eventsOf(found.events, 'mask')).toMatchObject([
      { purpose: 'improving', rule: 'top', score: maskScore, source: 'qa', selected: 11_219 },
    ]);
    expect(eventsOf(own.events, 'mask')[0]!.source).toBeNull();

    // Answers, pairs and evaluation are this run's alone.
    expect(eventsOf(found.events, 'samples')).toEqual(eventsOf(own.events, 'samples'));
    expect(eventsOf(found.events, 'pairs')).toEqual(eventsOf(own.events, 'pairs'));
    expect(eventsOf(found.events, 'evaluation')[0]).toEqual(eventsOf(own.events, 'evaluation')[0]);
    expect(found.losses('improving')[0]).toBe(own.losses('improving')[0]);
    for (const [name, bits] of found.mask)
      bits.forEach((bit, i) => {
        if (!bit) expect(found.model.get(name)![i]).toBe(found.sft.get(name)![i]);
      });
    // Each stage is entered once; what the foreign warm-up does on the way is said in its progress.
    const started = eventsOf(found.events, 'stage.started').map(({ stage }) => stage);
    expect(started).toEqual(eventsOf(own.events, 'stage.started').map(({ stage }) => stage));
    const labels = eventsOf(found.events, 'stage.progress').flatMap(({ stage, label }) =>
      stage === 'warm-up' ? [label] : [],
    );
    expect(labels).toContain('qa: sampling, 48 of 48 answers');
    expect(eventsOf(found.events, 'notice').map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^The weights are ranked by a warm-up on qa: /),
    );
  },
);

it('is shared with that family’s own runs, in either order', async () => {
  const lone = loneForeign ?? (await outcome(options('math', { maskSource: 'qa' })));
  const theirs = await ownOf('qa', 'change');
  for (const order of ['foreign first', 'own first']) {
    const shared = createShared();
    const runs = {
      foreign: () => outcome(options('math', { maskSource: 'qa' }, { shared })),
      own: () => outcome(options('qa', {}, { shared })),
    };
    const isFirst = order === 'foreign first';
    const first = isFirst ? await runs.foreign() : await runs.own();
    const size = shared.size;
    const second = isFirst ? await runs.own() : await runs.foreign();
    const [foreign, own] = isFirst ? [first, second] : [second, first];
    expect([foreign.mask, foreign.model]).toEqual([lone.mask, lone.model]);
    expect([own.mask, own.model]).toEqual([theirs.mask, theirs.model]);
    expect(eventsOf(own.events, 'drift')).toEqual(eventsOf(theirs.events, 'drift'));
    // math: sft, before, sampling, pairs; qa: sft, before, sampling, pairs, warm-up.
    expect([order, size, shared.size]).toEqual([order, isFirst ? 8 : 5, 9]);
  }
});

it('runs again alone to the same losses', async () => {
  const run = createRun(options('math', { maskSource: 'instruct' }, { snapshots: true }));
  const losses: number[][] = [];
  for (const events of [run.events(), null]) {
    const found: number[] = [];
    for await (const event of events ?? run.only('warm-up'))
      if (event.type === 'step' && event.stage === 'warm-up') found.push(event.metrics.loss);
    losses.push(found);
  }
  run.dispose();
  expect(losses[1]).toEqual(losses[0]);
});

it('is refused in words where there is no other family: the mask is the own', async () => {
  const SMALL = { layers: 1, width: 16, heads: 2, mlpWidth: 24, sftSteps: 30, sftLearningRate: 0.01 };
  const toy = (maskSource: RunConfig['maskSource']): RunOptions => ({
    ...{
      config: toyConfig({ ...SMALL, maskSource, skills: 'half' }),
      dataset: toyDataset({ teacher: 'gold as rewrite' }),
    },
    ...{ backend: BACKEND, loadStarter: () => Promise.reject(new Error('a toy run has no starter')) },
  });
  const [own, wished] = [await outcome(toy('own')), await outcome(toy('qa'))];
  expect(wished.mask).toEqual(own.mask);
  expect(eventsOf(wished.events, 'mask').map(({ source }) => source)).toEqual([null, null]);
  const texts = eventsOf(wished.events, 'notice').map(({ text }) => text);
  expect(texts).toContainEqual(expect.stringMatching(/^An imported file is a family by itself/));
  expect(texts).toContainEqual(expect.stringMatching(/^An imported file has no skills/));
});
