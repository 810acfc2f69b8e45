// Where bytes come from: a file the user dropped, a file on disk, an array. Everything that reads checkpoints, masks and tables asks for ranges of
// bytes and never for a whole file, so that a file may be larger than memory.

/** A named run of bytes that can be read in any order. */
export interface ByteSource {
  /** What people know it by: the file's name, without a folder. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Bytes [begin, end), a fresh array that starts a buffer of its own. Throws RangeError for a range that is not inside the source, FileError where the bytes cannot be
   * had (the file was changed, moved or is on a disk that has gone).
   */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file that cannot be used: which one, what is wrong with it, what to do. */
export class FileError extends Error {
  override readonly name: string = 'FileError';
  constructor(
    readonly file: string,
    /** What is wrong, as a sentence. */
    readonly problem: string,
    /** The tensor, field or line the trouble is in, where it is in one. */
    readonly where: string | null = null,
  ) {
    super(where === null ? `${file}: ${problem}` : `${file}, ${where}: ${problem}`);
  }
}

/** Throws RangeError unless [begin, end) is inside the source. */
export function checkRange({ name, size }: Pick<ByteSource, 'name' | 'size'>, begin: number, end: number): void {
  const isInside =
    Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0 && begin <= end && end <= size;
  if (!isInside) throw new RangeError(`${name} has ${size} bytes; ${begin} to ${end} are not all inside it.`);
}

/** An array as a source; it is not copied until it is read. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  const { length: size } = bytes;
  return {
    name,
    size,
    async read(begin, end) {
      checkRange({ name, size }, begin, end);
      return new Uint8Array(bytes.subarray(begin, end));
    },
  };
}

/** A Blob or File as a source. */
export function blobSource(name: string, blob: Blob): ByteSource {
  const { size } = blob;
  return {
    name,
    size,
    async read(begin, end) {
      checkRange({ name, size }, begin, end);
      let buffer: ArrayBuffer;
      try {
        buffer = await blob.slice(begin, end).arrayBuffer();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new FileError(name, `could not be read (${why}). Was it changed or moved? Choose it again.`);
      }
      if (buffer.byteLength !== end - begin) {
        throw new FileError(name, `gave ${buffer.byteLength} bytes instead of ${end - begin}. Choose it again.`);
      }
      return new Uint8Array(buffer);
    },
  };
}
