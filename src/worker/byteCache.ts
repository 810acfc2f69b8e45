// Derived arrays that may be made again: the least recently used go first when there are too many bytes.

export interface ByteCache<T> {
  /** What is kept under the key, or what `make` gives. */
  get(key: string, make: () => T): T;
  /** What is kept under the key; its age stays. */
  peek(key: string): T | undefined;
  clear(): void;
}

/** Keeps up to `most` bytes; the last value always, however large. */
export function byteCache<T>(most: number, bytesOf: (value: T) => number): ByteCache<T> {
  const kept = new Map<string, T>();
  let bytes = 0;
  return {
    get(key, make) {
      const known = kept.get(key);
      const value = known ?? make();
      kept.delete(key);
      kept.set(key, value);
      if (known === undefined) bytes += bytesOf(value);
      for (const [oldest, old] of kept) {
        if (bytes <= most || oldest === key) break;
        kept.delete(oldest);
        bytes -= bytesOf(old);
      }
      return value;
    },
    peek: (key) => kept.get(key),
    clear() {
      kept.clear();
      bytes = 0;
    },
  };
}
