// The inspect session on files in memory, beside the atlas session on the same numbers: tile for tile, cell for cell.
import { describe, expect, it } from 'vitest';
import { matrixLevels } from '../components/matrix/matrixSource';
import type { RunEvent } from '../core/events';
import { writeMask, writePackedMask } from '../core/masks/maskFile';
import { selectMask } from '../core/masks/selectMask';
import { maskSource } from '../core/masks/source';
import { EVERYTHING, matrixShape } from '../core/masks/tensorKinds';
import { createRng } from '../core/rng';
import { openSafetensors, writeSafetensors } from '../core/safetensors';
import { fakeEvents } from '../testing/fakeRun';
import type { AtlasAnswers, AtlasMessage, AtlasQuestion, LayerRef, MaskRef } from './atlasProtocol';
import { createAtlasSession } from './atlasSession';
import {
  AFTER,
  BEFORE,
  INSPECT_MASK,
  INSPECT_RUN,
  type InspectAnswers,
  type InspectCommand,
  type InspectFailure,
  type InspectJob,
  type InspectMessage,
  type InspectOptions,
  maskOptions,
} from './inspectProtocol';
import { createInspectSession } from './inspectSession';

const SPECS = [
  { name: 'model.embed_tokens.weight', shape: [301, 290] },
  { name: 'model.layers.0.self_attn.q_proj.weight', shape: [17, 33] },
  { name: 'model.norm.weight', shape: [29] },
] as const;
const [EMBED, Q, NORM] = SPECS.map(({ name }) => name) as [string, string, string];
const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

const rng = createRng(11, 'inspect');
const before = SPECS.map(({ shape }) => Float32Array.from({ length: sizeOf(shape) }, () => rng.normal() / 30));
/** A third does not move; a third ties on a grid. */
const after = before.map((values) =>
  values.map((value) => {
    const kind = rng.int(3);
    return kind === 0 ? value : kind === 1 ? value + (rng.int(5) - 2) / 64 : value + rng.normal() * 1e-3;
  }),
);
const update = before.map((values, i) => values.map((value, j) => after[i]![j]! - value));
const fileOf = (name: string, tensors: readonly Float32Array[]) =>
  new File([writeSafetensors(SPECS.map((spec, i) => ({ ...spec, dtype: 'F32' as const, values: tensors[i]! })))], name);
const BEFORE_FILE = fileOf('before.safetensors', before);
const AFTER_FILE = fileOf('after.safetensors', after);
const OPTIONS: InspectOptions = { rule: 'most', lower: 0, upper: 10, scope: EVERYTHING };
const lab = (options: InspectOptions): MaskRef => ({ from: 'lab', runId: INSPECT_RUN, options: maskOptions(options) });
const exact = (options: InspectOptions) =>
  selectMask(maskSource(SPECS, new Map(SPECS.map(({ name }, i) => [name, update[i]!]))), options);

class Failed extends Error {
  constructor(readonly failure: InspectFailure) {
    super(failure.message);
  }
}

function setup() {
  const messages: InspectMessage[] = [];
  let time = 0;
  const session = createInspectSession(
    (message) => messages.push(message),
    () => (time += 7),
  );
  let requests = 0;
  const send = async (command: InspectCommand & { requestId: string }) => {
    await session.handle(command);
    const last = messages.findLast((message) => message.requestId === command.requestId);
    if (last?.type === 'inspect.failed') throw new Failed(last.failure);
    if (last?.type === 'inspect.progress' || !last) throw new Error('no answer');
    return last.answer;
  };
  const nextId = () => `r${++requests}`;
  const job = async <J extends InspectJob>(type: `inspect.${J}`, more: object = {}): Promise<InspectAnswers[J]> => {
    const command = { type, requestId: nextId(), ...more } as unknown as InspectCommand & { requestId: string };
    return (await send(command)).value as InspectAnswers[J];
  };
  const ask = async <Q extends AtlasQuestion>(question: Q): Promise<AtlasAnswers[Q['type']]> =>
    (await send({ type: 'inspect.ask', requestId: nextId(), question })).value as AtlasAnswers[Q['type']];
  const open = (role: 'before' | 'after' | 'mask', ...files: File[]) => job('inspect.open', { role, files });
  const select = (options: InspectOptions = OPTIONS) => job('inspect.select', { options });
  return { session, messages, job, ask, open, select };
}

async function opened() {
  const inspect = setup();
  await inspect.open('before', BEFORE_FILE);
  await inspect.open('after', AFTER_FILE);
  return inspect;
}

/** The same numbers as a run. */
function atlas() {
  const messages: AtlasMessage[] = [];
  const session = createAtlasSession(
    (message) => messages.push(message),
    () => 0,
  );
  const started = [...fakeEvents('started', { preset: 'tiny' })].find(({ type }) => type === 'run.started');
  if (started?.type !== 'run.started') throw new Error('no start');
  const events: RunEvent[] = [
    { ...started, tensors: SPECS },
    { type: 'weights', moment: BEFORE, tensors: before.map((values) => values.slice()) },
    { type: 'weights', moment: 'warmed-up', tensors: after.map((values) => values.slice()) },
    { type: 'weights', moment: AFTER, tensors: after.map((values) => values.slice()) },
  ];
  session.handle({ type: 'atlas.events', runId: INSPECT_RUN, name: 'twin', events });
  return <Q extends AtlasQuestion>(question: Q): AtlasAnswers[Q['type']] => {
    session.handle({ type: 'atlas.ask', requestId: 'r', question });
    const last = messages.at(-1);
    if (last?.type === 'atlas.failed') throw new Error(last.message);
    if (last?.type !== 'atlas.answer') throw new Error('no answer');
    return last.answer.value as AtlasAnswers[Q['type']];
  };
}

const VALUES: readonly LayerRef[] = [
  { kind: 'size', runId: INSPECT_RUN },
  { kind: 'change', runId: INSPECT_RUN },
  { kind: 'weight', runId: INSPECT_RUN, moment: BEFORE },
  { kind: 'weight', runId: INSPECT_RUN, moment: AFTER },
];

describe('opening', () => {
  it('lists headers and pairs them', async () => {
    const inspect = setup();
    const listed = await inspect.open('before', BEFORE_FILE);
    expect(listed).toMatchObject({ role: 'before', name: 'before.safetensors', format: 'safetensors', band: null });
    expect(listed.tensors.map(({ name, dtype, sameAs }) => [name, dtype, sameAs])).toEqual(
      SPECS.map(({ name }) => [name, 'F32', null]),
    );
    expect(listed.entries).toBe(301 * 290 + 17 * 33 + 29);
    expect(listed.files).toEqual([{ name: 'before.safetensors', bytes: BEFORE_FILE.size }]);
    await expect(inspect.job('inspect.pair')).rejects.toMatchObject({ failure: { kind: 'order' } });
    await inspect.open('after', AFTER_FILE);
    const pair = await inspect.job('inspect.pair');
    expect(pair.pairs.map(({ name, before: from, after: to }) => [name, from, to])).toEqual(
      SPECS.map(({ name }) => [name, 'F32', 'F32']),
    );
    expect(pair.specs).toEqual(SPECS);
    expect(pair).toMatchObject({ tied: [], problems: [], entries: listed.entries, bytes: 8 * listed.entries });
  });

  it('refuses by file and keeps what was open', async () => {
    const inspect = await opened();
    const bad = inspect.open('after', new File(['nothing of the kind'], 'notes.txt'));
    await expect(bad).rejects.toMatchObject({ failure: { kind: 'file', file: 'notes.txt' } });
    expect((await inspect.job('inspect.pair')).pairs).toHaveLength(3);
  });

  it('says what has no partner', async () => {
    const inspect = await opened();
    const values = new Float32Array(4);
    const other = writeSafetensors([{ name: NORM, shape: [4], dtype: 'F32', values }]);
    await inspect.open('after', new File([other], 'other.safetensors'));
    const pair = await inspect.job('inspect.pair');
    expect(pair.problems.map(({ name, problem }) => [name, problem])).toEqual([
      [EMBED, 'missing'],
      [Q, 'missing'],
      [NORM, 'shape'],
    ]);
  });
});

describe('selecting', () => {
  it.each<Partial<InspectOptions>>([
    {},
    { lower: 5, upper: 37.5 },
    { rule: 'least', upper: 40 },
    { scope: { embeddings: false, norms: true, head: true } },
  ])('%j gives the atlas’s summary and bits', async (change) => {
    const options = { ...OPTIONS, ...change };
    const inspect = await opened();
    const made = await inspect.select(options);
    const { mask, ...summary } = exact(options);
    const { milliseconds: _, ...found } = made.summary;
    expect(found).toEqual(summary);
    expect(made.threshold).toBe(summary.edges.upper?.threshold);
    expect(made.passes).toBe(2);
    expect(made.pace.bytes).toBe(2 * 8 * summary.total);
    for (const { name, shape } of SPECS) {
      const { rows, columns } = matrixShape({ name, shape });
      const layer: LayerRef = { kind: 'mask', mask: lab(options) };
      const question = { type: 'tile' as const, layer, tensor: name, statistic: 'any' as const, level: 0 };
      if (rows > 256 || columns > 256) continue;
      expect(await inspect.ask({ ...question, row: 0, column: 0 })).toEqual(mask.get(name));
    }
    const asked = await inspect.ask({ type: 'select', mask: lab(options) });
    expect(asked).toEqual(made.summary);
  });

  it('gives what it keeps without reading, and draws further axes as rows', async () => {
    const inspect = setup();
    const tensors = [
      { name: 'experts.weight', shape: [2, 3, 4] },
      { name: 'empty', shape: [0] },
    ];
    const file = (step: number) => {
      const values = Float32Array.from({ length: 24 }, (_, i) => i * step);
      const [experts, empty] = tensors;
      return writeSafetensors([
        { ...experts!, dtype: 'F32', values },
        { ...empty!, dtype: 'F32', values: new Float32Array(0) },
      ]);
    };
    await inspect.open('before', new File([file(0)], 'a'));
    await inspect.open('after', new File([file(1)], 'b'));
    expect((await inspect.job('inspect.pair')).specs).toEqual([{ name: 'experts.weight', shape: [6, 4] }]);
    const options = { ...OPTIONS, upper: 25 };
    const made = await inspect.select(options);
    expect(made.summary.tensors.map(({ name, rows, columns }) => [name, rows, columns])).toEqual([
      ['experts.weight', 6, 4],
    ]);
    const tile = {
      type: 'tile' as const,
      layer: { kind: 'mask' as const, mask: lab(options) },
      tensor: 'experts.weight',
    };
    expect(await inspect.ask({ ...tile, statistic: 'mean', level: 1, row: 0, column: 0 })).toEqual(
      Float32Array.of(0, 0, 0, 0, 0.5, 1),
    );
    const told = inspect.messages.length;
    expect(await inspect.select(options)).toBe(made);
    expect(inspect.messages).toHaveLength(told + 1);
  });

  it('takes one pass for another share, and tells how far it is', async () => {
    const inspect = await opened();
    await inspect.select();
    const again = await inspect.select({ ...OPTIONS, upper: 20 });
    expect(again.passes).toBe(1);
    const { mask: _, ...summary } = exact({ ...OPTIONS, upper: 20 });
    expect(again.summary.selected).toBe(summary.selected);
    const told = inspect.messages.filter((message) => message.type === 'inspect.progress');
    const last = told.at(-1)?.progress;
    expect(last).toMatchObject({ job: 'select', pass: 2, passes: 2, done: 1, doing: 'finding the threshold' });
    expect(last?.bytes).toBe(last?.totalBytes);
  });

  it('refuses what was not selected, and other rules', async () => {
    const inspect = await opened();
    await inspect.select();
    const other = inspect.ask({ type: 'select', mask: lab({ ...OPTIONS, upper: 11 }) });
    await expect(other).rejects.toMatchObject({ failure: { kind: 'refused', message: /not been selected/ } });
    const options = { ...maskOptions(OPTIONS), rule: 'random' as const };
    const random = inspect.ask({ type: 'select', mask: { from: 'lab', runId: INSPECT_RUN, options } });
    await expect(random).rejects.toMatchObject({ failure: { kind: 'refused' } });
    const band = inspect.select({ ...OPTIONS, lower: 30, upper: 20 });
    await expect(band).rejects.toMatchObject({ failure: { kind: 'refused' } });
  });

  it('says where a change is no number', async () => {
    const inspect = await opened();
    const broken = after.map((values) => values.slice());
    broken[1]![40] = Number.NaN;
    await inspect.open('after', fileOf('broken.safetensors', broken));
    await expect(inspect.select()).rejects.toMatchObject({ failure: { kind: 'values', where: Q } });
  });

  it('stops when told, and when a file is replaced', async () => {
    const { session, messages, open } = await opened();
    const selecting = session.handle({ type: 'inspect.select', requestId: 'one', options: OPTIONS });
    await session.handle({ type: 'inspect.cancel', requestId: 'one' });
    await selecting;
    expect(messages.at(-1)).toMatchObject({ requestId: 'one', failure: { kind: 'cancelled', message: 'Stopped.' } });
    const again = session.handle({ type: 'inspect.select', requestId: 'two', options: OPTIONS });
    await session.handle({ type: 'inspect.close', role: 'after' });
    await again;
    expect(messages.at(-1)).toMatchObject({ requestId: 'two', failure: { kind: 'cancelled' } });
    await open('after', AFTER_FILE);
  });

  it('opens several files side by side, and a mask file while something is selected', async () => {
    const { open, job, select } = setup();
    await Promise.all([open('before', BEFORE_FILE), open('after', AFTER_FILE)]);
    expect((await job('inspect.pair')).problems).toEqual([]);
    const [made] = await Promise.all([select(), open('mask', BEFORE_FILE)]);
    expect(made.options).toEqual(OPTIONS);
    // Of two for one place the later counts.
    const earlier = open('after', BEFORE_FILE);
    const later = open('after', AFTER_FILE);
    await expect(earlier).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
    expect((await later).name).toBe('after.safetensors');
  });
});

describe('questions', () => {
  it('gives the atlas’s tiles at every level', async () => {
    const inspect = await opened();
    await inspect.select();
    const twin = atlas();
    const layers = [...VALUES, { kind: 'mask' as const, mask: lab(OPTIONS) }];
    for (const layer of layers) {
      for (const spec of SPECS) {
        const { rows, columns } = matrixShape(spec);
        for (const [level, size] of matrixLevels(rows, columns).entries()) {
          for (const statistic of layer.kind === 'mask' ? (['any', 'mean'] as const) : (['mean', 'peak'] as const)) {
            for (let row = 0; row * 256 < size.rows; row++) {
              for (let column = 0; column * 256 < size.columns; column++) {
                const question = { type: 'tile' as const, layer, tensor: spec.name, statistic, level, row, column };
                const [ours, theirs] = [await inspect.ask(question), twin(question)];
                expect(ours.constructor).toBe(theirs.constructor);
                expect(Buffer.from(ours.buffer).equals(Buffer.from(theirs.slice().buffer))).toBe(true);
              }
            }
          }
        }
      }
    }
  });

  it('gives the atlas’s histograms, profiles, curves and neighbours', async () => {
    const inspect = await opened();
    await inspect.select();
    const twin = atlas();
    const mask = lab(OPTIONS);
    for (const layer of [...VALUES, { kind: 'mask' as const, mask }]) {
      for (const tensor of [EMBED, null]) {
        const question = { type: 'histogram' as const, layer, tensor };
        expect(await inspect.ask(question)).toEqual(twin(question));
      }
    }
    const questions: AtlasQuestion[] = [
      ...SPECS.map(({ name }) => ({ type: 'profile' as const, mask, tensor: name })),
      { type: 'concentration', runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
      { type: 'reference', runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
      { type: 'next', mask, tensor: Q, from: null, direction: 1 },
      { type: 'next', mask, tensor: Q, from: null, direction: -1 },
      { type: 'next', mask, tensor: EMBED, from: { row: 120, column: 7 }, direction: 1 },
      { type: 'next', mask, tensor: EMBED, from: { row: 120, column: 7 }, direction: -1 },
      { type: 'next', mask, tensor: NORM, from: { row: 0, column: 28 }, direction: 1 },
      { type: 'next', mask, tensor: NORM, from: { row: 0, column: 0 }, direction: -1 },
    ];
    for (const question of questions) expect(await inspect.ask(question)).toEqual(twin(question));
  });

  it('counts the changes of a tensor as the selection has them', async () => {
    const inspect = await opened();
    await inspect.select();
    const found = await inspect.ask({ type: 'magnitudes', runId: INSPECT_RUN, mask: lab(OPTIONS), tensor: Q });
    const { mask } = exact(OPTIONS);
    const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0);
    const selected = mask.get(Q)!.reduce((total, bit) => total + bit, 0);
    expect(sum(found.selected) + found.zeros.selected).toBe(selected);
    expect(sum(found.selected) + sum(found.others) + found.zeros.selected + found.zeros.others).toBe(17 * 33);
    expect(found.zeros.others).toBe(update[1]!.filter((value) => value === 0).length);
  });

  it('reads cells as the atlas does; a rank is exact or lies in the range told', async () => {
    const inspect = await opened();
    await inspect.select();
    const twin = atlas();
    let exactRanks = 0;
    for (const layer of VALUES) {
      for (let i = 0; i < 150; i++) {
        const [row, column] = [rng.int(301), rng.int(290)];
        const question: AtlasQuestion = {
          ...{ type: 'cell', layer, mask: lab(OPTIONS), tensor: EMBED, row, column, block: 1 },
        };
        const [ours, theirs] = [await inspect.ask(question), twin(question)];
        const { facts, rankWithin, ...rest } = ours;
        const { facts: known, ...expected } = theirs;
        expect(rest).toEqual(expected);
        expect({ ...facts, rank: 0, ties: 0 }).toEqual({ ...known, rank: 0, ties: 0 });
        if (facts?.ties !== null) expect(facts?.ties).toBe(known?.ties);
        if (rankWithin) {
          expect(facts?.rank).toBeNull();
          expect(known!.rank).toBeGreaterThanOrEqual(rankWithin[0]);
          expect(known!.rank).toBeLessThanOrEqual(rankWithin[1]);
        } else {
          exactRanks++;
          expect(facts?.rank).toBe(known?.rank);
        }
      }
    }
    expect(exactRanks).toBeGreaterThan(0);
  });

  it('refuses in a sentence what files cannot tell', async () => {
    const inspect = await opened();
    await inspect.select();
    const refused: AtlasQuestion[] = [
      { type: 'groups', runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
      { type: 'churn', runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
      { type: 'agreement', a: lab(OPTIONS), b: lab(OPTIONS) },
      { type: 'matrix', masks: [] },
      { type: 'histogram', layer: { kind: 'gradient', runId: INSPECT_RUN }, tensor: Q },
      { type: 'export', what: 'weights', runId: INSPECT_RUN, moment: BEFORE },
      { type: 'select', mask: { from: 'run', runId: INSPECT_RUN, purpose: 'forgetting' } },
    ];
    for (const question of refused) {
      await expect(inspect.ask(question)).rejects.toMatchObject({ failure: { kind: 'refused', message: /\.$/ } });
    }
  });
});

describe('files out and mask files in', () => {
  it('writes the atlas’s files', async () => {
    const inspect = await opened();
    await inspect.select();
    const twin = atlas();
    for (const what of ['mask', 'packed', 'densities'] as const) {
      const question = { type: 'export' as const, what, mask: lab(OPTIONS) };
      expect(Buffer.from(await inspect.ask(question)).equals(Buffer.from(twin(question)))).toBe(true);
    }
    const change = openSafetensors(await inspect.ask({ type: 'export', what: 'update', runId: INSPECT_RUN }));
    for (const [i, { name }] of SPECS.entries()) expect(change.readFloats(name)).toEqual(update[i]);
  });

  it('looks at a mask file alone, packed or not', async () => {
    const { mask } = exact(OPTIONS);
    const ref: MaskRef = { from: 'file', fileId: INSPECT_MASK };
    for (const bytes of [writeMask(SPECS, mask), writePackedMask(SPECS, mask)]) {
      const inspect = setup();
      const listed = await inspect.open('mask', new File([bytes], 'lper0_rper10.safetensors'));
      expect(listed.specs).toEqual(SPECS);
      expect(listed.band).toEqual({ lower: 0, upper: 10 });
      const counted = await inspect.job('inspect.count');
      expect(counted.selected).toBe(exact(OPTIONS).selected);
      expect((await inspect.ask({ type: 'select', mask: ref })).selected).toBe(counted.selected);
      const tile = { type: 'tile' as const, layer: { kind: 'mask' as const, mask: ref }, statistic: 'any' as const };
      expect(await inspect.ask({ ...tile, tensor: Q, level: 0, row: 0, column: 0 })).toEqual(mask.get(Q));
      const bits = [...mask.get(EMBED)!];
      for (const [from, direction] of [
        [1003, 1],
        [1003, -1],
        [50_001, -1],
      ] as const) {
        const at = { row: Math.floor(from / 290), column: from % 290 };
        const next = await inspect.ask({ type: 'next', mask: ref, tensor: EMBED, from: at, direction });
        const expected = direction === 1 ? bits.indexOf(1, from + 1) : bits.lastIndexOf(1, from - 1);
        expect(next && next.row * 290 + next.column).toBe(expected);
      }
      const profile = await inspect.ask({ type: 'profile', mask: ref, tensor: Q });
      expect(profile.selected).toBe(mask.get(Q)!.reduce((sum, bit) => sum + bit, 0));
      const layer: LayerRef = { kind: 'size', runId: INSPECT_RUN };
      await expect(inspect.ask({ type: 'histogram', layer, tensor: Q })).rejects.toMatchObject({
        failure: { kind: 'order' },
      });
    }
  });

  it('compares a mask file with the selection, and overlays them', async () => {
    const { mask } = exact(OPTIONS);
    const changed = new Map([...mask].map(([name, bits]) => [name, bits.slice()]));
    changed.get(Q)![5]! ^= 1;
    const inspect = await opened();
    await inspect.open('mask', new File([writeMask(SPECS, changed)], 'mask.safetensors'));
    await expect(inspect.job('inspect.parity')).rejects.toMatchObject({ failure: { kind: 'order' } });
    await inspect.select();
    const { parity } = await inspect.job('inspect.parity');
    expect(parity).toMatchObject({ equal: false, differing: 1, places: [{ tensor: Q, index: 5 }] });
    const layer: LayerRef = { kind: 'overlay', a: lab(OPTIONS), b: { from: 'file', fileId: INSPECT_MASK } };
    const question = { type: 'tile' as const, layer, tensor: Q, statistic: 'commonest' as const };
    const codes = mask.get(Q)!.map((bit, i) => bit | (changed.get(Q)![i]! << 1));
    expect(await inspect.ask({ ...question, level: 0, row: 0, column: 0 })).toEqual(codes);
    // The mask that differs is replaced by ours.
    await inspect.open('mask', new File([writeMask(SPECS, mask)], 'mask.safetensors'));
    expect((await inspect.job('inspect.parity')).parity.equal).toBe(true);
  });
});
