import { describe, expect, it } from 'vitest';
import { type Broadcast, jobLocks, type LabNews, type Locks, labChannel } from './labTabs';

describe('news', () => {
  it('are passed on when they are some, and everything else is dropped', () => {
    const broadcast: Broadcast = { onmessage: null, postMessage() {} };
    const heard: LabNews[] = [];
    const twice: LabNews[] = [];
    const channel = labChannel(broadcast);
    channel.listen((news) => heard.push(news));
    channel.listen((news) => twice.push(news));
    const good: LabNews[] = [
      { type: 'lab.kept', keys: ['a'] },
      { type: 'lab.removed', keys: ['a', 'b'] },
      { type: 'lab.queued', keys: ['a'], tab: 't' },
      { type: 'lab.unqueued', keys: [], tab: 't' },
    ];
    const bad = [
      ...[null, 3, {}, { type: 'lab.kept' }, { type: 'lab.kept', keys: 3 }, { type: 'lab.removed', keys: [1] }],
      ...[
        { type: 'lab.queued', keys: ['a'] },
        { type: 'lab.gone', keys: ['a'], tab: 't' },
      ],
    ];
    for (const data of [...bad, ...good]) broadcast.onmessage!({ data } as MessageEvent);
    expect([heard, twice]).toEqual([good, good]);
  });

  it('go nowhere where the browser has no channel', () => {
    const channel = labChannel(null);
    channel.listen(() => {});
    expect(() => channel.post({ type: 'lab.kept', keys: ['a'] })).not.toThrow();
  });
});

describe('locks', () => {
  const refusal = () => Promise.reject(new DOMException('no', 'SecurityError'));
  const refusing: Locks = { request: refusal, query: refusal };
  it.each([
    ['missing', undefined],
    ['refused', refusing],
  ])('%s: the tab works for itself', async (_, locks) => {
    let done = 0;
    const job = jobLocks(locks);
    expect(
      await job.hold('a', async () => {
        done++;
      }),
    ).toBe(true);
    await job.released('a', new AbortController().signal);
    job.announce();
    expect([done, await job.others(), await job.closed('t')]).toEqual([1, new Set(), false]);
  });

  it('an error of the work itself is not taken for a refusal', async () => {
    const locks: Locks = { request: (_, __, whileHeld) => whileHeld({}), query: async () => ({}) };
    let begun = 0;
    const work = async (): Promise<void> => {
      begun++;
      throw new Error('broken');
    };
    await expect(jobLocks(locks).hold('a', work)).rejects.toThrow('broken');
    expect(begun).toBe(1);
  });

  it('show which other tabs are open', async () => {
    const names = new Set(['allo-studio.job.a', 'another']);
    const locks: Locks = {
      request(name, _, whileHeld) {
        names.add(name);
        return whileHeld({});
      },
      query: async () => ({ held: [...names].map((name) => ({ name })) }),
    };
    const [a, b] = [jobLocks(locks), jobLocks(locks)];
    expect(await b.others()).toEqual(new Set());
    a.announce();
    expect([await a.others(), await b.others()]).toEqual([new Set(), new Set([a.tab])]);
  });
});
