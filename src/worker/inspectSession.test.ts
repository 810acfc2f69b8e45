// The inspect session: opening files and selecting from them. Its answers about pictures and cells: inspectQuestions.test.ts.
import { describe, expect, it } from 'vitest';
import { matrixShape } from '../core/masks/tensorKinds';
import { writeSafetensors } from '../core/safetensors';
import {
  AFTER_FILE,
  after,
  BEFORE_FILE,
  EMBED,
  exact,
  fileOf,
  lab,
  NORM,
  OPTIONS,
  opened,
  Q,
  SPECS,
  setup,
} from '../testing/inspectRig';
import type { LayerRef } from './atlasProtocol';
import { INSPECT_RUN, type InspectOptions, maskOptions } from './inspectProtocol';

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
