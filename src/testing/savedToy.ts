// A run of the toy model by a real session, saved where it is paused and gone on with; and a storage as plain JSON, to be kept and filled again.
import { openDB } from 'idb';
import type { RunEvent, StageName } from '../core/events';
import { createRun } from '../core/run';
import { tf } from '../core/tf';
import type { SessionRun } from '../worker/live';
import { withoutSaving } from '../worker/modelShelf';
import type { Command, WorkerMessage } from '../worker/protocol';
import { createSession } from '../worker/session';
import { nextTurn, sleep } from './realTimers';
import { bitsOfEvent } from './resumeRig';
import { DATABASE, type Disk } from './runStoreRig';
import { toyConfig, toyDataset } from './tinyModel';
import { BACKEND } from './toyRun';

const CONFIG = toyConfig({
  ...{ layers: 1, width: 16, heads: 2, mlpWidth: 16, sftLearningRate: 0.02, prompts: 8, heldOutPrompts: 10 },
  ...{ warmupSteps: 3, forgettingSteps: 3, improvingSteps: 3, rewardSteps: 1, klPrompts: 10, otherPrompts: 0 },
});
export const SAVED = { id: 'kept', name: 'A saved run' };
const RUN = 'a';
const GO_ON: Command = {
  ...{ type: 'run.continue', runId: RUN, savedId: SAVED.id, dataId: null, modelId: null, paused: false, change: {} },
};
const start = (saved: typeof SAVED | null): Command => ({
  ...{ type: 'run.start', runId: RUN, config: CONFIG, dataId: null, modelId: null, paused: false, saved },
});

/** Works off one command; ends with a phase in which the run rests. `pauseAt`: with that event. */
async function session(disk: Disk, command: Command, pauseAt: (event: RunEvent) => boolean = () => false) {
  await tf.setBackend('wasm');
  const tab = await disk.openTab();
  const events: RunEvent[] = [];
  let rests: (message: WorkerMessage) => void = () => {};
  const rested = new Promise<WorkerMessage>((resolve) => {
    rests = resolve;
  });
  const watched = (run: SessionRun): SessionRun => ({
    ...run,
    async *events() {
      for await (const event of run.events()) {
        if (pauseAt(event)) made.handle({ type: 'run.pause', runId: RUN });
        yield event;
      }
    },
  });
  const refused = () => Promise.reject(new Error('a toy run has nothing of the kind'));
  const made = createSession({
    turn: nextTurn,
    openStore: async () => tab.store,
    engine: {
      leaveRoom: () => {},
      chooseBackend: async () => BACKEND,
      trouble: () => null,
      giveAllBack: () => {},
      onTrouble: () => {},
      createRun: async (config, _, __, { pace, controls, from }) => {
        const options = { config, dataset: toyDataset(), backend: BACKEND, pace, controls, snapshots: true };
        return watched(withoutSaving(createRun({ ...options, ...(from && { from }), loadStarter: refused })));
      },
      keptSource: async () => null,
      closeModel: () => {},
      ...{ openModel: refused, openRun: refused, importFile: refused },
    },
    post(message) {
      if (message.type === 'run.events') events.push(...structuredClone(message.events));
      const isRest = message.type === 'run.phase' && message.phase !== 'running';
      if (isRest || message.type === 'run.failed') rests(message);
    },
    yieldToMessages: nextTurn,
    rest: async () => {},
    now: () => performance.now(),
  });
  made.handle(command);
  const last = await rested;
  if (last.type === 'run.failed') throw new Error(last.error.detail);
  return { tab, events: events.map(bitsOfEvent) };
}

/** Saved after so many steps of a stage, paused there; its tab is closed. */
export async function savedAt(disk: Disk, stage: StageName, step: number): Promise<void> {
  const isThere = (event: RunEvent): boolean => event.type === 'step' && event.stage === stage && event.step === step;
  const { tab } = await session(disk, start(SAVED), isThere);
  for (;;) {
    const [header] = (await tab.store.list()).runs;
    if (header?.status === 'paused') break;
    await sleep(5);
  }
  tab.die();
}

/** All events of the run that nobody interrupts, bit for bit. */
export const wholeRun = async (disk: Disk): Promise<string[]> => (await session(disk, start(null))).events;

/** Those of the saved run from where it is. */
export const toldFrom = async (disk: Disk): Promise<string[]> => (await session(disk, GO_ON)).events;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Files and database, as JSON. */
export interface SavedDump {
  files: Record<string, string>;
  stores: Record<string, [key: Json, value: Json][]>;
}

const ARRAYS = { Float32Array, Float64Array, Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array };

/** JSON has no typed arrays and not all numbers. */
function packed(value: unknown): Json {
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { $array: value.constructor.name, base64: bytes.toString('base64') };
  }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return { $number: Object.is(value, -0) ? '-0' : String(value) };
  if (Array.isArray(value)) return value.map(packed);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packed(inner)]));
  return value as Json;
}

function unpacked(value: Json): unknown {
  if (Array.isArray(value)) return value.map(unpacked);
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.$number === 'string') return Number(value.$number);
  if (typeof value.$array === 'string') {
    const bytes = new Uint8Array(Buffer.from(String(value.base64), 'base64'));
    return new ARRAYS[value.$array as keyof typeof ARRAYS](bytes.buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpacked(inner)]));
}

export async function dumpDisk(disk: Disk): Promise<SavedDump> {
  const files = disk.files.paths().map((path) => [path, Buffer.from(disk.files.read(path)).toString('base64')]);
  const db = await openDB(DATABASE);
  const stores: SavedDump['stores'] = {};
  for (const store of db.objectStoreNames) {
    if (store === 'claims') continue;
    const keys = await db.getAllKeys(store);
    stores[store] = await Promise.all(
      keys.map(async (key): Promise<[Json, Json]> => [packed(key), packed(await db.get(store, key))]),
    );
  }
  db.close();
  return { files: Object.fromEntries(files), stores };
}

/** Of a disk that has nothing yet. */
export async function fillDisk(disk: Disk, { files, stores }: SavedDump): Promise<void> {
  // The layout is there with the first access.
  const { store } = await disk.openTab();
  await store.list();
  for (const [path, base64] of Object.entries(files))
    disk.files.make(path, new Uint8Array(Buffer.from(base64, 'base64')));
  for (const [name, entries] of Object.entries(stores))
    for (const [key, value] of entries) await disk.put(name, unpacked(key) as IDBValidKey, unpacked(value));
}
