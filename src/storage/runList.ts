// The saved runs at a glance: their headers, those that are set aside, what they take, and small changes to a header.
import type { Hold } from './hold';
import { changeAll, readAll } from './runDatabase';
import { bytesOf, type HeaderReading, packHeader, type RunHeader, readHeader } from './runRecord';
import { damagedError, goneError } from './storageError';

/** A run that is there and cannot be opened: damaged, or of another version of the studio. It is left as it is. */
export interface AsideRun {
  id: string;
  /** null: its record does not say. */
  name: string | null;
  problem: string;
}

export interface RunList {
  /** The last saved first. */
  runs: RunHeader[];
  aside: AsideRun[];
}

export interface RunUsage {
  /** Bytes of each run whose record can be read, deleted ones too as long as they are there. */
  runs: ReadonlyMap<string, number>;
  /** Of all that the page stores, saved runs or not; null where the browser does not say. */
  usage: number | null;
  quota: number | null;
}

interface Found {
  id: string;
  raw: unknown;
  reading: HeaderReading;
  isRemoved: boolean;
}

async function allRuns({ connect, migrations }: Hold): Promise<Found[]> {
  const [ids, raws, gone] = await readAll(await connect(), ['runs', 'removed'], (tx) => {
    const store = tx.objectStore('runs');
    return Promise.all([store.getAllKeys(), store.getAll(), tx.objectStore('removed').getAllKeys()]);
  });
  const removed = new Set(gone);
  return ids.map((id, i) => {
    const raw: unknown = raws[i];
    return { id, raw, reading: readHeader(id, raw, migrations.header), isRemoved: removed.has(id) };
  });
}

export async function listRuns(hold: Hold): Promise<RunList> {
  const list: RunList = { runs: [], aside: [] };
  for (const { id, raw, reading, isRemoved } of await allRuns(hold)) {
    if (isRemoved) continue;
    if ('problem' in reading) list.aside.push({ id, name: nameIn(raw), problem: reading.problem });
    else if (reading.header.trouble !== null)
      list.aside.push({ id, name: reading.header.name, problem: reading.header.trouble });
    else list.runs.push(reading.header);
  }
  list.runs.sort((a, b) => b.seq - a.seq);
  return list;
}

const nameIn = (raw: unknown): string | null =>
  typeof raw === 'object' && raw !== null && 'name' in raw && typeof raw.name === 'string' ? raw.name : null;

export async function usageOf(hold: Hold): Promise<RunUsage> {
  const runs = new Map<string, number>();
  for (const { id, reading } of await allRuns(hold)) {
    if ('header' in reading) runs.set(id, bytesOf(reading.header));
  }
  const { usage = null, quota = null } = (await hold.world.rooms?.estimate().catch(() => null)) ?? {};
  return { runs, usage, quota };
}

/** Throws StorageError. */
export async function changeHeader(hold: Hold, id: string, make: (header: RunHeader) => RunHeader): Promise<void> {
  await changeAll(await hold.connect(), ['runs', 'removed'], async (tx) => {
    const raw: unknown = await tx.objectStore('runs').get(id);
    if (raw === undefined || (await tx.objectStore('removed').getKey(id)) !== undefined) throw goneError();
    const reading = readHeader(id, raw, hold.migrations.header);
    if ('problem' in reading) throw damagedError(reading.problem);
    await tx.objectStore('runs').put(packHeader(make(reading.header)), id);
  });
  hold.channel.post({ type: 'run.changed', run: id });
}

/** Whether a run could be opened stands in its record, so that lists say it. Where that cannot be noted, it is not. */
export async function noteTrouble(hold: Hold, id: string, trouble: string | null): Promise<void> {
  try {
    await changeHeader(hold, id, (header) => ({ ...header, trouble: trouble?.slice(0, 5000) ?? null }));
  } catch {
    // The record itself is damaged, or nothing can be written.
  }
}
