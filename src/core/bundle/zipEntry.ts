// One entry of an untrusted zip file, unpacked: no more than its directory said is ever made of it, and size and CRC must be what it said.
import { Inflate } from 'fflate';
import { type ByteSource, FileError } from '../files/byteSource';
import { crc32 } from './crc32';
import { LOCAL_BYTES, type ZipEntry } from './zipDirectory';

/** Of packed bytes: at most 1032 times as much comes out of it before the size is looked at again. */
const PACKED_CHUNK = 16 << 10;
const STORED_CHUNK = 4 << 20;

/** The unpacked bytes. Throws FileError naming the entry. */
export async function readZipEntry(source: ByteSource, entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  const { name, bytes, packedBytes, isDeflated, crc } = entry;
  const fail = (problem: string): FileError => new FileError(source.name, problem, `“${name}”`);
  const begin = await dataBegin(source, entry);
  if (begin + packedBytes > entry.limit) throw fail('overlaps another entry, or runs past the end.');
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
  for (let at = 0; at < packedBytes; at += step) {
    const end = Math.min(packedBytes, at + step);
    const chunk = await source.read(begin + at, begin + end);
    if (inflate) push(inflate, chunk, end === packedBytes, fail);
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

/** Behind the local header, which must be of this very entry. */
async function dataBegin(source: ByteSource, { name, offset, isDeflated }: ZipEntry): Promise<number> {
  const header = await source.read(offset, offset + LOCAL_BYTES + name.length);
  const view = new DataView(header.buffer);
  const isSame =
    view.getUint32(0, true) === 0x04034b50 &&
    view.getUint16(8, true) === (isDeflated ? 8 : 0) &&
    view.getUint16(26, true) === name.length &&
    [...name].every((letter, i) => header[LOCAL_BYTES + i] === letter.charCodeAt(0));
  if (!isSame) throw new FileError(source.name, 'has another header than the directory says.', `“${name}”`);
  return offset + LOCAL_BYTES + name.length + view.getUint16(28, true);
}
