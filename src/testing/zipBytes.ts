// ZIP files byte by byte, good ones and lying ones, for the tests of readers.

export interface ZipBytesEntry {
  name: string;
  data: Uint8Array;
  method?: number;
  flags?: number;
  /** What the directory claims instead of the truth. */
  claims?: { size?: number; compressedSize?: number; offset?: number };
  /** What the local header claims instead. */
  local?: { size?: number; name?: string };
}

export interface ZipBytesOptions {
  comment?: string;
  /** Sizes and offsets in ZIP64 fields, and ZIP64 end records. */
  zip64?: boolean;
  /** Added to every offset: the directory of a file that has so many bytes before. */
  shift?: number;
  /** How many entries the end claims. */
  count?: number;
}

const FULL = 0xffffffff;

function record(...fields: (readonly [bytes: 2 | 4 | 8, value: number] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    fields.reduce((sum, field) => sum + (field instanceof Uint8Array ? field.length : field[0]), 0),
  );
  let at = 0;
  for (const field of fields) {
    if (field instanceof Uint8Array) {
      bytes.set(field, at);
      at += field.length;
      continue;
    }
    let [width, value] = field;
    for (; width > 0; width--) {
      bytes[at++] = value % 256;
      value = Math.floor(value / 256);
    }
  }
  return bytes;
}

/** Arrays one after the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** A ZIP file of these entries, stored as they are. */
export function zipBytes(entries: readonly ZipBytesEntry[], options: ZipBytesOptions = {}): Uint8Array<ArrayBuffer> {
  const { zip64 = false, shift = 0, comment = '', count = entries.length } = options;
  const [locals, directory]: [Uint8Array[], Uint8Array[]] = [[], []];
  let at = shift;
  for (const { name, data, method = 0, flags = 0, claims = {}, local = {} } of entries) {
    const text = new TextEncoder().encode(name);
    const localText = new TextEncoder().encode(local.name ?? name);
    const { size = data.length, compressedSize = data.length, offset = at } = claims;
    const localSize = local.size ?? data.length;
    const wide = zip64 ? record([2, 1], [2, 16], [8, localSize], [8, localSize]) : new Uint8Array(0);
    const shown = zip64 ? FULL : localSize;
    const header = record(
      ...([
        [4, 0x04034b50],
        [2, 45],
        [2, flags],
        [2, method],
        [4, 0],
        [4, 0],
        [4, shown],
        [4, shown],
      ] as const),
      ...([[2, localText.length], [2, wide.length], localText, wide] as const),
    );
    locals.push(header, data);
    const extra = zip64 ? record([2, 1], [2, 24], [8, size], [8, compressedSize], [8, offset]) : new Uint8Array(0);
    const fields = zip64 ? [FULL, FULL, FULL] : [compressedSize, size, offset];
    directory.push(
      record(
        ...([
          [4, 0x02014b50],
          [2, 45],
          [2, 45],
          [2, flags],
          [2, method],
          [4, 0],
          [4, 0],
        ] as const),
        ...([
          [4, fields[0]!],
          [4, fields[1]!],
          [2, text.length],
          [2, extra.length],
          [2, 0],
          [2, 0],
          [2, 0],
        ] as const),
        ...([[4, 0], [4, fields[2]!], text, extra] as const),
      ),
    );
    at += header.length + data.length;
  }
  const bytes = join(directory);
  const [end64, locator] = zip64
    ? [
        record(
          ...([
            [4, 0x06064b50],
            [8, 44],
            [2, 45],
            [2, 45],
            [4, 0],
            [4, 0],
          ] as const),
          ...([
            [8, count],
            [8, count],
            [8, bytes.length],
            [8, at],
          ] as const),
        ),
        record([4, 0x07064b50], [4, 0], [8, at + bytes.length], [4, 1]),
      ]
    : [new Uint8Array(0), new Uint8Array(0)];
  const shown = zip64 ? [0xffff, FULL, FULL] : [count, bytes.length, at];
  const end = record(
    ...([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, shown[0]!],
      [2, shown[0]!],
      [4, shown[1]!],
      [4, shown[2]!],
    ] as const),
    ...([[2, comment.length], new TextEncoder().encode(comment)] as const),
  );
  return join([...locals, bytes, end64, locator, end]);
}
