// The file that torch.save writes since 1.6: a ZIP of stored entries, with the pickle in <folder>/data.pkl and each storage in
// <folder>/data/<key>. TorchScript archives, which hold programs, are refused.
import { type ByteSource, FileError } from './byteSource';
import { unpickle } from './pickle';
import { MOST_PICKLE_BYTES } from './pickleMachine';
import { quote } from './quote';
import type { StoredFile } from './storedCheckpoint';
import { placeTensors } from './torchFile';
import { allowsGlobal, type TorchStorage, tensorsOf } from './torchPickle';
import { readZipDirectory, type ZipDirectory } from './zipDirectory';

const PICKLE = '/data.pkl';
const NEWEST_VERSION = 10;
/** Local headers that are read at the same time. */
const AT_ONCE = 32;

/** Throws FileError for whatever is no checkpoint of tensors, is damaged, or names a function that is not on the list. */
export async function readTorchZip(source: ByteSource): Promise<StoredFile> {
  const { name: file } = source;
  const zip = await readZipDirectory(source);
  const folder = folderOf(zip, file);
  await checkRecords(source, zip, folder);
  const bytes = await readEntry(source, zip, folder + PICKLE.slice(1), MOST_PICKLE_BYTES);
  const pickle = unpickle(bytes, 0, { file, allows: allowsGlobal });
  if (!pickle) throw new FileError(file, 'its pickle is cut off. Fetch the file again.');
  const found = tensorsOf(pickle.value, file);
  const storages = new Map(found.tensors.map(({ storage }) => [storage.key, storage]));
  const begins = await findStorages(zip, `${folder}data/`, [...storages.values()], file);
  return placeTensors(source, 'torch zip', found, begins);
}

/** Whether a ZIP has the pickle of torch.save; true for a damaged one too, so that reading it says what is wrong. */
export async function isTorchZip(source: ByteSource): Promise<boolean> {
  try {
    return foldersOf(await readZipDirectory(source)).length > 0;
  } catch (error) {
    if (error instanceof FileError) return true;
    throw error;
  }
}

/** The folders that hold a data.pkl, with their slash. */
const foldersOf = (zip: ZipDirectory): string[] =>
  [...zip.entries.keys()]
    .filter((name) => name.endsWith(PICKLE) && name.indexOf('/') === name.length - PICKLE.length)
    .map((name) => name.slice(0, 1 - PICKLE.length));

/** The folder that everything lies in, with its slash. */
function folderOf(zip: ZipDirectory, file: string): string {
  const folders = foldersOf(zip);
  const [folder] = folders;
  if (folder === undefined) throw new FileError(file, 'is a ZIP without data.pkl: no file of torch.save.');
  if (folders.length > 1) throw new FileError(file, `holds ${folders.length} files data.pkl; one was expected.`);
  if (zip.entries.has(`${folder}constants.pkl`))
    throw new FileError(file, 'is a TorchScript archive, a program. Save model.state_dict() with torch.save.');
  return folder;
}

async function checkRecords(source: ByteSource, zip: ZipDirectory, folder: string): Promise<void> {
  const text = async (name: string) =>
    zip.entries.has(folder + name)
      ? new TextDecoder().decode(await readEntry(source, zip, folder + name, 64)).trim()
      : null;
  const version = await text('version');
  if (version !== null && !(/^\d{1,3}$/.test(version) && Number(version) <= NEWEST_VERSION))
    throw new FileError(source.name, `is of version ${quote(version)}; up to ${NEWEST_VERSION} are known.`);
  const order = await text('byteorder');
  if (order !== null && order !== 'little')
    throw new FileError(source.name, `is in byte order ${quote(order)}; save it again on a little-endian machine.`);
}

async function readEntry(source: ByteSource, zip: ZipDirectory, name: string, most: number): Promise<Uint8Array> {
  const { begin, end } = await zip.locate(name);
  if (end - begin > most) {
    throw new FileError(source.name, `has ${end - begin} bytes; ${most} are expected at most.`, `entry ${quote(name)}`);
  }
  return source.read(begin, end);
}

async function findStorages(zip: ZipDirectory, folder: string, storages: readonly TorchStorage[], file: string) {
  const begins = new Map<string, number>();
  const find = async ({ key, bytes }: TorchStorage) => {
    if (bytes === 0) return;
    const { begin, end } = await zip.locate(folder + key);
    if (end - begin !== bytes) {
      const problem = `has ${end - begin} bytes, the pickle gives it ${bytes}.`;
      throw new FileError(file, problem, `entry ${quote(folder + key)}`);
    }
    begins.set(key, begin);
  };
  for (let i = 0; i < storages.length; i += AT_ONCE) await Promise.all(storages.slice(i, i + AT_ONCE).map(find));
  return begins;
}
