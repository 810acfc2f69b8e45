// A studio with the real atlas and a made-up training worker, and a made-up run saved in it: for tests of bundles.
import type { RunEvent } from '../core/events';
import { sizeOf } from '../core/model/config';
import { createRng } from '../core/rng';
import { createMemory } from '../state/storage';
import { createStudio } from '../state/studio';
import { selectedRun } from '../state/studioState';
import type { AtlasPort } from '../worker/atlasClient';
import { createAtlasSession } from '../worker/atlasSession';
import type { WorkerPort } from '../worker/trainerClient';
import { fakeEvents } from './fakeRun';

export type BundleStudio = ReturnType<typeof bundleStudio>;

/** The real atlas behind a port that answers at once, with copies, as workers get them. */
function atlasPort(): AtlasPort {
  const session = createAtlasSession(
    (message) => port.onmessage?.({ data: structuredClone(message) } as MessageEvent),
    () => 0,
  );
  const port: AtlasPort = {
    postMessage: (message, transfer) => session.handle(structuredClone(message, { transfer })),
    ...{ terminate: () => {}, onmessage: null, onerror: null },
  };
  return port;
}

/** A studio with a made-up training worker. */
export function bundleStudio() {
  const ports: WorkerPort[] = [];
  let clock = 0;
  const studio = createStudio('?preset=tiny', {
    createWorker: () => {
      const port: WorkerPort = {
        ...{ postMessage: () => {}, terminate: () => {}, onmessage: null, onerror: null, onmessageerror: null },
      };
      ports.push(port);
      return port;
    },
    createAtlas: atlasPort,
    memory: createMemory(() => ({ getItem: () => null, setItem: () => {} })),
    isolation: { by: 'host' },
    schedule: (publish) => publish(),
    now: () => clock,
    drawSeed: () => 4711,
    openShelf: () => Promise.reject(new Error('refused')),
    openRunStore: () => Promise.reject(new Error('refused')),
    wallTime: () => 0,
    after: () => {},
  });
  const state = studio.store.getState;
  const run = () => selectedRun(state())!;
  const told = (events: readonly RunEvent[]) => {
    clock += 40;
    ports.at(-1)!.onmessage!({ data: { type: 'run.events', runId: run().id, events } } as MessageEvent);
  };
  const say = (phase: 'running' | 'paused' | 'done') => {
    clock += 3;
    ports.at(-1)!.onmessage!({ data: { type: 'run.phase', runId: run().id, phase } } as MessageEvent);
  };
  return { studio, state, run, told, say };
}

export const concat = (chunks: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
};

/** Weights, changes and moments as a run tells them, of random numbers; a NaN and a −0 among them. */
export function* withArrays(events: Iterable<RunEvent>): Generator<RunEvent> {
  const rng = createRng(5, 'arrays');
  let specs: Extract<RunEvent, { type: 'run.started' }>['tensors'] = [];
  const floats = (share = 1) =>
    specs.map((spec) => Float32Array.from({ length: sizeOf(spec) }, () => (rng.next() < share ? rng.normal() : 0)));
  for (const event of events) {
    yield event;
    if (event.type === 'run.started') specs = event.tensors;
    if (event.type === 'inspected') yield { type: 'weights', moment: 'sft', tensors: floats() };
    if (event.type === 'snapshot') {
      const { stage, step } = event;
      if (step > 12) yield { type: 'update', stage, step, tensors: floats(0.1) };
    }
    if (event.type !== 'stage.done') continue;
    if (event.summary.name === 'warm-up') {
      const tensors = floats();
      tensors[0]!.set([NaN, -0]);
      yield { type: 'weights', moment: 'warmed-up', tensors };
      yield { type: 'moments', stage: 'warm-up', secondMoments: floats(), gradients: floats() };
    }
    if (event.summary.name === 'improving') yield { type: 'weights', moment: 'improved', tensors: floats() };
  }
}

let saved: ReturnType<typeof saveRun> | null = null;
/** The same for all tests. */
export const savedRun = (): ReturnType<typeof saveRun> => {
  saved ??= saveRun();
  return saved;
};

async function saveRun() {
  const here = bundleStudio();
  here.studio.start();
  here.say('running');
  let batch: RunEvent[] = [];
  for (const event of withArrays(fakeEvents('done', { preset: 'tiny' }))) {
    batch.push(event);
    if (batch.length < 7) continue;
    here.told(batch);
    batch = [];
  }
  here.told(batch);
  here.say('done');
  const file = (await here.studio.bundles.save(here.run().id, new Date('2024-05-06T07:08:09Z')))!;
  return { here, file };
}
