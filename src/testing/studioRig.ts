// A studio with a made-up worker: what it sends, what the worker says, and when a frame comes.
import { createMemory } from '../state/storage';
import { createStudio } from '../state/studio';
import type { Command, WorkerMessage } from '../worker/protocol';
import type { WorkerPort } from '../worker/trainerClient';
import { fakeEvents } from './fakeRun';

export function setup(search = '?preset=tiny') {
  const sent: Command[] = [];
  const ports: WorkerPort[] = [];
  const stored = new Map<string, string>();
  const frames: (() => void)[] = [];
  const studio = createStudio(search, {
    createWorker: () => {
      const port: WorkerPort = {
        postMessage: (message) => sent.push(message),
        terminate: () => {},
        onmessage: null,
        onerror: null,
        onmessageerror: null,
      };
      ports.push(port);
      return port;
    },
    createAtlas: () => ({ postMessage: () => {}, terminate: () => {}, onmessage: null, onerror: null }),
    memory: createMemory(() => ({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => stored.set(key, value),
    })),
    isolation: { by: 'host' },
    schedule: (publish) => frames.push(publish),
    now: () => 0,
    drawSeed: () => 4711,
    openShelf: () => Promise.reject(new Error('refused')),
    openRunStore: () => Promise.reject(new Error('refused')),
    wallTime: () => 0,
    after: () => {},
  });
  const say = (message: WorkerMessage) => ports.at(-1)!.onmessage!({ data: message } as MessageEvent);
  const frame = () => frames.shift()?.();
  const runId = () => studio.store.getState().activeId!;
  const finish = () => {
    say({ type: 'run.events', runId: runId(), events: [...fakeEvents('done', { preset: 'tiny' })] });
    say({ type: 'run.phase', runId: runId(), phase: 'done' });
    frame();
  };
  return { studio, sent, stored, frames, say, frame, runId, finish, state: studio.store.getState };
}
