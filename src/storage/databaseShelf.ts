// Arrays in the database, where there is no file system: in pieces, since single giant values fail.
import { checkRange } from '../core/files/byteSource';
import type { ArrayShelf } from './arrayShelf';
import { beginningWith, type Connection, deleteFrom, putOne, type RunDatabase, runsIn } from './runDatabase';

/** `grain`: bytes of a piece that is written, but for the last one. Files that were written with another one are read as well. */
export function createDatabaseShelf(connect: Connection, grain: number): ArrayShelf {
  return {
    async write(run, name, pieces, stretches) {
      const db = await stretches.away(connect());
      const held = new Uint8Array(grain);
      let [number, filled] = [0, 0];
      const put = async (): Promise<void> => {
        await stretches.away(putOne(db, 'pieces', [run, name, number++], held.slice(0, filled)));
        filled = 0;
      };
      for await (const piece of pieces) {
        for (let at = 0; at < piece.length; ) {
          const part = piece.subarray(at, at + grain - filled);
          held.set(part, filled);
          filled += part.length;
          at += part.length;
          if (filled === grain) await put();
        }
      }
      if (filled > 0 || number === 0) await put();
    },
    async read(run, name) {
      const db = await connect();
      const last = (await db.getAllKeys('pieces', beginningWith(run, name))).length - 1;
      const each = last < 0 ? 0 : (await pieceOf(db, run, name, 0)).length;
      if (last < 0 || (last > 0 && each === 0)) throw notFound(name);
      const size = last * each + (await pieceOf(db, run, name, last)).length;
      let held = { number: -1, piece: new Uint8Array(0) };
      return {
        ...{ name, size },
        async read(begin, end) {
          checkRange({ name, size }, begin, end);
          const all = new Uint8Array(end - begin);
          for (let at = begin; at < end; ) {
            const number = Math.floor(at / each);
            if (held.number !== number) held = { number, piece: await pieceOf(db, run, name, number) };
            const from = at - number * each;
            const part = held.piece.subarray(from, from + end - at);
            // A piece in the middle that is shorter than the first one.
            if (part.length === 0) throw notFound(name);
            all.set(part, at - begin);
            at += part.length;
          }
          return all;
        },
      };
    },
    runs: async () => runsIn(await connect(), 'pieces'),
    async names(run) {
      const keys = await (await connect()).getAllKeys('pieces', beginningWith(run));
      return [...new Set(keys.map(([, name]) => name))];
    },
    remove: async (run, name) => deleteFrom(await connect(), 'pieces', beginningWith(run, name)),
    removeRun: async (run) => deleteFrom(await connect(), 'pieces', beginningWith(run)),
  };
}

const notFound = (name: string): DOMException => new DOMException(`a piece of ${name} is missing`, 'NotFoundError');

async function pieceOf(db: RunDatabase, run: string, name: string, number: number): Promise<Uint8Array<ArrayBuffer>> {
  const piece: unknown = await db.get('pieces', [run, name, number]);
  if (!(piece instanceof Uint8Array && piece.buffer instanceof ArrayBuffer)) throw notFound(name);
  return new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
}
