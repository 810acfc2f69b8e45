import { describe, expect, it } from 'vitest';
import { type Ahead, inOrder, type Pace } from './ahead';

/** Notes what happens in order; item n resolves when `finish(n)` is called. */
function setup(waitsAfter: Ahead['waitsAfter'] = () => false) {
  const log: string[] = [];
  const pace: Pace = { mayRunAhead: true, isAhead: false };
  const launch = async (item: string): Promise<string> => {
    log.push(`launch ${item}`);
    await null;
    if (item === 'bad') throw new Error('bad step');
    log.push(`read ${item}`);
    return item;
  };
  return { log, pace, launch, ahead: { pace, waitsAfter } };
}

describe('inOrder', () => {
  it('without leave: every step is read before the next is launched', async () => {
    const { log, launch } = setup();
    for await (const item of inOrder(['a', 'b'], launch)) log.push(`told ${item}`);
    expect(log).toEqual(['launch a', 'read a', 'told a', 'launch b', 'read b', 'told b']);
  });

  it('is one step ahead, says so, and tells in order', async () => {
    const { log, pace, launch, ahead } = setup();
    for await (const item of inOrder(['a', 'b', 'c'], launch, ahead)) log.push(`told ${item} ${pace.isAhead}`);
    expect(log.filter((line) => !line.startsWith('read'))).toEqual([
      ...['launch a', 'launch b', 'told a true', 'launch c', 'told b true', 'told c false'],
    ]);
  });

  it('waits where the weights are looked at, and where the owner takes its leave back', async () => {
    const { log, pace, launch, ahead } = setup((done) => done === 2);
    for await (const item of inOrder(['a', 'b', 'c', 'd'], launch, ahead)) {
      log.push(`told ${item} ${pace.isAhead}`);
      if (item === 'c') pace.mayRunAhead = false;
    }
    expect(log.filter((line) => !line.startsWith('read'))).toEqual([
      ...['launch a', 'launch b', 'told a true', 'told b false'],
      ...['launch c', 'launch d', 'told c true', 'told d false'],
    ]);
  });

  it('passes a failure on once the step after it has ended', async () => {
    const { log, pace, launch, ahead } = setup();
    const told: string[] = [];
    const run = async () => {
      for await (const item of inOrder(['a', 'bad', 'c', 'd'], launch, ahead)) told.push(item);
    };
    await expect(run()).rejects.toThrow('bad step');
    expect(told).toEqual(['a']);
    expect(log).toContain('read c');
    expect(log).not.toContain('launch d');
    expect(pace.isAhead).toBe(false);
  });

  it('left in the middle, waits for what is under way', async () => {
    const { log, launch, ahead } = setup();
    for await (const _ of inOrder(['a', 'b', 'c'], launch, ahead)) break;
    expect(log.slice(-1)).toEqual(['read b']);
  });
});
