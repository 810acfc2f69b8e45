// The real store for a page of the harness, with a trainer that only says what it is told to and, unless one is given, a silent atlas.
import { createMemory } from '../../src/state/storage';
import { createStudio } from '../../src/state/studio';
import type { Studio } from '../../src/state/studioActions';
import type { AtlasPort } from '../../src/worker/atlasClient';
import type { Command, WorkerMessage } from '../../src/worker/protocol';
import type { WorkerPort } from '../../src/worker/trainerClient';

const silent = (): AtlasPort => ({ postMessage() {}, terminate() {}, onmessage: null, onerror: null });

export function pageStudio(createAtlas: () => AtlasPort = silent): {
  studio: Studio;
  say(message: WorkerMessage): void;
} {
  const trainer: WorkerPort = {
    postMessage(_command: Command) {},
    terminate() {},
    onmessage: null,
    onerror: null,
    onmessageerror: null,
  };
  const studio = createStudio('', {
    createWorker: () => trainer,
    createAtlas,
    memory: createMemory(() => localStorage),
    isolation: { by: 'host' },
    schedule: (publish) => requestAnimationFrame(publish),
    now: () => performance.now(),
    drawSeed: () => 1,
    openShelf: () => Promise.reject(new Error('no storage here')),
    openRunStore: () => Promise.reject(new Error('no storage here')),
    wallTime: () => Date.now(),
    after: (milliseconds, work) => void setTimeout(work, milliseconds),
  });
  return { studio, say: (message) => trainer.onmessage?.({ data: message } as MessageEvent) };
}
