// A Blob or File that is mostly read from front to back: long reads that follow each other come from one open stream, which in Chromium
// is about twice as fast as a slice for each. Short reads, and all of them where streams cannot fill a given buffer, are slices.
import { type ByteSource, blobSource, checkRange, FileError } from './byteSource';

/** Reads from here on are worth a stream. */
const LONG_READ = 1 << 20;
/** Bytes between two tensors that are read over: alignment, a ZIP's local headers. */
const MOST_SKIPPED = 1 << 16;
/** Streams that stay open: a pass, and somebody who looks at pictures meanwhile. */
const MOST_STREAMS = 2;

interface Running {
  reader: ReadableStreamBYOBReader;
  /** Of the first byte that no read has asked for. */
  at: number;
  /** Reads of one stream wait for each other. */
  last: Promise<unknown>;
}

/** `longRead`: the size of a read that opens a stream. */
export function streamedBlobSource(name: string, blob: Blob, longRead = LONG_READ): ByteSource {
  const slices = blobSource(name, blob);
  const { size } = slices;
  /** The one used last comes last. */
  let running: Running[] = [];
  let canStream = true;

  const drop = (stream: Running): void => {
    running = running.filter((other) => other !== stream);
    // What became of it is said by its reads.
    stream.reader.cancel().catch(() => {});
  };

  const open = (begin: number): Running | null => {
    try {
      const reader = blob.slice(begin).stream().getReader({ mode: 'byob' });
      return { reader, at: begin, last: Promise.resolve() };
    } catch {
      canStream = false;
      return null;
    }
  };

  /** The stream that is about to give `begin`, or a new one. */
  const streamAt = (begin: number): Running | null => {
    const found = running.find(({ at }) => at <= begin && begin - at <= MOST_SKIPPED) ?? open(begin);
    if (!found) return null;
    running = [...running.filter((stream) => stream !== found), found];
    return found;
  };

  const readLong = async (begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const stream = streamAt(begin);
    if (!stream) return slices.read(begin, end);
    const skipped = begin - stream.at;
    stream.at = end;
    const reading = stream.last.then(async () => {
      if (skipped > 0) await fill(stream.reader, skipped);
      return fill(stream.reader, end - begin);
    });
    stream.last = reading.catch(() => {});
    if (running.length > MOST_STREAMS) {
      const [oldest] = running;
      oldest!.last.then(() => running.length > MOST_STREAMS && running.includes(oldest!) && drop(oldest!));
    }
    try {
      const bytes = await reading;
      if (stream.at === size) drop(stream);
      return bytes;
    } catch {
      drop(stream);
      // A slice says what is wrong with the file, or gives the bytes after all.
      return slices.read(begin, end);
    }
  };

  return {
    name,
    size,
    async read(begin, end) {
      checkRange({ name, size }, begin, end);
      return canStream && end - begin >= longRead ? readLong(begin, end) : slices.read(begin, end);
    },
  };

  async function fill(reader: ReadableStreamBYOBReader, length: number): Promise<Uint8Array<ArrayBuffer>> {
    let bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const { value, done } = await reader.read(bytes.subarray(filled));
      if (done || !value) throw new FileError(name, `ended ${length - filled} bytes too early. Choose it again.`);
      filled += value.byteLength;
      bytes = new Uint8Array(value.buffer, 0, length);
    }
    return bytes;
  }
}
