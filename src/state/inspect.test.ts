import { describe, expect, it } from 'vitest';
import { type InspectClient, InspectError, type JobOptions } from '../worker/inspectClient';
import type { InspectOptions, InspectSelection, OpenedCheckpoint, PairAnswer } from '../worker/inspectProtocol';
import { createInspect } from './inspect';
import { FIRST_INSPECT_CHOICE, type InspectChoice, NO_FILES } from './inspectChoice';
import { inspectMasks, isStale, linkOf, lostWith, stillMissing } from './inspectState';

const PAIR: PairAnswer = {
  pairs: [{ name: 'w', shape: [2, 2], size: 4, before: 'F32', after: 'F32' }],
  ...{ tied: [], problems: [], specs: [{ name: 'w', shape: [2, 2] }], entries: 4, bytes: 32 },
};
const PACE = { milliseconds: 10, bytes: 64, megabytesPerSecond: 6.4 };
const selectionOf = (options: InspectOptions): InspectSelection => ({
  options,
  summary: {
    ...{ selected: 1, total: 4, requestedShare: 0.25, achievedShare: 0.25, milliseconds: 10, tensors: [] },
    edges: { lower: null, upper: null },
  },
  ...{ threshold: 0.5, tiesAtThreshold: 1, passes: 2, pace: PACE },
});

/** A client that writes down what it is asked for; names of files decide what becomes of them. */
function rig(link?: InspectChoice) {
  const asked: string[] = [];
  let release: (() => void) | null = null;
  const never = ({ signal }: JobOptions = {}) =>
    new Promise<never>((_, reject) => {
      const failure = { kind: 'cancelled' as const, message: 'Stopped.', file: null, where: null };
      signal?.addEventListener('abort', () => reject(new InspectError(failure)));
      release?.();
    });
  let slow = false;
  const client: InspectClient = {
    take() {},
    ask: () => Promise.reject(new Error('not asked here')),
    async open(role, files): Promise<OpenedCheckpoint> {
      asked.push(`open ${role}`);
      const { name } = files[0]!;
      if (name.startsWith('bad')) throw new Error(`${name}: is no checkpoint.`);
      const band = name.includes('lper2_rper7') ? { lower: 2, upper: 7 } : null;
      return { role, name, format: 'safetensors', files: [], tensors: [], entries: 4, specs: [], band };
    },
    async pair() {
      asked.push('pair');
      return PAIR;
    },
    async select(options, job) {
      asked.push(`select ${options.lower}–${options.upper}`);
      return slow ? never(job) : selectionOf(options);
    },
    async count(role) {
      asked.push(`count ${role}`);
      return { selected: 1, total: 4, tensors: [], tied: [], pace: PACE };
    },
    async parity() {
      asked.push('parity');
      const parity = { equal: true, differing: 0 } as Awaited<ReturnType<InspectClient['parity']>>['parity'];
      return { options: inspect.store.getState().options, parity, pace: PACE };
    },
    async groups(headWidth) {
      asked.push(`groups ${headWidth}`);
      const { options } = inspect.store.getState();
      return { options, rows: [], concentration: null, passes: 1, pace: PACE };
    },
    async agreement(masks) {
      asked.push(`agreement of ${masks.length}`);
      return { masks, tensors: [], pace: PACE };
    },
    close: (role) => void asked.push(`close ${role}`),
    dispose() {},
  };
  const inspect = createInspect(client, link);
  const file = (name: string, text = '') => new File([text], name);
  return {
    inspect,
    asked,
    file,
    get: inspect.store.getState,
    makeSlow: () => {
      slow = true;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    },
  };
}

describe('inspect', () => {
  it('pairs when both are open, selects, and compares with the mask file', async () => {
    const { inspect, asked, file, get } = rig();
    await inspect.open('before', [file('a.safetensors')]);
    expect(asked).toEqual(['open before']);
    await inspect.open('after', [file('b.safetensors')]);
    expect(asked).toEqual(['open before', 'open after', 'pair']);
    await inspect.select();
    expect(get().selection?.options).toEqual(get().options);
    await inspect.open('mask', [file('lper2_rper7.bin')]);
    expect(get().options).toMatchObject({ lower: 2, upper: 7 });
    expect(get().bandFrom).toBe('lper2_rper7.bin');
    // The pictures still show the selection before the name of the file set another band.
    expect(isStale(get())).toBe(true);
    inspect.setOptions({ upper: 9 });
    expect(get().bandFrom).toBeNull();
    expect(asked.slice(3)).toEqual(['select 0–5', 'open mask', 'parity', 'count mask']);
  });

  it('swaps before and after, and selects again', async () => {
    const { inspect, asked, file, get } = rig();
    await inspect.swap();
    expect(asked).toEqual([]);
    await inspect.open('before', [file('a.safetensors')]);
    await inspect.open('after', [file('b.safetensors')]);
    inspect.look({ tensor: 'w' });
    await inspect.swap();
    const names = () => [get().slots.before.held?.opened.name, get().slots.after.held?.opened.name];
    expect(names()).toEqual(['b.safetensors', 'a.safetensors']);
    expect([get().selection, get().look.tensor]).toEqual([null, 'w']);
    await inspect.select();
    asked.length = 0;
    await inspect.swap();
    expect(names()).toEqual(['a.safetensors', 'b.safetensors']);
    expect(asked).toEqual(['close after', 'open before', 'open after', 'pair', 'select 0–5']);
    expect(get().selection).not.toBeNull();
  });

  it('asks before work is lost, and keeps what is open when the new file is no good', async () => {
    const { inspect, asked, file, get } = rig();
    await inspect.open('before', [file('a.safetensors')]);
    await inspect.open('after', [file('b.safetensors')]);
    // Nothing was made of them: another file needs no question.
    await inspect.open('after', [file('c.safetensors')]);
    expect(get().slots.after.held?.opened.name).toBe('c.safetensors');
    await inspect.select();
    expect(lostWith(get(), 'after')).toBe('the selection');
    await inspect.open('after', [file('bad.bin')]);
    expect(get().slots.after.asking).toHaveLength(1);
    inspect.keep('after');
    expect([get().slots.after.asking, get().selection === null]).toEqual([null, false]);
    await inspect.open('after', [file('bad.bin')]);
    await inspect.goOn('after');
    expect(get().slots.after).toMatchObject({ error: 'bad.bin: is no checkpoint.', opening: null });
    expect(get().slots.after.held?.opened.name).toBe('c.safetensors');
    expect(get().selection).not.toBeNull();
    inspect.close('after');
    expect(get().slots.after.asking).toEqual([]);
    await inspect.goOn('after');
    expect([get().slots.after.held, get().selection, get().pairing]).toEqual([null, null, null]);
    expect(asked.at(-1)).toBe('close after');
  });

  it('stops a job without a word, and lets a mask file come in between', async () => {
    const { inspect, asked, file, get, makeSlow } = rig();
    await inspect.open('before', [file('a.safetensors')]);
    await inspect.open('after', [file('b.safetensors')]);
    const begun = makeSlow();
    const selecting = inspect.select();
    await begun;
    await inspect.open('mask', [file('m.bin')]);
    expect(get().job?.job).toBe('select');
    expect(asked).not.toContain('count mask');
    inspect.cancel();
    expect(get().job?.isStopping).toBe(true);
    await selecting;
    expect([get().job, get().trouble, get().selection]).toEqual([null, null, null]);
  });

  it('reads a config.json for labels, and says why it cannot', async () => {
    const { inspect, file, get } = rig();
    const config = { model_type: 'llama', vocab_size: 8, hidden_size: 12, intermediate_size: 16 };
    const more = { num_hidden_layers: 1, num_attention_heads: 3 };
    await inspect.open('before', [file('a.safetensors'), file('config.json', JSON.stringify({ ...config, ...more }))]);
    expect(get().slots.before.held?.labels).toMatchObject({ model: { heads: 3, width: 12 }, why: null });
    const words = { model: { vocab: { Ġhi: 1, a: 0, bad: -1 } }, added_tokens: [{ id: 3, content: '<eos>' }] };
    await inspect.open('before', [file('a.safetensors'), file('tokenizer.json', JSON.stringify(words))]);
    expect([...(get().slots.before.held?.labels.vocabulary ?? [])]).toEqual(['a', ' hi', undefined, '<eos>']);
    await inspect.open('before', [
      file('a.safetensors'),
      file('tokenizer.json', '{"model":{"vocab":[["<unk>",0],["▁the",-3]]}}'),
    ]);
    expect(get().slots.before.held?.labels.vocabulary).toEqual(['<unk>', ' the']);
    await inspect.open('before', [file('a.safetensors'), file('config.json', '{"model_type":"mamba"}')]);
    expect(get().slots.before.held?.labels.model).toBeNull();
    expect(get().slots.before.held?.labels.why).toContain('“model_type”: "mamba" is not supported');
    await inspect.open('before', [file('a.safetensors'), file('config.json', '{')]);
    expect(get().slots.before.held?.labels.why).toBe('config.json is not valid JSON.');
  });

  it('keeps the files when the worker is gone, and one call opens them and selects again', async () => {
    const { inspect, asked, file, get } = rig();
    for (const role of ['before', 'after'] as const) await inspect.open(role, [file(`${role}.safetensors`)]);
    inspect.setOptions({ upper: 7 });
    await inspect.select();
    inspect.look({ layer: 'size', tensor: 'w', cell: { row: 1, column: 0 } });
    await inspect.open('mask', [file('lper2_rper7.bin')]);
    const before = get();
    asked.length = 0;
    inspect.forget('It crashed.');
    expect([get().slots.before.held, get().selection, get().made]).toEqual([null, null, []]);
    expect(get().lost).toMatchObject({ why: 'It crashed.', hadSelection: true });
    // Once more before anything was done about it: nothing of it is forgotten.
    inspect.forget('It crashed again.');
    await inspect.reopen();
    expect(asked).toEqual([
      ...['open before', 'open after', 'pair', 'open mask', 'count mask'],
      ...[`select ${before.options.lower}–7`, 'parity'],
    ]);
    expect([get().lost, get().look, get().options]).toEqual([null, before.look, before.options]);
    expect(get().slots.after.held?.opened.name).toBe('after.safetensors');
  });

  it('keeps files that were being opened, and says a crash once', async () => {
    const { inspect, file, get } = rig();
    const opening = inspect.open('before', [file('bad.bin')]);
    inspect.forget('bad.bin: is no checkpoint.');
    await opening;
    expect(get().lost?.files.before?.[0]?.name).toBe('bad.bin');
    expect(get().slots.before.error).toBeNull();
  });

  it('keeps the last four selections, groups of the present one only, and compares all masks', async () => {
    const { inspect, asked, file, get } = rig();
    for (const role of ['before', 'after'] as const) await inspect.open(role, [file(`${role}.safetensors`)]);
    for (const upper of [5, 6, 7, 5, 8, 9]) {
      inspect.setOptions({ upper });
      await inspect.select();
    }
    expect(get().made.map(({ options }) => options.upper)).toEqual([7, 5, 8, 9]);
    await inspect.group();
    expect(get().groups?.options.upper).toBe(9);
    await inspect.select();
    expect(get().groups).not.toBeNull();
    await inspect.open('mask', [file('a mask')]);
    await inspect.open('second', [file('another')]);
    await inspect.agree();
    expect(asked.slice(-4)).toEqual(['count mask', 'open second', 'count second', 'agreement of 6']);
    expect(lostWith(get(), 'second')).toBe('the agreement of the masks');
    inspect.look({ layer: 'second', pair: { a: 'most 0-5', b: 'second' } });
    inspect.setOptions({ upper: 5 });
    await inspect.select();
    expect([get().groups, get().agreement === null]).toEqual([null, false]);
    expect(inspectMasks(get()).map(({ id }) => id)).toEqual([
      ...['most 0-5', 'mask', 'second', 'most 0-9', 'most 0-8', 'most 0-7'],
    ]);
    inspect.close('second');
    await inspect.goOn('second');
    expect([get().agreement, get().look.pair]).toEqual([null, { a: 'most 0-5', b: null }]);
  });

  it('shows what a link says once its files are open, whatever their names', async () => {
    const { look, options } = FIRST_INSPECT_CHOICE;
    const link: InspectChoice = {
      look: { ...look, layer: 'change', tensor: 'w', cell: { row: 1, column: 1 } },
      options: { ...options, upper: 2 },
      files: { ...NO_FILES, before: 'a.safetensors', after: 'b.safetensors', mask: 'lper2_rper7.bin' },
    };
    const { inspect, file, get } = rig(link);
    expect(linkOf(get())).toEqual(link);
    expect(stillMissing(get())).toEqual(['before', 'after', 'mask']);
    await inspect.open('before', [file('other.safetensors')]);
    await inspect.open('mask', [file('lper2_rper7.bin')]);
    expect(stillMissing(get())).toEqual(['after']);
    expect(linkOf(get()).files).toMatchObject({ before: 'other.safetensors', after: 'b.safetensors' });
    await inspect.open('after', [file('b.safetensors')]);
    await inspect.select();
    expect(get().selection?.options.upper).toBe(2);
    expect(get().look).toMatchObject(link.look);
    expect(get().linked).toBeNull();
    // Shown: other files begin anew.
    await inspect.open('after', [file('c.safetensors')]);
    await inspect.goOn('after');
    expect(get().look).toMatchObject({ tensor: null, cell: null });
  });
});
