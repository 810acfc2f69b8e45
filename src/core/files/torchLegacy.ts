// The file that torch.save wrote before 1.6, and writes still when told to: five pickles (magic number, protocol version, the
// machine's sizes, the object, the keys of its storages), then each storage with its length before it. The tar before that is left out.
import { type ByteSource, FileError } from './byteSource';
import { unpickle } from './pickle';
import { MOST_PICKLE_BYTES } from './pickleMachine';
import { isKind, nameOfKind, type PicklePersistent, type PickleValue } from './pickleValue';
import { quote } from './quote';
import type { StoredFile } from './storedCheckpoint';
import { placeTensors } from './torchFile';
import { allowsGlobal, storagesOf, type TorchStorage, tensorsOf } from './torchPickle';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const LENGTH_BYTES = 8;
const FIRST_WINDOW = 64 * 1024;
/** Lengths of storages that are read at the same time. */
const AT_ONCE = 32;

/** Throws FileError for whatever is no checkpoint of tensors, is damaged, or names a function that is not on the list. */
export async function readTorchLegacy(source: ByteSource): Promise<StoredFile> {
  const { name: file } = source;
  const { values, persistents, end } = await readPickles(source, 5);
  const [magic, protocol, system, value, keys] = values;
  if (magic !== MAGIC) throw new FileError(file, 'lacks the magic number of torch.save.');
  if (protocol !== PROTOCOL) throw new FileError(file, `is of protocol version ${String(protocol)}, not ${PROTOCOL}.`);
  if (isBigEndian(system))
    throw new FileError(file, 'was written big-endian; save it again on a little-endian machine.');
  const found = tensorsOf(value!, file);
  const inOrder = storagesInOrder(keys!, storagesOf(persistents, file), file);
  return placeTensors(source, 'torch legacy', found, await findStorages(source, inOrder, end));
}

interface Pickles {
  values: readonly PickleValue[];
  persistents: readonly PicklePersistent[];
  /** The byte after the last. */
  end: number;
}

/** So many pickles from the start of the file, one after the other. */
async function readPickles(source: ByteSource, count: number): Promise<Pickles> {
  for (let window = FIRST_WINDOW; ; window *= 4) {
    const bytes = await source.read(0, Math.min(window, MOST_PICKLE_BYTES, source.size));
    const pickles = unpickleAll(bytes, count, source.name);
    if (pickles) return pickles;
    if (bytes.length === source.size)
      throw new FileError(source.name, 'its pickles are cut off. Fetch the file again.');
    if (bytes.length === MOST_PICKLE_BYTES)
      throw new FileError(source.name, `its pickles are larger than ${MOST_PICKLE_BYTES} bytes.`);
  }
}

function unpickleAll(bytes: Uint8Array, count: number, file: string): Pickles | null {
  const values: PickleValue[] = [];
  let persistents: readonly PicklePersistent[] = [];
  let end = 0;
  while (values.length < count) {
    const pickle = unpickle(bytes, end, { file, allows: allowsGlobal });
    if (!pickle) return null;
    values.push(pickle.value);
    persistents = [...persistents, ...pickle.persistents];
    end = pickle.end;
  }
  return { values, persistents, end };
}

function isBigEndian(system: PickleValue | undefined): boolean {
  return isKind(system, 'dict') && system.values[system.keys.indexOf('little_endian')] === false;
}

/** Every storage counts, those of tensors that are left out (an optimizer's) too: without its size none can be stepped over. */
function storagesInOrder(keys: PickleValue, storages: ReadonlyMap<string, TorchStorage>, file: string): TorchStorage[] {
  if (!isKind(keys, 'list')) throw new FileError(file, 'lacks the list of its storages.');
  const seen = new Set<string>();
  return keys.items.map((key) => {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || seen.has(storage.key)) {
      const problem = 'is listed, yet no tensor lies in it, or it is listed twice.';
      throw new FileError(file, problem, `storage ${typeof key === 'string' ? quote(key) : nameOfKind(key)}`);
    }
    seen.add(storage.key);
    return storage;
  });
}

/** Where each storage begins; the length before each must be what the pickle says, and the last must end with the file. */
async function findStorages(
  source: ByteSource,
  storages: readonly TorchStorage[],
  start: number,
): Promise<Map<string, number>> {
  const begins = new Map<string, number>();
  let at = start;
  for (const { key, bytes } of storages) {
    begins.set(key, at + LENGTH_BYTES);
    at += LENGTH_BYTES + bytes;
  }
  if (at !== source.size)
    throw new FileError(source.name, `has ${source.size} bytes where its storages need ${at}. Fetch it again.`);
  const check = async ({ key, elements }: TorchStorage) => {
    const begin = begins.get(key)!;
    const length = await source.read(begin - LENGTH_BYTES, begin);
    const claimed = new DataView(length.buffer).getBigUint64(0, true);
    if (claimed !== BigInt(elements)) {
      const problem = `has ${claimed} elements, the pickle gives it ${elements}.`;
      throw new FileError(source.name, problem, `storage ${quote(key)}`);
    }
  };
  for (let i = 0; i < storages.length; i += AT_ONCE) await Promise.all(storages.slice(i, i + AT_ONCE).map(check));
  return begins;
}
