// The database of downloaded models, against a fake IndexedDB.
import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { parseHubAddress } from '../core/files/hubAddress';
import { cachedFiles, cachedModels, type HubModel, newFile, newModel } from '../core/files/hubStore';
import { createHubShelf } from './hubShelf';

const model = (id: string): HubModel => newModel(parseHubAddress('https://hub.test', id), 5);
const file = (name: string, received: number, parts: number) => ({
  ...newFile(name),
  received,
  parts,
  isComplete: true,
});

it('keeps pieces in order, whole models apart, and deletes one of them', async () => {
  const shelf = createHubShelf('shelf-test', async () => ({ quota: 1e9, usage: 1e8 }));
  const [one, other] = [model('ada/one'), model('ada/one.more')];
  const files = [file('a.json', 0, 0), file('w', 33, 11)];
  for (let index = 10; index >= 0; index--) {
    const blob = new Blob([`<${index.toString(16)}>`]);
    await shelf.save({ ...one, files }, { file: 'w', index, blob });
  }
  await shelf.save(
    { ...other, files: [file('w', 1, 1)], changedAt: 9 },
    { file: 'w', index: 0, blob: new Blob(['x']) },
  );
  const models = await cachedModels(shelf);
  expect(models.map(({ id }) => id)).toEqual(['ada/one.more', 'ada/one']);
  const read = await cachedFiles(shelf, models[1]!);
  expect(await Promise.all(read.map(({ blob }) => blob.text()))).toEqual(['', '<0><1><2><3><4><5><6><7><8><9><a>']);
  await shelf.drop(one.key);
  expect(await shelf.parts(one.key, 'w')).toEqual([]);
  expect((await shelf.parts(other.key, 'w')).length).toBe(1);
  await shelf.dropParts(other, 'w');
  expect(await shelf.parts(other.key, 'w')).toEqual([]);
  expect(await shelf.room()).toBe(9e8 - 64 * 1024 * 1024);
});

it('passes over records it does not know', async () => {
  const shelf = createHubShelf('shelf-odd', null);
  await shelf.save({ key: 'odd', version: 99 } as unknown as HubModel);
  expect(await cachedModels(shelf)).toEqual([]);
  expect(await shelf.room()).toBeNull();
});
