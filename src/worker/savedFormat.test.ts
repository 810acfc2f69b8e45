// The format of saved runs, fixed: a run that a session saved in the middle of forgetting as version 1 has it. Whoever changes the format finds that this one no
// longer opens, and writes a migration (runRecord.ts, MIGRATIONS); the fixture of a version is never written again. For a new version:
// `MAKE_SAVED_RUN=1 npx vitest run src/worker/savedFormat.test.ts`.
import 'fake-indexeddb/auto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { crc32 } from '../core/files/crc32';
import { RECORD_VERSION } from '../storage/runRecord';
import { createDisk, type Disk } from '../testing/runStoreRig';
import { dumpDisk, fillDisk, SAVED, type SavedDump, savedAt, toldFrom, wholeRun } from '../testing/savedToy';

const path = (version: number): URL => new URL(`../testing/fixtures/saved/version-${version}.json.gz`, import.meta.url);

interface Fixture {
  dump: SavedDump;
  /** Of the log and the point, as they were written. */
  sums: { entries: number; log: number; arrays: number };
}

/** Checksums that see every bit, but no order of fields. */
async function sumsOf(disk: Disk): Promise<Fixture['sums']> {
  const { log, point } = await (await disk.openTab()).store.open(SAVED.id, { withPoint: true });
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, inner: unknown) => {
      if (ArrayBuffer.isView(inner))
        return crc32(new Uint8Array(inner.buffer, inner.byteOffset, inner.byteLength)).toString();
      if (typeof inner === 'number' && !Number.isFinite(inner)) return String(inner);
      if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
      return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
  const sum = (value: unknown): number => crc32(new TextEncoder().encode(text(value)));
  return { entries: log.length, log: sum(log), arrays: sum([...point!.arrays]) };
}

afterEach(() => vi.unstubAllGlobals());

describe.each(Array.from({ length: RECORD_VERSION }, (_, i) => i + 1))('a run saved as of version %i', (version) => {
  let fixture: Fixture;

  beforeAll(async () => {
    if (process.env.MAKE_SAVED_RUN && version === RECORD_VERSION && !existsSync(path(version))) {
      const disk = createDisk();
      await savedAt(disk, 'forgetting', 2);
      const made: Fixture = { dump: await dumpDisk(disk), sums: await sumsOf(disk) };
      writeFileSync(path(version), gzipSync(JSON.stringify(made)));
    }
    const bytes = readFileSync(path(version));
    expect(bytes.length).toBeLessThan(150_000);
    fixture = JSON.parse(gunzipSync(bytes).toString()) as Fixture;
  }, 120_000);

  const filled = async (): Promise<Disk> => {
    const disk = createDisk();
    await fillDisk(disk, fixture.dump);
    return disk;
  };

  it('is listed, opened and exported, bit for bit', async () => {
    const disk = await filled();
    const { store } = await disk.openTab();
    const { runs, aside } = await store.list();
    expect(aside).toEqual([]);
    expect(runs).toMatchObject([
      { id: SAVED.id, name: SAVED.name, status: 'paused', saves: [{ place: { stage: 'forgetting', done: 2 } }, {}] },
    ]);
    expect((await store.open(SAVED.id, { withPoint: true })).problems).toEqual([]);
    expect(await sumsOf(disk)).toEqual(fixture.sums);
    expect((await store.exportRaw(SAVED.id)).size).toBeGreaterThan(10_000);
  });

  it('goes on and tells what the run that nobody left tells, bit for bit', { timeout: 120_000 }, async () => {
    const disk = await filled();
    const told = (await (await disk.openTab()).store.open(SAVED.id, { withPoint: false })).save.eventsTold;
    const rest = await toldFrom(disk);
    const whole = await wholeRun(createDisk());
    expect(rest).toEqual(whole.slice(told));
    expect(whole.length - told).toBeGreaterThan(10);
  });
});
