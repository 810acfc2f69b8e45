// The lab's store with a made-up worker on a real (in-memory) IndexedDB: the queue, the choice, two tabs.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { jobKey } from '../core/study/job';
import { accuracyOf, createTabs, foundOf, jobsOf, keyOf, recordedFiles, settled, setupLab } from '../testing/labRig';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
});

describe('the queue', () => {
  it('is worked off in order, one job at a time, and says what is done', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(2, 1, 3));
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
    t.lab.run(jobsOf(1));
    expect([t.status(), t.jobs()]).toEqual(['idle', ['1 done']]);
    t.lab.run(jobsOf(1, 2));
    await settled();
    await t.finish(2);
    t.lab.run(jobsOf(1, 2));
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['idle', ['1 done', '2 done'], [2]]);
    t.lab.run(jobsOf(1), { again: true });
    await settled();
    await t.finish(1, 90);
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['idle', ['1 done'], [2, 1]]);
    expect(accuracyOf(t, 1)).toBe(90);
  });

  it('computes on the backend that is chosen when a job begins, which is no part of the job', async () => {
    let backend: 'wasm' | 'webgpu' = 'wasm';
    const t = setupLab({ backend: () => backend });
    t.lab.run(jobsOf(1, 2));
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
    t.lab.run(jobsOf(1, 2));
    await settled();
    expect(t.asked()).toEqual([]);
    arrive('{"version":1,"engine":1}');
    await settled();
    expect([t.jobs(), t.asked()]).toEqual([['1 done', '2 running'], [2]]);
  });

  it('pauses, takes more meanwhile without beginning, and resumes', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2));
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
    t.lab.run(jobsOf(1));
    await settled();
    t.lab.pause();
    t.lab.run(jobsOf(1, 2));
    await settled();
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['running', ['1 running', '2 waiting'], [1]]);
    expect(t.ports[0]!.sent.at(-1)).toEqual({ type: 'study.resume' });
  });

  it('stops with what is done kept, and starts anew in another worker', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2, 3));
    await settled();
    await t.finish(1);
    t.lab.stop();
    expect([t.status(), t.jobs(), t.ports[0]!.isEnded]).toEqual(['idle', ['1 done'], true]);
    t.lab.run(jobsOf(2));
    await settled();
    expect([t.jobs(), t.ports.length]).toEqual([['2 running'], 2]);
    await t.finish(2);
    expect([...t.state().results.keys()]).toEqual([keyOf(1), keyOf(2)]);
  });

  it('a job that fails says why and holds nothing up; it can be tried again', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2));
    await settled();
    await t.fail(1);
    expect([t.status(), t.jobs(), t.ports.length]).toEqual(['running', ['1 failed', '2 running'], 2]);
    expect(t.state().queue.jobs[0]!.error?.message).toBe('No backend works here.');
    await t.finish(2);
    expect(t.status()).toBe('idle');
    t.lab.retry([keyOf(2)]);
    t.lab.retry([keyOf(1)]);
    await settled();
    expect([t.status(), t.jobs()]).toEqual(['running', ['2 done', '1 running']]);
    expect(t.state().queue.jobs[1]!.error).toBeNull();
    await t.finish(1);
    expect(t.jobs()).toEqual(['2 done', '1 done']);
  });

  it('a crash fails the running job in words; the rest waits for a decision', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2));
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
    t.lab.run(jobsOf(1, 2, 3));
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
    a.lab.run(jobsOf(1, 2));
    await settled();
    b.lab.run(jobsOf(1, 2));
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
    a.lab.run(jobsOf(1));
    await settled();
    b.lab.run(jobsOf(1));
    await settled();
    a.lab.stop();
    await settled();
    expect([a.asked(), b.asked(), b.jobs()]).toEqual([[1], [1], ['1 running']]);
  });

  it('the one that waits begins at once what it is asked for meanwhile', async () => {
    const tabs = createTabs();
    const [a, b] = [setupLab({}, tabs), setupLab({}, tabs)];
    a.lab.run(jobsOf(1));
    await settled();
    b.lab.run(jobsOf(1));
    await settled();
    b.lab.run(jobsOf(2));
    await settled();
    expect([b.jobs(), b.asked()]).toEqual([['2 running', '1 waiting'], [2]]);
  });

  it('the one that waits can be stopped', async () => {
    const tabs = createTabs();
    const [a, b] = [setupLab({}, tabs), setupLab({}, tabs)];
    a.lab.run(jobsOf(1));
    await settled();
    b.lab.run(jobsOf(1));
    await settled();
    b.lab.stop();
    b.lab.run(jobsOf(2));
    await settled();
    expect([b.jobs(), b.asked()]).toEqual([['2 running'], [2]]);
  });
});
