// Models that are open in the worker: a run on one, and its weights as files.
import { beforeAll, describe, expect, it } from 'vitest';
import { createImportedDataset } from '../core/data/imported';
import { parseImport } from '../core/data/importFile';
import type { BackendReport } from '../core/events';
import { blobSource } from '../core/files/byteSource';
import { openModel } from '../core/model/openModel';
import { parseConfig } from '../core/parseConfig';
import { broughtSettings } from '../core/presets';
import type { RunOptions } from '../core/run';
import { tf } from '../core/tf';
import { sumsFile, tinyFolder } from '../testing/modelFolder';
import { createModelShelf, withoutSaving } from './modelShelf';
import type { LongProgress, ModelFile } from './protocol';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const BACKEND: BackendReport = {
  ...{ name: 'wasm', label: 'WASM ×1', threads: 1, adapter: null, refused: [], selfCheck: [] },
};

async function folder(): Promise<ModelFile[]> {
  const sources = tinyFolder('llama_tiny', { dtype: 'BF16' });
  return Promise.all(sources.map(async ({ name, size, read }) => ({ name, blob: new Blob([await read(0, size)]) })));
}

function following() {
  const told: LongProgress[] = [];
  const cancel = new AbortController();
  return { told, cancel, long: { onProgress: (one: LongProgress) => void told.push(one), signal: cancel.signal } };
}

async function optionsFor(model: ReturnType<ReturnType<typeof createModelShelf>['get']>): Promise<RunOptions> {
  const { tokenizer, summary } = model;
  const file = await parseImport(sumsFile('pairs'), 'sums');
  const dataset = createImportedDataset(file, {
    name: 'sums',
    vocabularySize: 0,
    maxSequence: 64,
    maxPositions: 64,
    tokenizer,
  });
  const data = { longestAnswer: 6, longestPrompt: 6, sequence: 12 };
  const small = { warmupSteps: 2, forgettingSteps: 2, improvingSteps: 2, heldOutPrompts: 10, klPrompts: 10 };
  const { config } = parseConfig({ ...broughtSettings(summary, data), ...small });
  return { config, dataset, backend: BACKEND, loadStarter: () => Promise.reject(new Error('unused')) };
}

describe('the shelf of models', () => {
  it('opens, runs and saves: what is saved opens again, with the run’s weights', async () => {
    const shelf = createModelShelf();
    const opening = following();
    const model = await shelf.open({ modelId: 'model-1', files: await folder(), name: 'mine', ...opening.long });
    expect(model).toMatchObject({ modelId: 'model-1', name: 'mine', modelType: 'llama' });
    // Messages are cloned: no functions in it.
    expect(structuredClone(model)).toEqual(model);
    const loading = following();
    const run = await shelf.createRun(model.modelId, await optionsFor(shelf.get(model.modelId)), loading.long);
    expect(loading.told.at(-1)).toEqual({
      ...{ label: 'Reading weights', unit: 'bytes' },
      ...{ done: model.checkpoint.bytes, total: model.checkpoint.bytes },
    });
    for await (const _ of run.events());
    // The page's model may have been closed since.
    shelf.close(model.modelId);
    const saving = following();
    const saved = await (await run.save())(saving.long);
    expect(saved.files.map(({ name }) => name)).toEqual(['model.safetensors', ...model.carried]);
    expect(saved.changed).toBeGreaterThan(20);
    const total = saved.files.reduce((sum, { blob }) => sum + blob.size, 0);
    expect(saving.told.at(-1)).toMatchObject({ done: total, total });
    const again = await openModel(saved.files.map(({ name, blob }) => blobSource(name, blob)));
    const before = await openModel((await folder()).map(({ name, blob }) => blobSource(name, blob)));
    const [now, then] = [await again.weights(), await before.weights()];
    const moved = [...now].flatMap(([name, values]) => [...values].filter((value, i) => value !== then.get(name)![i]));
    expect(moved.length + saved.roundedAway).toBe(saved.changed);
    const stopped = following();
    stopped.cancel.abort();
    await expect((await run.save())(stopped.long)).rejects.toThrow(/abort/i);
    run.dispose();
  });

  it('holds two, forgets closed ones, and gives up when asked to', async () => {
    const shelf = createModelShelf();
    const open = async (modelId: string) =>
      (await shelf.open({ modelId, files: await folder(), name: null, ...following().long })).modelId;
    const ids = [await open('a'), await open('b'), await open('c')];
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(() => shelf.get(ids[0]!)).toThrow('no longer open');
    shelf.close(ids[1]!);
    expect(() => shelf.get(ids[1]!)).toThrow('no longer open');
    const options = await optionsFor(shelf.get(ids[2]!));
    const { cancel, long } = following();
    cancel.abort();
    await expect(shelf.createRun(ids[2]!, options, long)).rejects.toThrow(/abort/i);
    await expect(shelf.open({ modelId: 'd', files: await folder(), name: null, ...long })).rejects.toThrow(/abort/i);
    await expect(shelf.open({ modelId: 'd', files: [], name: null, ...following().long })).rejects.toThrow(
      'config.json: is missing',
    );
  });

  it('a run of the studio’s own has nothing to save as a model', () => {
    const run = { events: () => {} } as unknown as Parameters<typeof withoutSaving>[0];
    expect(() => withoutSaving(run).save()).toThrow('does not stand on a model');
  });
});
