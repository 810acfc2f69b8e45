// The studio's store, a page that comes and goes, and what is said of the run.
import { describe, expect, it } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { presetConfig } from '../core/presets';
import { createPresence, type PageChange } from './presence';
import { createRunState, type RunState } from './runState';
import { createMemory } from './storage';
import type { Studio } from './studioActions';
import type { StudioState } from './studioState';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function setup({ hasLock = true } = {}) {
  let now = 1_000_000;
  const stored = new Map<string, string>();
  const memory = createMemory(() => ({
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
  }));
  const run = { ...createRunState('run-1', 'quiet-otter', presetConfig('tiny')), phase: 'running' as const };
  const store = createStore<Pick<StudioState, 'runs' | 'activeId'>>(() => ({ runs: [], activeId: null }));
  let saves = 0;
  const studio = { store, saved: { saveNow: () => saves++ } } as unknown as Studio;
  let tell: (change: PageChange) => void = () => {};
  const timers: (() => void)[] = [];
  const beats = new Set<() => void>();
  let locks = 0;
  const presence = createPresence(studio, memory, {
    isVisible: () => true,
    ...{ canFreeze: true, wasDiscarded: false },
    requestWakeLock: hasLock
      ? async () => {
          locks++;
          return { release: async () => void locks--, onRelease: () => {} };
        }
      : null,
    listen: (listener) => {
      tell = listener;
    },
    now: () => now,
    after: (_, work) => timers.push(work),
    every(_, work) {
      beats.add(work);
      return () => beats.delete(work);
    },
  });
  let steps = 0;
  const set = (change: Partial<RunState>): void =>
    store.setState({ runs: [{ ...(store.getState().runs[0] ?? run), ...change }], activeId: run.id });
  return {
    presence,
    memory,
    tell: (change: PageChange) => tell(change),
    set,
    pass(seconds: number) {
      for (let i = 0; i < seconds; i++) {
        now += 1000;
        steps += 5;
        const rows = Array.from({ length: steps }, () => ({}) as never);
        set({ series: { 'warm-up': { name: 'warm-up', stage: 'warm-up', rows, length: steps, total: 500 } } });
        for (const beat of beats) beat();
      }
    },
    sleep: (seconds: number) => {
      now += 1000 * seconds;
    },
    timers: () => {
      for (const work of timers.splice(0)) work();
    },
    locks: () => locks,
    saves: () => saves,
    beats: () => beats.size,
  };
}

describe('presence', () => {
  it('says on return what the run did, and keeps what was measured', () => {
    const t = setup();
    t.set({});
    t.pass(10);
    t.tell('hidden');
    t.pass(30);
    t.tell('visible');
    t.timers();
    expect(t.presence.store.getState()).toMatchObject({
      absence: { milliseconds: 30_000, pausedMs: 0, steps: 150, speed: 1 },
      speed: 1,
      hasPaused: false,
    });
    // The next run has not been left yet.
    t.set({ id: 'run-1', phase: 'done' });
    expect(t.presence.store.getState().absence).not.toBeNull();
  });

  it('saves before the page is frozen, and says that it stood still', () => {
    const t = setup();
    t.set({});
    t.pass(10);
    t.tell('hidden');
    t.pass(10);
    t.tell('frozen');
    expect(t.saves()).toBe(1);
    t.sleep(840);
    t.tell('resumed');
    t.tell('visible');
    t.timers();
    expect(t.presence.store.getState()).toMatchObject({ absence: { pausedMs: 840_000 }, hasPaused: true });
  });

  it('looks at its clock only while a run is on', () => {
    const t = setup();
    expect(t.beats()).toBe(0);
    t.set({});
    expect(t.beats()).toBe(1);
    t.set({ phase: 'paused' });
    expect(t.beats()).toBe(0);
  });

  it('keeps the screen on while a run is on, remembered', async () => {
    const t = setup();
    t.presence.setKeepsScreenOn(true);
    expect(t.memory.keepsScreenOn()).toBe(true);
    expect(t.locks()).toBe(0);
    t.set({});
    await settled();
    expect(t.locks()).toBe(1);
    t.set({ phase: 'failed' });
    await settled();
    expect(t.locks()).toBe(0);
    expect(t.presence.store.getState().wake).toMatchObject({ isOn: true, lock: 'none' });
  });

  it('knows a browser without a wake lock', () => {
    const t = setup({ hasLock: false });
    expect(t.presence.store.getState().wake).toBeNull();
    t.presence.setKeepsScreenOn(true);
    expect(t.presence.store.getState().wake).toBeNull();
  });
});
