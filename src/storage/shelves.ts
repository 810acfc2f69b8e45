// Both places for large arrays as one: the origin-private file system (fileShelf.ts) where the browser has one that can be written to, else the database
// (databaseShelf.ts). A file says which, so that both may be in use.

import type { ByteSource } from '../core/files/byteSource';
import { crc32 } from '../core/files/crc32';
import type { Stretches } from '../core/stretches';
import type { ArrayPieces } from './arrayFile';
import type { ArrayShelf, Pieces } from './arrayShelf';
import { createDatabaseShelf } from './databaseShelf';
import { createFileShelf } from './fileShelf';
import type { Timely } from './patience';
import type { Connection } from './runDatabase';
import type { ShelfFile } from './runRecord';
import { stretchesOf, type World } from './world';

/** Both shelves as one. */
export interface Shelves {
  write(run: string, name: string, file: ArrayPieces, stretches: Stretches): Promise<ShelfFile>;
  /** Another run's file. The checksum must be the same. */
  copy(from: string, to: string, file: ShelfFile): Promise<ShelfFile>;
  read(run: string, file: ShelfFile): Promise<ByteSource>;
  runs(): Promise<string[]>;
  names(run: string): Promise<string[]>;
  remove(run: string, name: string): Promise<void>;
  removeRun(run: string): Promise<void>;
}

export async function openShelves(world: World, connect: Connection, timely: Timely): Promise<Shelves> {
  const database = createDatabaseShelf(connect, world.grain.database);
  const files = world.root && (await createFileShelf(world.root));
  const both: readonly ArrayShelf[] = files ? [files, database] : [database];
  const shelfOf = ({ place }: ShelfFile): ArrayShelf => {
    if (place === 'database') return database;
    if (files) return files;
    throw new DOMException('the file system of this browser is not there', 'InvalidStateError');
  };
  const write = async (
    run: string,
    name: string,
    pieces: Pieces,
    bytes: number,
    stretches: Stretches,
  ): Promise<ShelfFile> => {
    const [shelf, place] = files?.write ? ([files, 'files'] as const) : ([database, 'database'] as const);
    let crc = 0;
    const summed = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      for await (const piece of pieces) {
        crc = crc32(piece, crc);
        yield piece;
        await stretches.pause();
      }
    };
    await shelf.write!(run, name, summed(), stretches);
    return { name, place, bytes, crc };
  };
  const all = async (list: (shelf: ArrayShelf) => Promise<string[]>): Promise<string[]> => [
    ...new Set((await Promise.all(both.map(list))).flat()),
  ];
  const shelves: Shelves = {
    write: (run, name, { pieces, bytes }, stretches) => write(run, name, pieces(world.grain.file), bytes, stretches),
    async copy(from, to, file) {
      const source = await shelves.read(from, file);
      return write(to, file.name, rangesOf(source, world.grain.file), source.size, stretchesOf(world));
    },
    async read(run, file) {
      const source = await shelfOf(file).read(run, file.name);
      return { ...source, read: (begin, end) => timely('reading a file', () => source.read(begin, end)) };
    },
    runs: () => all((shelf) => shelf.runs()),
    names: (run) => all((shelf) => shelf.names(run)),
    async remove(run, name) {
      for (const shelf of both) await shelf.remove(run, name);
    },
    async removeRun(run) {
      for (const shelf of both) await shelf.removeRun(run);
    },
  };
  return shelves;
}

async function* rangesOf(source: ByteSource, grain: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < source.size; at += grain) yield await source.read(at, Math.min(at + grain, source.size));
}
