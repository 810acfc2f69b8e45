// The lab's store with a made-up worker on a real (in-memory) IndexedDB: the queue, what is kept, two tabs, and storage that fails.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { jobKey } from '../core/study/job';
import { createTabs, foundOf, jobOf, keyOf, noFiles, recordedFiles, settled, setupLab } from '../testing/labRig';
import { resultLines } from './labFiles';
import { type LabShelf, openLabShelf } from './labShelf';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
});

const jobs = (...seeds: number[]) => seeds.map((seed) => jobOf(seed));
const accuracyOf = (t: ReturnType<typeof setupLab>, seed: number): number | null => {
  const result = t.state().results.get(keyOf(seed))?.result;
  return result?.kind === 'arm' ? result.after.families.math!.greedy : null;
};
const file = (text: string): Blob => new Blob([text]);

describe('the queue', () => {
  it('is worked off in order, one job at a time, and says what is done', async () => {
    const t = setupLab();
    t.lab.run(jobs(2, 1, 3));
    expect(t.jobs()).toEqual(['2 waiting', '1 waiting', '3 waiting']);
    await settled();
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['running', ['2 running', '1 waiting', '3 waiting'], [2]]);
    expect(t.state().queue.jobs[0]).toMatchObject({
      ...{ label: 'DPO, top 10 % · math · seed 2', share: 0, doing: 'starting' },
    });
    t.progress(2, 0.5);
    t.progress(1, 0.9);
    expect(t.state().queue.jobs.map(({ share, doing }) => [share, doing])).toEqual([
      ...[
        [0.5, 'improving'],
        [0, ''],
        [0, ''],
      ],
    ]);
    await t.finish(2);
    await t.finish(1, 70);
    await t.finish(3);
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['idle', ['2 done', '1 done', '3 done'], [2, 1, 3]]);
    expect(accuracyOf(t, 1)).toBe(70);
    expect(t.state().results.get(keyOf(1))?.origin).toBe('here');
    expect(t.ports).toHaveLength(1);
  });

  it('never computes what has a result, here or recorded, unless it is told to', async () => {
    const t = setupLab({ fetchStudyFile: recordedFiles([foundOf(1, 50)]) });
    await settled();
    t.lab.run(jobs(1));
    expect([t.status(), t.jobs()]).toEqual(['idle', ['1 done']]);
    t.lab.run(jobs(1, 2));
    await settled();
    await t.finish(2);
    t.lab.run(jobs(1, 2));
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['idle', ['1 done', '2 done'], [2]]);
    t.lab.run(jobs(1), { again: true });
    await settled();
    await t.finish(1, 90);
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['idle', ['1 done'], [2, 1]]);
    expect(accuracyOf(t, 1)).toBe(90);
  });

  it('computes on the backend that is chosen when a job begins, which is no part of the job', async () => {
    let backend: 'wasm' | 'webgpu' = 'wasm';
    const t = setupLab({ backend: () => backend });
    t.lab.run(jobs(1, 2));
    await settled();
    backend = 'webgpu';
    await t.finish(1);
    const sent = t.ports[0]!.sent.flatMap((command) => (command.type === 'study.run' ? command.jobs : []));
    expect(sent.map(({ config }) => config.backend)).toEqual(['wasm', 'webgpu']);
    expect(sent.map(jobKey)).toEqual([keyOf(1), keyOf(2)]);
  });

  it('waits for what is known before it begins', async () => {
    let arrive = (_: string): void => {};
    const late = new Promise<string>((resolve) => {
      arrive = resolve;
    });
    const t = setupLab({
      fetchStudyFile: async (name) => (name === 'manifest.json' ? late : recordedFiles([foundOf(1)])(name)),
    });
    t.lab.run(jobs(1, 2));
    await settled();
    expect(t.asked()).toEqual([]);
    arrive('{"version":1,"engine":1}');
    await settled();
    expect([t.jobs(), t.asked()]).toEqual([['1 done', '2 running'], [2]]);
  });

  it('pauses, takes more meanwhile without beginning, and resumes', async () => {
    const t = setupLab();
    t.lab.run(jobs(1, 2));
    await settled();
    t.lab.pause();
    expect([t.status(), t.jobs()]).toEqual(['paused', ['1 running', '2 waiting']]);
    expect(t.ports[0]!.sent.at(-1)).toEqual({ type: 'study.pause' });
    // The last unit was under way.
    await t.finish(1);
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['paused', ['1 done', '2 waiting'], [1]]);
    t.lab.resume();
    await settled();
    expect(t.ports[0]!.sent.slice(2).map(({ type }) => type)).toEqual(['study.resume', 'study.run']);
    await t.finish(2);
    expect([t.status(), t.jobs()]).toEqual(['idle', ['1 done', '2 done']]);
  });

  it('goes on when more is run while it is paused', async () => {
    const t = setupLab();
    t.lab.run(jobs(1));
    await settled();
    t.lab.pause();
    t.lab.run(jobs(1, 2));
    await settled();
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['running', ['1 running', '2 waiting'], [1]]);
    expect(t.ports[0]!.sent.at(-1)).toEqual({ type: 'study.resume' });
  });

  it('stops with what is done kept, and starts anew in another worker', async () => {
    const t = setupLab();
    t.lab.run(jobs(1, 2, 3));
    await settled();
    await t.finish(1);
    t.lab.stop();
    expect([t.status(), t.jobs(), t.ports[0]!.isEnded]).toEqual(['idle', ['1 done'], true]);
    t.lab.run(jobs(2));
    await settled();
    expect([t.jobs(), t.ports.length]).toEqual([['2 running'], 2]);
    await t.finish(2);
    expect([...t.state().results.keys()]).toEqual([keyOf(1), keyOf(2)]);
  });

  it('a job that fails says why and holds nothing up; it can be tried again', async () => {
    const t = setupLab();
    t.lab.run(jobs(1, 2));
    await settled();
    await t.fail(1);
    expect([t.status(), t.jobs(), t.ports.length]).toEqual(['running', ['1 failed', '2 running'], 2]);
    expect(t.state().queue.jobs[0]!.error?.message).toBe('No backend works here.');
    await t.finish(2);
    expect(t.status()).toBe('idle');
    t.lab.retry(keyOf(2));
    t.lab.retry(keyOf(1));
    await settled();
    expect([t.status(), t.jobs()]).toEqual(['running', ['1 running', '2 done']]);
    expect(t.state().queue.jobs[0]!.error).toBeNull();
    await t.finish(1);
    expect(t.jobs()).toEqual(['1 done', '2 done']);
  });

  it('a crash fails the running job in words; the rest waits for a decision', async () => {
    const t = setupLab();
    t.lab.run(jobs(1, 2));
    await settled();
    await t.crash();
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['paused', ['1 failed', '2 waiting'], [1]]);
    expect(t.state().queue.jobs[0]!.error).toMatchObject({
      ...{ message: 'The worker of the lab crashed.', detail: expect.stringContaining('boom') },
    });
    t.lab.resume();
    await settled();
    await t.finish(2);
    expect([t.status(), t.jobs(), t.ports.length]).toEqual(['idle', ['1 failed', '2 done'], 2]);
  });

  it('tells the time left from its own pace, without pauses', async () => {
    const t = setupLab();
    t.lab.run(jobs(1, 2, 3));
    await settled();
    expect(t.state().queue.secondsLeft).toBeNull();
    t.clock.ms += 4000;
    t.lab.pause();
    t.clock.ms += 60_000;
    t.lab.resume();
    t.clock.ms += 2000;
    // A quarter in 6 s: 18 s for the rest of it, 24 for each of the others.
    t.progress(1, 0.25);
    expect(t.state().queue.secondsLeft).toBeCloseTo(66, 6);
    t.clock.ms += 4000;
    await t.finish(1);
    // Done in 10 s.
    expect(t.state().queue.secondsLeft).toBeCloseTo(20, 6);
    await t.finish(2);
    await t.finish(3);
    expect(t.state().queue.secondsLeft).toBeNull();
  });
});

describe('what is kept', () => {
  it('is there after a reload, and what was left of the queue is offered, in its order', async () => {
    const before = setupLab();
    before.lab.run(jobs(3, 1, 2));
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

  it('a stopped queue and failed jobs are not offered again', async () => {
    const t = setupLab();
    t.lab.run(jobs(1, 2, 3));
    await settled();
    await t.fail(1);
    t.lab.stop();
    await settled();
    const after = setupLab();
    await settled();
    expect([after.status(), after.jobs()]).toEqual(['idle', []]);
  });

  it('can be removed and put back; recorded ones stay', async () => {
    const t = setupLab({ fetchStudyFile: recordedFiles([foundOf(1, 50), foundOf(2, 50)]) });
    await settled();
    t.lab.run(jobs(1), { again: true });
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
    t.lab.run(jobs(3));
    await settled();
    await t.finish(3, 70);
    const text = resultLines([foundOf(1, 50), foundOf(2, 55), foundOf(3, 75), foundOf(4), foundOf(4)]);
    expect(await t.lab.importResults(file(text), 'x.jsonl')).toEqual({ added: 2, same: 3 });
    expect([1, 2, 3, 4].map((seed) => accuracyOf(t, seed))).toEqual([50, 55, 70, 60]);
    expect(t.state().results.get(keyOf(4))?.origin).toBe('file');
    const shown = [...t.state().results.values()].map(({ result }) => result);
    expect(await t.lab.importResults(file(resultLines(shown)), 'x.jsonl')).toEqual({ added: 0, same: 4 });
    const reloaded = setupLab();
    await settled();
    expect(reloaded.state().results.get(keyOf(2))).toEqual({ result: foundOf(2, 55), origin: 'file' });
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

it('choices are told to the address', () => {
  const t = setupLab();
  t.lab.choose({ experiment: 'ratio', hidden: ['SFT'] });
  expect(t.state().choice).toMatchObject({ experiment: 'ratio', family: 'math', hidden: ['SFT'] });
  expect(t.choices).toEqual([t.state().choice]);
});

it('what a run computes follows the family that is looked at, until more or others were chosen', () => {
  const t = setupLab();
  const families = () => t.state().choice.scope.families;
  t.lab.choose({ family: 'qa' });
  expect(families()).toEqual(['qa']);
  t.lab.choose({ scope: { ...t.state().choice.scope, families: ['math', 'qa'] } });
  t.lab.choose({ family: 'instruct' });
  expect(families()).toEqual(['math', 'qa']);
});

describe('two tabs', () => {
  it('share the work: no job is computed twice, both know all results', async () => {
    const tabs = createTabs();
    const [a, b] = [setupLab({}, tabs), setupLab({}, tabs)];
    await settled();
    a.lab.run(jobs(1, 2));
    await settled();
    b.lab.run(jobs(1, 2));
    await settled();
    expect([a.asked(), b.asked()]).toEqual([[1], [2]]);
    expect(b.state().queue.jobs[0]).toMatchObject({ status: 'waiting', doing: 'another tab works on it' });
    await a.finish(1);
    expect(a.jobs()).toEqual(['1 done', '2 waiting']);
    await b.finish(2, 80);
    for (const t of [a, b]) {
      expect([t.status(), t.jobs()]).toEqual(['idle', ['1 done', '2 done']]);
      expect([accuracyOf(t, 1), accuracyOf(t, 2)]).toEqual([60, 80]);
    }
    expect([a.asked(), b.asked()]).toEqual([[1], [2]]);
    a.lab.remove([keyOf(2)]);
    await settled();
    expect(b.state().results.has(keyOf(2))).toBe(false);
  });

  it('the one that waits takes the job over when the other gives it up', async () => {
    const tabs = createTabs();
    const [a, b] = [setupLab({}, tabs), setupLab({}, tabs)];
    a.lab.run(jobs(1));
    await settled();
    b.lab.run(jobs(1));
    await settled();
    a.lab.stop();
    await settled();
    expect([a.asked(), b.asked(), b.jobs()]).toEqual([[1], [1], ['1 running']]);
  });

  it('the one that waits can be stopped', async () => {
    const tabs = createTabs();
    const [a, b] = [setupLab({}, tabs), setupLab({}, tabs)];
    a.lab.run(jobs(1));
    await settled();
    b.lab.run(jobs(1));
    await settled();
    b.lab.stop();
    b.lab.run(jobs(2));
    await settled();
    expect([b.jobs(), b.asked()]).toEqual([['2 running'], [2]]);
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
    t.lab.run(jobs(1, 2));
    await settled();
    await t.finish(1);
    await t.finish(2);
    expect([t.status(), t.jobs(), t.state().results.size]).toEqual(['idle', ['1 done', '2 done'], 2]);
    expect(await t.lab.importResults(file(resultLines([foundOf(5)])), 'x')).toEqual({ added: 1, same: 0 });
    t.lab.remove([keyOf(1)]);
    expect(t.state().results.size).toBe(2);
    t.lab.undoRemove();
    t.lab.run(jobs(1, 2, 5));
    await settled();
    expect([t.state().results.size, t.asked()]).toEqual([3, [1, 2]]);
    expect(t.state().trouble).toMatch(message);
  });
});
