import { describe, expect, it } from 'vitest';
import { createWakeLock, type HeldLock, type WakeState } from './wakeLock';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A browser with a wake lock that says yes or no. */
function setup({ isOn = true, hasLock = true } = {}) {
  const asked: ('yes' | 'no')[] = [];
  let answer: 'yes' | 'no' = 'yes';
  const held = new Set<object>();
  const takers: (() => void)[] = [];
  const told: WakeState['lock'][] = [];
  const request = async (): Promise<HeldLock> => {
    asked.push(answer);
    if (answer === 'no') throw new DOMException('low battery', 'NotAllowedError');
    const one = {};
    const gone: (() => void)[] = [];
    held.add(one);
    const end = () => {
      if (held.delete(one)) for (const work of gone) work();
    };
    takers.push(end);
    return { release: async () => end(), onRelease: (work) => gone.push(work) };
  };
  const takeAway = () => {
    for (const take of takers.splice(0)) take();
  };
  const lock = createWakeLock(isOn, { request: hasLock ? request : null, tell: ({ lock }) => told.push(lock) });
  return {
    lock,
    asked,
    told,
    takeAway,
    held: () => held.size,
    say(next: 'yes' | 'no') {
      answer = next;
    },
    /** As the browser does when the page is hidden: it lets go, and says so. */
    hide() {
      takeAway();
      lock.send({ type: 'visible', isVisible: false });
    },
  };
}

describe('wake lock', () => {
  it('is held while a run is on, and only then', async () => {
    const t = setup();
    await settled();
    expect(t.asked).toEqual([]);
    t.lock.send({ type: 'run', runsOn: true });
    await settled();
    expect(t.held()).toBe(1);
    expect(t.lock.state().lock).toBe('held');
    t.lock.send({ type: 'run', runsOn: false });
    await settled();
    expect(t.held()).toBe(0);
    expect(t.lock.state().lock).toBe('none');
  });

  it('is not asked for where nobody wants it', async () => {
    const t = setup({ isOn: false });
    t.lock.send({ type: 'run', runsOn: true });
    await settled();
    expect(t.asked).toEqual([]);
    // In the middle of a run.
    t.lock.send({ type: 'switched', isOn: true });
    await settled();
    expect(t.held()).toBe(1);
    t.lock.send({ type: 'switched', isOn: false });
    await settled();
    expect(t.held()).toBe(0);
  });

  it('is asked for again when the page is looked at again, since hiding takes it away', async () => {
    const t = setup();
    t.lock.send({ type: 'run', runsOn: true });
    await settled();
    t.hide();
    await settled();
    expect(t.held()).toBe(0);
    t.lock.send({ type: 'visible', isVisible: true });
    await settled();
    expect(t.held()).toBe(1);
    expect(t.asked.length).toBe(2);
  });

  it('is not asked for on a hidden page, and not kept by a run that ended there', async () => {
    const t = setup();
    t.lock.send({ type: 'visible', isVisible: false });
    t.lock.send({ type: 'run', runsOn: true });
    t.lock.send({ type: 'run', runsOn: false });
    t.lock.send({ type: 'visible', isVisible: true });
    await settled();
    expect(t.asked).toEqual([]);
  });

  it('lets go of one that comes when the run is over already', async () => {
    const t = setup();
    t.lock.send({ type: 'run', runsOn: true });
    t.lock.send({ type: 'run', runsOn: false });
    await settled();
    expect(t.asked.length).toBe(1);
    expect(t.held()).toBe(0);
  });

  it('asks once for a run that pauses and goes on before the answer', async () => {
    const t = setup();
    for (const runsOn of [true, false, true]) t.lock.send({ type: 'run', runsOn });
    await settled();
    expect(t.asked.length).toBe(1);
    expect(t.held()).toBe(1);
  });

  it('says that it was refused, and asks again with the next look', async () => {
    const t = setup();
    t.say('no');
    t.lock.send({ type: 'run', runsOn: true });
    await settled();
    expect(t.lock.state().lock).toBe('refused');
    t.lock.send({ type: 'run', runsOn: true });
    await settled();
    expect(t.asked).toEqual(['no']);
    t.say('yes');
    t.hide();
    t.lock.send({ type: 'visible', isVisible: true });
    await settled();
    expect(t.asked).toEqual(['no', 'yes']);
    expect(t.held()).toBe(1);
  });

  it('is not fought for where the system takes it away from a page that is looked at', async () => {
    const t = setup();
    t.lock.send({ type: 'run', runsOn: true });
    await settled();
    t.takeAway();
    await settled();
    expect(t.asked.length).toBe(1);
    expect(t.lock.state().lock).toBe('refused');
  });

  it('does nothing in a browser without one', async () => {
    const t = setup({ hasLock: false });
    t.lock.send({ type: 'run', runsOn: true });
    await settled();
    expect(t.lock.state().lock).toBe('none');
  });
});
