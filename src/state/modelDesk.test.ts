// Where models come from: a hub and its store, folders, and a closed model that is had back.
import { describe, expect, it } from 'vitest';
import { BASE, ID, jsonBytes, memoryHub, memoryStore, patterned, type Trick } from '../testing/memoryHub';
import type { ModelFile } from '../worker/protocol';
import { createModelDesk } from './modelDesk';

const FILES = {
  'config.json': jsonBytes({}),
  'tokenizer.json': jsonBytes({}),
  'model.safetensors': patterned(9000),
};

function rig({ trick, isAlone = true }: { trick?: Trick; isAlone?: boolean } = {}) {
  const hub = memoryHub(FILES, trick);
  const store = memoryStore();
  const opened: { name: string | null; names: string[]; bytes: number }[] = [];
  let base = '';
  const rigged = { opensFine: true, dropped: 0 };
  const lines = { opened: 0, closed: 0 };
  const connect = async () => {
    lines.opened++;
    return { fetch: hub.fetch, close: () => void lines.closed++ };
  };
  const desk = createModelDesk({
    ...{ store, connect, now: () => Date.now(), wait: async () => {} },
    memory: {
      hubBase: () => base,
      saveHubBase: (text) => {
        base = text;
        return true;
      },
    },
    async open(files: readonly ModelFile[], name) {
      const bytes = files.reduce((sum, { blob }) => sum + blob.size, 0);
      opened.push({ name, names: files.map((file) => file.name), bytes });
      return rigged.opensFine;
    },
    drop: () => {
      rigged.dropped++;
    },
    async alone(_, work) {
      if (isAlone) await work();
      return isAlone;
    },
  });
  const state = () => desk.store.getState();
  return { hub, store, opened, rigged, desk, state, lines, base: () => base };
}

const NAMES = Object.keys(FILES);
const TOTAL = Object.values(FILES).reduce((sum, { length }) => sum + length, 0);

describe('the model desk', () => {
  it('asks nobody before a download, then opens what came and remembers the address', async () => {
    const { hub, opened, desk, state, lines, base } = rig();
    await desk.look();
    expect(state()).toMatchObject({ base: '', cached: [], download: { status: 'none' } });
    expect(hub.requests).toEqual([]);
    expect(lines).toEqual({ opened: 0, closed: 0 });
    await desk.download(`${BASE}/`, ID, '');
    expect(lines).toEqual({ opened: 1, closed: 1 });
    expect(opened).toEqual([{ name: ID, names: NAMES, bytes: TOTAL }]);
    expect(base()).toBe(BASE);
    expect(state().download).toEqual({ status: 'none' });
    expect(state().cached!.map(({ id, isComplete }) => [id, isComplete])).toEqual([[ID, true]]);
    const before = hub.requests.length;
    await desk.openCached(state().cached![0]!);
    expect(opened.length).toBe(2);
    expect(hub.requests.length).toBe(before);
    expect(lines).toEqual({ opened: 1, closed: 1 });
    await desk.deleteCached(state().cached![0]!);
    expect(state().cached).toEqual([]);
  });

  it('tells what a download ended with, and keeps what came', async () => {
    const trick: Trick = ({ file }) => (file === 'model.safetensors' ? new Response('', { status: 403 }) : undefined);
    const { opened, desk, state, lines } = rig({ trick });
    await desk.download(BASE, ID, '');
    expect(lines).toEqual({ opened: 1, closed: 1 });
    const { download, cached } = state();
    expect(download).toMatchObject({ status: 'failed', id: ID });
    expect(download.status === 'failed' && download.error.message).toContain('answered 403 to model.safetensors');
    expect(cached!.map(({ isComplete }) => isComplete)).toEqual([false]);
    expect(opened).toEqual([]);
    desk.dismissDownload();
    await desk.download('nowhere', ID, '');
    expect(state().download).toMatchObject({ status: 'failed', error: { message: 'The base address is no address.' } });
  });

  it('lets one tab download a model', async () => {
    const { hub, desk, state } = rig({ isAlone: false });
    await desk.download(BASE, ID, '');
    expect(state().download).toMatchObject({ error: { message: 'Another tab is downloading this model.' } });
    expect(hub.requests).toEqual([]);
  });

  it('opens the files of a folder, not those of folders in it, under its name', async () => {
    const { opened, desk } = rig();
    const file = new Blob(['12']);
    const paths = ['tiny/config.json', 'tiny/model.safetensors', 'tiny/onnx/model.onnx'];
    await desk.openFiles(paths.map((path) => ({ path, file })));
    expect(opened).toEqual([{ name: 'tiny', names: ['config.json', 'model.safetensors'], bytes: 4 }]);
  });

  it('has a closed model back, also after another one that would not open', async () => {
    const { opened, rigged, desk, state } = rig();
    await desk.openFiles([{ path: 'one/config.json', file: new Blob(['1']) }]);
    rigged.opensFine = false;
    await desk.openFiles([{ path: 'two/config.json', file: new Blob(['2']) }]);
    desk.close();
    expect(rigged.dropped).toBe(1);
    expect(state().closed?.name).toBe('one');
    rigged.opensFine = true;
    await desk.undo();
    expect(opened.map(({ name }) => name)).toEqual(['one', 'two', 'one']);
    expect(state().closed).toBeNull();
  });
});
