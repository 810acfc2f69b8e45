// The atlas without its worker: one run of two tensors whose numbers are worked by hand.
import { describe, expect, it } from 'vitest';
import type { RunEvent, TimedStage } from '../core/events';
import type { MaskOptions } from '../core/masks/selectMask';
import { EVERYTHING } from '../core/masks/tensorKinds';
import { fakeEvents } from '../testing/fakeRun';
import type { AtlasAnswers, AtlasMessage, AtlasQuestion, Holdings, LayerRef, MaskRef } from './atlasProtocol';
import { createAtlasSession } from './atlasSession';

const TENSORS = [
  { name: 'model.layers.0.self_attn.q_proj.weight', shape: [2, 3] },
  { name: 'model.norm.weight', shape: [4] },
] as const;
const [Q, NORM] = [TENSORS[0].name, TENSORS[1].name];

const started = (seed = 1): RunEvent => {
  const event = [...fakeEvents('started', { preset: 'tiny' })].find(({ type }) => type === 'run.started');
  if (event?.type !== 'run.started') throw new Error('no start');
  return { ...event, tensors: TENSORS, config: { ...event.config, seed } };
};
/** θ′ − θ is [1, −6, 0.5, 4, 0, −3] and [2, 0, 0, −5]. */
const weights = (): RunEvent[] => [
  { type: 'weights', moment: 'sft', tensors: [Float32Array.of(0, 1, 2, 3, 4, 5), Float32Array.of(1, 1, 1, 1)] },
  {
    type: 'weights',
    moment: 'warmed-up',
    tensors: [Float32Array.of(1, -5, 2.5, 7, 4, 2), Float32Array.of(3, 1, 1, -4)],
  },
];
const maskEvent = (bits: readonly number[]): RunEvent => ({
  ...{
    type: 'mask',
    purpose: 'forgetting',
    rule: 'top',
    ...{ score: 'change', source: null },
    lowerPercent: 0,
    requestedPercent: 20,
    selected: 2,
    total: 10,
  },
  ...{ threshold: 5, ties: 1 },
  tensors: [
    { ...TENSORS[0], selected: 1, mask: Uint8Array.from(bits) },
    { ...TENSORS[1], selected: 1, mask: Uint8Array.of(0, 0, 0, 1) },
  ],
});

function setup() {
  const messages: AtlasMessage[] = [];
  const session = createAtlasSession(
    (message) => messages.push(message),
    () => 0,
  );
  const take = (runId: string, events: readonly RunEvent[]) =>
    session.handle({ type: 'atlas.events', runId, name: `name of ${runId}`, events });
  const ask = <Q extends AtlasQuestion>(question: Q): AtlasAnswers[Q['type']] => {
    session.handle({ type: 'atlas.ask', requestId: 'r', question });
    const last = messages.at(-1);
    if (last?.type === 'atlas.failed') throw new Error(last.message);
    if (last?.type !== 'atlas.answer') throw new Error('no answer');
    return last.answer.value as AtlasAnswers[Q['type']];
  };
  const holdings = (): Holdings => {
    const found = messages.filter((message) => message.type === 'atlas.held').at(-1);
    if (found?.type !== 'atlas.held') throw new Error('nothing held');
    return found.holdings;
  };
  return { take, ask, holdings };
}

function full() {
  const atlas = setup();
  atlas.take('one', [started(), ...weights(), maskEvent([0, 1, 0, 0, 0, 0])]);
  return atlas;
}

const options = (change: Partial<MaskOptions> = {}): MaskOptions => ({
  ...{ rule: 'most', lower: 0, upper: 30, scope: EVERYTHING, seed: 1 },
  ...change,
});
const lab = (change: Partial<MaskOptions> = {}): MaskRef => ({ from: 'lab', runId: 'one', options: options(change) });
const ofRun: MaskRef = { from: 'run', runId: 'one', purpose: 'forgetting' };

describe('what is held', () => {
  it('says what has come so far', () => {
    expect(full().holdings().runs).toEqual([
      {
        ...{
          runId: 'one',
          name: 'name of one',
          family: 'math',
          seed: 1,
          moments: ['sft', 'warmed-up'],
          masks: ['forgetting'],
        },
        ...{ hasUpdate: true, hasGradient: false, hasSecondMoment: false, updateSteps: [] },
      },
    ]);
  });

  it('keeps three runs, and names the one that had to go', () => {
    const { take, ask, holdings } = full();
    for (const id of ['two', 'three', 'four']) take(id, [started(), ...weights()]);
    expect(holdings().runs.map(({ runId }) => runId)).toEqual(['two', 'three', 'four']);
    expect(holdings().dropped).toEqual(['name of one']);
    expect(() => ask({ type: 'select', mask: lab() })).toThrow('no longer held');
  });

  it('says what is missing while the warm-up is not over', () => {
    const { take, ask } = setup();
    take('one', [started(), weights()[0]!]);
    expect(() => ask({ type: 'select', mask: lab() })).toThrow('when the warm-up is over');
  });
});

describe('selections', () => {
  it('takes the three largest of ten, with threshold, densities and ranks', () => {
    const found = full().ask({ type: 'select', mask: lab() });
    expect(found).toMatchObject({ selected: 3, total: 10, requestedShare: 0.3, achievedShare: 0.3 });
    expect(found.edges.upper).toEqual({ threshold: 4, ties: 1, taken: 1 });
    expect(found.tensors.map(({ selected, rank }) => [selected, rank])).toEqual([
      [2, 1],
      [1, 2],
    ]);
  });

  it('leaves tensors out of scope out of N', () => {
    const scope = { ...EVERYTHING, norms: false };
    const found = full().ask({ type: 'select', mask: lab({ upper: 50, scope }) });
    expect(found).toMatchObject({ selected: 3, total: 6, achievedShare: 0.5 });
    expect(found.tensors[1]).toMatchObject({ selected: 0, rank: null });
  });

  it('ranks by the accumulated gradient once there is one', () => {
    const atlas = full();
    expect(() => atlas.ask({ type: 'select', mask: lab({ rule: 'gradient' }) })).toThrow('gradient');
    atlas.take('one', [
      {
        ...{ type: 'moments', stage: 'warm-up' },
        secondMoments: [new Float32Array(6), new Float32Array(4)],
        gradients: [new Float32Array(6), Float32Array.of(0, 9, -8, 0)],
      },
    ]);
    const gradient = lab({ rule: 'gradient', upper: 20 });
    expect(atlas.ask({ type: 'select', mask: gradient }).tensors.map(({ selected }) => selected)).toEqual([0, 2]);
  });

  it('reads a cell: value, change, rank, block', () => {
    const layer = { kind: 'size', runId: 'one' } as const;
    const found = full().ask({ type: 'cell', layer, mask: lab(), tensor: Q, row: 0, column: 1, block: 1 });
    expect(found).toMatchObject({ value: 6, selected: true, around: { rows: 2, columns: 3, selected: 2 } });
    expect(found.facts).toMatchObject({ flat: 1, value: -6, rank: 1, total: 10 });
  });

  it('reads the value alone where there is no mask', () => {
    const layer = { kind: 'change', runId: 'one' } as const;
    const found = full().ask({ type: 'cell', layer, mask: null, tensor: Q, row: 0, column: 1, block: 1 });
    expect(found).toEqual({ value: -6, selected: null, facts: null, around: null });
  });

  it('goes from one selected weight to the next, in both directions', () => {
    const { ask } = full();
    const next = (from: { row: number; column: number } | null, direction: 1 | -1) =>
      ask({ type: 'next', mask: lab(), tensor: Q, from, direction });
    expect(next(null, 1)).toEqual({ row: 0, column: 1 });
    expect(next({ row: 0, column: 1 }, 1)).toEqual({ row: 1, column: 0 });
    expect(next({ row: 1, column: 0 }, 1)).toBeNull();
    expect(next({ row: 0, column: 1 }, -1)).toBeNull();
  });
});

describe('pictures', () => {
  const tile = (layer: Extract<AtlasQuestion, { type: 'tile' }>['layer'], level: number) =>
    ({ type: 'tile', layer, tensor: Q, statistic: 'mean', level, row: 0, column: 0 }) as const;

  it('serves single cells and blocks of every layer', () => {
    const { ask } = full();
    expect([...ask(tile({ kind: 'change', runId: 'one' }, 0))]).toEqual([1, -6, 0.5, 4, 0, -3]);
    expect([...ask(tile({ kind: 'size', runId: 'one' }, 0))]).toEqual([1, 6, 0.5, 4, 0, 3]);
    // Blocks of 2 × 2: (1 + 6 + 4 + 0) / 4, and the last column (0.5 + 3) / 2.
    expect([...ask(tile({ kind: 'size', runId: 'one' }, 1))]).toEqual([2.75, 1.75]);
    expect([...ask(tile({ kind: 'weight', runId: 'one', moment: 'sft' }, 0))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...ask(tile({ kind: 'mask', mask: lab() }, 0))]).toEqual([0, 1, 0, 1, 0, 0]);
  });

  it('draws two masks over each other in four codes', () => {
    const layer = { kind: 'overlay', a: ofRun, b: lab({ lower: 20, upper: 40 }) } as const;
    // A is cell 1; the band takes ranks 3 and 4: cells 3 (4) and 5 (3).
    expect([...full().ask(tile(layer, 0))]).toEqual([0, 1, 0, 2, 0, 2]);
  });

  it('shows the very weights of a moment that is kept as differences', () => {
    const atlas = full();
    const weight = (moment: 'forgotten' | 'warmed-up') => ({ kind: 'weight', runId: 'one', moment }) as const;
    const forgotten = Float32Array.of(0, -0, 2, 3, 4, 5.5);
    atlas.take('one', [{ type: 'weights', moment: 'forgotten', tensors: [forgotten, Float32Array.of(1, 1, 1, 1)] }]);
    expect([...atlas.ask(tile(weight('forgotten'), 0))]).toEqual([0, -0, 2, 3, 4, 5.5]);
    expect([...atlas.ask(tile(weight('warmed-up'), 0))]).toEqual([1, -5, 2.5, 7, 4, 2]);
    const layer = weight('forgotten');
    expect(atlas.ask({ type: 'histogram', layer, tensor: null })).toMatchObject({ finite: 10, max: 5.5 });
    expect(() => atlas.ask(tile({ ...layer, moment: 'improved' as never }, 0))).toThrow('not there yet');
  });

  it('counts values for a domain, of one tensor and of all', () => {
    const { ask } = full();
    const layer = { kind: 'change', runId: 'one' } as const;
    expect(ask({ type: 'histogram', layer, tensor: NORM })).toMatchObject({ finite: 4, min: -5, max: 2 });
    expect(ask({ type: 'histogram', layer, tensor: null })).toMatchObject({ finite: 10, min: -6, max: 4 });
  });

  it('counts selected weights per row and column', () => {
    const found = full().ask({ type: 'profile', mask: lab(), tensor: Q });
    expect([...found.rows.counts]).toEqual([1, 1]);
    expect([...found.columns.counts]).toEqual([1, 1, 0]);
  });
});

describe('agreement', () => {
  it('compares masks beside chance', () => {
    const { overall, anywhere } = full().ask({ type: 'agreement', a: ofRun, b: lab() });
    // A holds {1, norm 3}; B the same and cell 3: 2 of 3. Anywhere 2 · 3 / 10 are shared by chance.
    expect(overall).toMatchObject({ both: 2, onlyA: 0, onlyB: 1, iou: 2 / 3 });
    expect(anywhere.chanceBoth).toBeCloseTo(0.6, 12);
  });

  it('compares several pairwise', () => {
    const masks = [ofRun, lab(), lab({ upper: 100 })].map((mask, i) => ({ label: `${i}`, mask }));
    expect(full().ask({ type: 'matrix', masks }).selected).toEqual([2, 3, 10]);
  });

  it('says how early the mask was settled', () => {
    const atlas = full();
    const update = (step: number, q: readonly number[], norm: readonly number[]): RunEvent => ({
      ...{ type: 'update', stage: 'warm-up', step },
      tensors: [Float32Array.from(q), Float32Array.from(norm)],
    });
    atlas.take('one', [update(1, [9, 8, 0, 0, 0, 0], [0, 0, 0, 0]), update(4, [0, 8, 0, 0, 0, 0], [0, 0, 0, 9])]);
    const churn = atlas.ask({ type: 'churn', runId: 'one', options: options({ upper: 20 }) });
    expect(churn.map(({ step, shareOfFinal }) => [step, shareOfFinal])).toEqual([
      [1, 0.5],
      [4, 1],
    ]);
  });
});

describe('the masks of the time line', () => {
  const update = (step: number, q: readonly number[], norm: readonly number[]): RunEvent => ({
    ...{ type: 'update', stage: 'warm-up', step },
    tensors: [Float32Array.from(q), Float32Array.from(norm)],
  });
  const maskAt = (step: number): MaskRef => ({
    from: 'moment',
    runId: 'one',
    at: { stage: 'warm-up', step },
    percent: 30,
  });
  const bitsAt = (atlas: ReturnType<typeof full>, step: number, tensor: string) => {
    const tile = { statistic: 'mean', level: 0, row: 0, column: 0 } as const;
    return [...atlas.ask({ type: 'tile', layer: { kind: 'mask', mask: maskAt(step) }, tensor, ...tile })];
  };

  it('hold what has moved most up to a moment, and nothing that has not moved', () => {
    const atlas = full();
    atlas.take('one', [
      update(0, [0, 0, 0, 0, 0, 0], [0, 0, 0, 0]),
      update(1, [0, 0, 0.5, 0, 0, 0], [0, 0, 0, -1]),
      update(4, [0, 8, 1, -7, 0, 0], [0, 0, 0, -9]),
    ]);
    // 30 % of ten weights are three.
    expect([bitsAt(atlas, 0, Q), bitsAt(atlas, 0, NORM)]).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect([bitsAt(atlas, 1, Q), bitsAt(atlas, 1, NORM)]).toEqual([
      [0, 0, 1, 0, 0, 0],
      [0, 0, 0, 1],
    ]);
    expect([bitsAt(atlas, 4, Q), bitsAt(atlas, 4, NORM)]).toEqual([
      [0, 1, 0, 1, 0, 0],
      [0, 0, 0, 1],
    ]);
    // Weight 2 leaves, 1 and 3 enter, the norm's stays.
    const { overall } = atlas.ask({ type: 'agreement', a: maskAt(1), b: maskAt(4) });
    expect(overall).toMatchObject({ both: 1, onlyA: 1, onlyB: 2 });
    expect(atlas.ask({ type: 'select', mask: maskAt(4) }).selected).toBe(3);
  });

  it('are made anew when a stage runs again', () => {
    const atlas = full();
    atlas.take('one', [update(1, [0, 0, 0.5, 0, 0, 0], [0, 0, 0, 0])]);
    expect(bitsAt(atlas, 1, Q)).toEqual([0, 0, 1, 0, 0, 0]);
    atlas.take('one', [update(1, [0, 0, 0, 0, 0, 2], [0, 0, 0, 0])]);
    expect(bitsAt(atlas, 1, Q)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(() => bitsAt(atlas, 2, Q)).toThrow(/not held/);
  });
});

describe('the time line', () => {
  it('shows change, size and weights of a moment, and counts churn along the warm-up alone', () => {
    const atlas = full();
    const update = (stage: TimedStage, step: number, q: readonly number[]): RunEvent => ({
      ...{ type: 'update', stage, step },
      tensors: [Float32Array.from(q), Float32Array.of(0, 0, 0, -1)],
    });
    atlas.take('one', [update('warm-up', 0, [0, 0, 0, 0, 0, 0]), update('warm-up', 2, [1, -6, 0.5, 4, 0, -3])]);
    atlas.take('one', [update('forgetting', 2, [0, 0, -0.5, 0, 0, 0])]);
    expect(atlas.holdings().runs[0]!.updateSteps).toEqual([
      { stage: 'warm-up', step: 0 },
      { stage: 'warm-up', step: 2 },
      { stage: 'forgetting', step: 2 },
    ]);
    const at = { stage: 'forgetting', step: 2 } as const;
    const tile = (layer: LayerRef) => {
      const whole = { tensor: Q, statistic: 'mean', level: 0, row: 0, column: 0 } as const;
      return [...atlas.ask({ type: 'tile', layer, ...whole })];
    };
    expect(tile({ kind: 'change', runId: 'one', at })).toEqual([0, 0, -0.5, 0, 0, 0]);
    expect(tile({ kind: 'size', runId: 'one', at })).toEqual([0, 0, 0.5, 0, 0, 0]);
    expect(tile({ kind: 'weight', runId: 'one', moment: 'sft', at })).toEqual([0, 1, 1.5, 3, 4, 5]);
    expect(tile({ kind: 'change', runId: 'one' })).toEqual([1, -6, 0.5, 4, 0, -3]);
    expect(() => tile({ kind: 'change', runId: 'one', at: { ...at, step: 3 } })).toThrow(/^The change at this moment/);
    const churn = atlas.ask({ type: 'churn', runId: 'one', options: options({ upper: 20 }) });
    expect(churn.map(({ step, shareOfFinal }) => [step, shareOfFinal])).toEqual([[2, 1]]);
    // Run again, the moment has other numbers.
    atlas.take('one', [update('forgetting', 2, [7, 0, 0, 0, 0, 0])]);
    expect(tile({ kind: 'size', runId: 'one', at })).toEqual([7, 0, 0, 0, 0, 0]);
  });
});

describe('files', () => {
  it('gives a mask back bit for bit, plain and packed', () => {
    const { ask, holdings } = full();
    for (const what of ['mask', 'packed'] as const) {
      const bytes = ask({ type: 'export', what, mask: lab() });
      const found = ask({ type: 'import', runId: 'one', fileName: `${what}.safetensors`, file: bytes.buffer });
      expect(found).toMatchObject({ selected: 3, total: 10, mismatches: [], packed: what === 'packed' });
      const file = { from: 'file', fileId: found.fileId! } as const;
      expect(ask({ type: 'agreement', a: lab(), b: file }).overall).toMatchObject({ both: 3, onlyA: 0, onlyB: 0 });
    }
    expect(holdings().files.map(({ fileName }) => fileName)).toEqual(['mask.safetensors', 'packed.safetensors']);
  });

  it('writes densities as CSV', () => {
    const text = new TextDecoder().decode(full().ask({ type: 'export', what: 'densities', mask: lab() }));
    expect(text.split('\r\n')[2]).toBe('model.norm.weight,norm,,1,4,1,0.25,2');
  });

  it('refuses what is no safetensors file, in words', () => {
    const { ask } = full();
    expect(() => ask({ type: 'import', runId: 'one', fileName: 'x', file: new ArrayBuffer(3) })).toThrow();
  });
});
