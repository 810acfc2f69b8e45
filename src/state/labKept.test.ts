// The lab's store and its results: kept, recorded, from files, and where storage fails; on a real (in-memory) IndexedDB.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  accuracyOf,
  createTabs,
  foundOf,
  jobsOf,
  keyOf,
  noFiles,
  recordedFiles,
  settled,
  setupLab,
} from '../testing/labRig';
import { resultLines } from './labFiles';
import { type LabShelf, openLabShelf } from './labShelf';
import type { LabNews } from './labTabs';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
});

const file = (text: string): Blob => new Blob([text]);

describe('what is kept', () => {
  it('is there after a reload, and what was left of the queue is offered, in its order', async () => {
    const before = setupLab();
    before.lab.run(jobsOf(3, 1, 2));
    await settled();
    await before.finish(3);
    before.progress(1, 0.7);
    const after = setupLab();
    await settled();
    expect([after.status(), after.jobs(), after.asked()]).toEqual(['paused', ['1 waiting', '2 waiting'], []]);
    expect(after.state().results.get(keyOf(3))).toEqual({ result: foundOf(3), origin: 'here' });
    after.lab.resume();
    await settled();
    await after.finish(1);
    await after.finish(2);
    const last = setupLab();
    await settled();
    expect([last.status(), last.jobs(), last.state().results.size]).toEqual(['idle', [], 3]);
  });

  it('a stopped queue is not offered again; failed jobs are, until they are dropped', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2, 3));
    await settled();
    await t.fail(1);
    t.lab.stop();
    await settled();
    const after = setupLab();
    await settled();
    expect([after.status(), after.jobs()]).toEqual(['paused', ['1 waiting']]);
    after.lab.resume();
    await settled();
    await after.fail(1);
    expect([after.status(), after.jobs()]).toEqual(['idle', ['1 failed']]);
    after.lab.stop([keyOf(1)]);
    await settled();
    const last = setupLab();
    await settled();
    expect([after.jobs(), last.status(), last.jobs()]).toEqual([[], 'idle', []]);
  });

  it('can be removed and put back; recorded ones stay', async () => {
    const t = setupLab({ fetchStudyFile: recordedFiles([foundOf(1, 50), foundOf(2, 50)]) });
    await settled();
    t.lab.run(jobsOf(1), { again: true });
    await settled();
    await t.finish(1, 80);
    t.lab.remove([keyOf(1), keyOf(2), keyOf(9)]);
    expect([accuracyOf(t, 1), accuracyOf(t, 2), t.state().undo?.text]).toEqual([50, 50, 'Removed one result.']);
    await settled();
    expect(await (await openLabShelf('allo-studio')).read(keyOf(1))).toBeNull();
    t.lab.remove([keyOf(2)]);
    t.lab.undoRemove();
    expect([accuracyOf(t, 1), t.state().undo]).toEqual([80, null]);
    await settled();
    expect(await (await openLabShelf('allo-studio')).read(keyOf(1))).toEqual({
      result: foundOf(1, 80),
      origin: 'here',
    });
  });

  it('tells of records that it cannot use and leaves them', async () => {
    (await openLabShelf('allo-studio')).unqueue([]);
    const db = await openDB('allo-studio');
    await db.put('study', { version: 7 }, keyOf(1));
    const t = setupLab();
    await settled();
    expect(t.state().trouble).toContain('One kept record cannot be used');
    expect(await db.get('study', keyOf(1))).toEqual({ version: 7 });
    db.close();
  });
});

describe('recorded results', () => {
  it('that cannot be read are told, and can be asked for again', async () => {
    let isThere = false;
    const t = setupLab({
      fetchStudyFile: (name) => (isThere ? recordedFiles([foundOf(4)])(name) : noFiles(name)),
    });
    await settled();
    expect(t.state().recorded).toMatchObject({
      ...{ status: 'failed', error: { message: expect.stringContaining('HTTP 500 for study/manifest.json') } },
    });
    isThere = true;
    const loading = t.lab.loadRecorded();
    expect(t.state().recorded.status).toBe('loading');
    await loading;
    expect(t.state().recorded.status).toBe('ready');
    expect(t.state().results.get(keyOf(4))).toEqual({ result: foundOf(4), origin: 'recorded' });
  });

  it.each([
    ['no folder', async () => null],
    ['an empty set', recordedFiles([])],
  ] as const)('%s: there are none, and nothing is wrong', async (_, fetchStudyFile) => {
    const t = setupLab({ fetchStudyFile });
    await settled();
    expect(t.state().recorded).toEqual({ status: 'ready' });
    expect(t.state().results.size).toBe(0);
  });

  const broken: [string, (name: string) => Promise<string | null>, RegExp][] = [
    ['a page in the place of the manifest', async () => '<!doctype html>', /manifest\.json is no manifest/],
    [
      'a manifest alone',
      async (name) => (name === 'manifest.json' ? recordedFiles([])(name) : null),
      /results\.jsonl is not there/,
    ],
    ['another engine', recordedFiles([], 9), /version 9 of the engine/],
    [
      'a damaged line',
      async (name) => (name === 'manifest.json' ? recordedFiles([])(name) : `${resultLines([foundOf(1)])}{"kind":1}\n`),
      /study\/results\.jsonl, line 2: A study result, field “/,
    ],
  ];
  it.each(broken)('%s: failed, nothing taken', async (_, fetchStudyFile, message) => {
    const t = setupLab({ fetchStudyFile });
    await settled();
    expect(t.state().recorded).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(message) } });
    expect(t.state().results.size).toBe(0);
  });
});

describe('files', () => {
  it('give results that stand before recorded ones and behind own ones', async () => {
    const t = setupLab({ fetchStudyFile: recordedFiles([foundOf(1, 50), foundOf(2, 50)]) });
    await settled();
    t.lab.run(jobsOf(3));
    await settled();
    await t.finish(3, 70);
    const text = resultLines([foundOf(1, 50), foundOf(2, 55), foundOf(3, 75), foundOf(4), foundOf(4)]);
    expect(await t.lab.importResults(file(text), 'x.jsonl')).toEqual({ added: 2, same: 2, different: 1 });
    expect([1, 2, 3, 4].map((seed) => accuracyOf(t, seed))).toEqual([50, 55, 70, 60]);
    expect(t.state().results.get(keyOf(4))?.origin).toBe('file');
    const shown = [...t.state().results.values()].map(({ result }) => result);
    expect(await t.lab.importResults(file(resultLines(shown)), 'x.jsonl')).toEqual({ added: 0, same: 4, different: 0 });
    const reloaded = setupLab();
    await settled();
    expect(reloaded.state().results.get(keyOf(2))).toEqual({ result: foundOf(2, 55), origin: 'file' });
  });

  it('count once a job with other numbers than here or earlier in the file, and leave it out', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1));
    await settled();
    await t.finish(1, 70);
    const slower = { ...foundOf(1, 70), seconds: 99, backend: 'webgpu' };
    const text = resultLines([foundOf(1, 75), slower, foundOf(2, 50), foundOf(2, 51), foundOf(2, 50)]);
    expect(await t.lab.importResults(file(text), 'x')).toEqual({ added: 1, same: 2, different: 2 });
    expect([1, 2].map((seed) => accuracyOf(t, seed))).toEqual([70, 50]);
  });

  it('wait for what is kept and recorded, however early they are read', async () => {
    const before = setupLab();
    before.lab.run(jobsOf(1));
    await settled();
    await before.finish(1, 70);
    const t = setupLab({ fetchStudyFile: recordedFiles([foundOf(2, 50)]) });
    const read = t.lab.importResults(file(resultLines([foundOf(1, 75), foundOf(2, 50)])), 'x');
    expect(await read).toEqual({ added: 0, same: 1, different: 1 });
    await settled();
    expect([1, 2].map((seed) => accuracyOf(t, seed))).toEqual([70, 50]);
    const kept = await (await openLabShelf('allo-studio')).read(keyOf(1));
    expect(kept).toEqual({ result: foundOf(1, 70), origin: 'here' });
  });

  it('are told to the other tabs in one message, and are there', async () => {
    const tabs = createTabs();
    const posted: LabNews[] = [];
    const listener = tabs.open();
    listener.onmessage = ({ data }) => posted.push(data);
    const [a, b] = [setupLab({}, tabs), setupLab({}, tabs)];
    await settled();
    const many = Array.from({ length: 60 }, (_, i) => foundOf(i + 1));
    await a.lab.importResults(file(resultLines(many)), 'x');
    await settled(60);
    expect(posted.map(({ type, keys }) => `${type} ${keys.length}`)).toEqual(['lab.kept 60']);
    expect(b.state().results.size).toBe(60);
  });

  it('that are wrong in one line change nothing, and neither does one that is too large', async () => {
    const t = setupLab();
    await settled();
    const text = `${resultLines([foundOf(1)])}\n{"kind":"arm"}\n`;
    await expect(t.lab.importResults(file(text), 'mine.jsonl')).rejects.toThrow(/^mine\.jsonl, line 3: .*field “/);
    const large = { size: 65 * 2 ** 20, text: async () => '' } as Blob;
    await expect(t.lab.importResults(large, 'huge.json')).rejects.toThrow('huge.json has 65 MB');
    expect(t.state().results.size).toBe(0);
  });
});

describe('storage that fails', () => {
  const refusal = (name: string) => new DOMException('no', name);
  const failing = (broken: readonly (keyof LabShelf)[], name: string) => async (): Promise<LabShelf> => {
    const shelf = await openLabShelf('allo-studio');
    const reject = () => Promise.reject(refusal(name));
    return { ...shelf, ...Object.fromEntries(broken.map((method) => [method, reject])) };
  };
  const cases: [string, () => Promise<LabShelf>, RegExp][] = [
    ['refused', () => Promise.reject(refusal('SecurityError')), /refuses its storage.*export them/],
    ['of a newer studio', () => Promise.reject(refusal('VersionError')), /newer version of the studio/],
    ['full', failing(['write'], 'QuotaExceededError'), /storage is full/],
    ['full for the queue', failing(['queue'], 'QuotaExceededError'), /storage is full/],
    ['not writable', failing(['write'], 'UnknownError'), /did not take a change/],
    ['not readable', failing(['readAll', 'read'], 'UnknownError'), /could not be read/],
    ['unable to delete', failing(['remove', 'unqueue'], 'InvalidStateError'), /did not take a change/],
    [
      'gone altogether',
      failing(['readAll', 'read', 'write', 'remove', 'queue', 'unqueue'], 'InvalidStateError'),
      /did not take a change.*could not be read/,
    ],
  ];
  it.each(cases)('%s: the lab works in memory and says so', async (_, openShelf, message) => {
    const t = setupLab({ openShelf });
    t.lab.run(jobsOf(1, 2));
    await settled();
    await t.finish(1);
    await t.finish(2);
    expect([t.status(), t.jobs(), t.state().results.size]).toEqual(['idle', ['1 done', '2 done'], 2]);
    expect(await t.lab.importResults(file(resultLines([foundOf(5)])), 'x')).toEqual({
      added: 1,
      same: 0,
      different: 0,
    });
    t.lab.remove([keyOf(1)]);
    expect(t.state().results.size).toBe(2);
    t.lab.undoRemove();
    t.lab.run(jobsOf(1, 2, 5));
    await settled();
    expect([t.state().results.size, t.asked()]).toEqual([3, [1, 2]]);
    expect(t.state().trouble).toMatch(message);
  });
});
