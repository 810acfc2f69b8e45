import { describe, expect, it } from 'vitest';
import { type Broadcast, jobLocks, type LabNews, type Locks, labChannel } from './labTabs';

describe('news', () => {
  it('are passed on when they are some, and everything else is dropped', () => {
    const broadcast: Broadcast = { onmessage: null, postMessage() {} };
    const heard: LabNews[] = [];
    labChannel(broadcast).listen((news) => heard.push(news));
    const good: LabNews[] = [
      { type: 'lab.kept', key: 'a' },
      { type: 'lab.removed', keys: ['a', 'b'] },
    ];
    const bad = [null, 3, {}, { type: 'lab.kept' }, { type: 'lab.kept', key: 3 }, { type: 'lab.removed', keys: [1] }];
    for (const data of [...bad, ...good]) broadcast.onmessage!({ data } as MessageEvent);
    expect(heard).toEqual(good);
  });

  it('go nowhere where the browser has no channel', () => {
    const channel = labChannel(null);
    channel.listen(() => {});
    expect(() => channel.post({ type: 'lab.kept', key: 'a' })).not.toThrow();
  });
});

describe('locks', () => {
  const refusing: Locks = { request: () => Promise.reject(new DOMException('no', 'SecurityError')) };
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
    expect(done).toBe(1);
  });

  it('an error of the work itself is not taken for a refusal', async () => {
    const locks: Locks = { request: (_, __, whileHeld) => whileHeld({}) };
    let begun = 0;
    const work = async (): Promise<void> => {
      begun++;
      throw new Error('broken');
    };
    await expect(jobLocks(locks).hold('a', work)).rejects.toThrow('broken');
    expect(begun).toBe(1);
  });
});
