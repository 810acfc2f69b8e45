// One entry of an untrusted zip file, unpacked: no more than its directory said is ever made of it, and size and CRC must be what it said.
import { Inflate } from 'fflate';
import { type ByteSource, FileError } from '../files/byteSource';
import { crc32 } from '../files/crc32';
import { DEFLATED, STORED, type ZipDirectory, type ZipEntry } from '../files/zipDirectory';

/** Of packed bytes: at most 1032 times as much comes out of it before the size is looked at again. */
const PACKED_CHUNK = 16 << 10;
const STORED_CHUNK = 4 << 20;

/** The unpacked bytes. Throws FileError naming the entry. */
export async function readZipEntry(
  source: ByteSource,
  directory: ZipDirectory,
  { name, size: bytes, method, crc }: ZipEntry,
): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (problem: string): FileError => new FileError(source.name, problem, `“${name}”`);
  const { begin, end: dataEnd } = await directory.locate(name, [STORED, DEFLATED]);
  const isDeflated = method === DEFLATED;
  const unpacked = new Uint8Array(bytes);
  let filled = 0;
  const put = (chunk: Uint8Array): void => {
    if (filled + chunk.length > bytes)
      throw fail(`unpacks to more than the ${bytes} bytes it claims: it is not opened.`);
    unpacked.set(chunk, filled);
    filled += chunk.length;
  };
  const inflate = isDeflated ? new Inflate(put) : null;
  const step = isDeflated ? PACKED_CHUNK : STORED_CHUNK;
  for (let at = begin; at < dataEnd; at += step) {
    const end = Math.min(dataEnd, at + step);
    const chunk = await source.read(at, end);
    if (inflate) push(inflate, chunk, end === dataEnd, fail);
    else put(chunk);
  }
  if (filled !== bytes) throw fail(`has ${filled} bytes unpacked instead of ${bytes}: the file is damaged.`);
  if (crc32(unpacked) !== crc)
    throw fail('has another checksum (CRC-32) than the directory says: the file is damaged.');
  return unpacked;
}

function push(
  inflate: Inflate,
  chunk: Uint8Array<ArrayBuffer>,
  isLast: boolean,
  fail: (problem: string) => FileError,
): void {
  try {
    inflate.push(chunk, isLast);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw fail(`cannot be unpacked (${error instanceof Error ? error.message : error}): the file is damaged.`);
  }
}
