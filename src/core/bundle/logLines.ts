// A run's log as lines of JSON whose typed arrays lie in a pool beside them, and back. Whether the lines are events is eventSchema.ts's to say.
import { openSafetensors, writeSafetensors } from '../safetensors';
import type { LogEntry } from './runLog';

/** A typed array in a line: the pool's array, where it begins, how many it has. A number that JSON has not: its name. */
type Reference = { $: 'f32' | 'u8'; at: number; n: number } | { $: 'NaN' | 'Infinity' | '-Infinity' };

export interface WrittenLog {
  /** One line an entry. */
  lines: string;
  /** Safetensors with the tensors `f32` and `u8`. */
  pool: Uint8Array<ArrayBuffer>;
}

export function writeLog(entries: readonly LogEntry[]): WrittenLog {
  const floats: Float32Array[] = [];
  const bytes: Uint8Array[] = [];
  let [floatCount, byteCount] = [0, 0];
  const encode = (_: string, value: unknown): unknown => {
    if (value instanceof Float32Array) {
      floats.push(value);
      floatCount += value.length;
      return { $: 'f32', at: floatCount - value.length, n: value.length } satisfies Reference;
    }
    if (value instanceof Uint8Array) {
      bytes.push(value);
      byteCount += value.length;
      return { $: 'u8', at: byteCount - value.length, n: value.length } satisfies Reference;
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return { $: String(value) };
    return value;
  };
  const lines = entries.map((entry) => `${JSON.stringify(entry, encode)}\n`).join('');
  const pool = writeSafetensors([
    { name: 'f32', dtype: 'F32', shape: [floatCount], values: joined(new Float32Array(floatCount), floats) },
    { name: 'u8', dtype: 'U8', shape: [byteCount], values: joined(new Uint8Array(byteCount), bytes) },
  ]);
  return { lines, pool };
}

function joined<T extends Float32Array | Uint8Array>(all: T, parts: readonly T[]): T {
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What is wrong with a log: in which line. */
export class LogError extends Error {
  override readonly name = 'LogError';
}

/** A run has some thousands; what is made of a line may copy a list. */
const MAX_LINES = 100_000;
/** Letters of one; JSON takes some ten bytes of memory for each. */
const MAX_LINE = 64 << 20;
/** No event is nested deeper. */
const MAX_DEPTH = 12;

/**
 * The lines as plain values with their arrays in their places, unchecked otherwise. The arrays are views into the pool, so that many references to it
 * take no room. Throws LogError naming the line, SafetensorsError for a pool that is none.
 */
export function* readLog(lines: string, pool: Uint8Array): Generator<{ line: number; value: unknown }> {
  const opened = openSafetensors(pool);
  const floats = opened.has('f32') ? opened.readFloats('f32') : new Float32Array(0);
  const u8 = opened.has('u8') ? opened.read('u8') : new Uint8Array(0);
  const bytes = u8 instanceof Uint8Array ? u8 : new Uint8Array(0);
  let line = 0;
  for (let begin = 0; begin < lines.length; ) {
    const found = lines.indexOf('\n', begin);
    const end = found < 0 ? lines.length : found;
    if (end - begin > MAX_LINE) throw new LogError(`line ${line + 1} is longer than any event.`);
    const text = lines.slice(begin, end);
    begin = end + 1;
    line++;
    if (line > MAX_LINES) throw new LogError(`has more than ${MAX_LINES} lines.`);
    if (text.trim() === '') continue;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw new LogError(`line ${line} is not JSON.`);
    }
    yield { line, value: revived(json, { floats, bytes }, line, 0) };
  }
}

interface Pool {
  floats: Float32Array;
  bytes: Uint8Array;
}

function revived(value: unknown, pool: Pool, line: number, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw new LogError(`line ${line} is nested deeper than any event.`);
  if (Array.isArray(value)) return value.map((item) => revived(item, pool, line, depth + 1));
  if ('$' in value) return referred(value as Record<string, unknown>, pool, line);
  const out: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    // Assigned to, it would become the object's prototype.
    if (name === '__proto__') throw new LogError(`line ${line} has a field no event has.`);
    out[name] = revived(item, pool, line, depth + 1);
  }
  return out;
}

function referred({ $: kind, at, n }: Record<string, unknown>, { floats, bytes }: Pool, line: number): unknown {
  if (kind === 'NaN' || kind === 'Infinity' || kind === '-Infinity') return Number(kind);
  const array = kind === 'f32' ? floats : kind === 'u8' ? bytes : null;
  const isInside =
    array !== null &&
    Number.isSafeInteger(at) &&
    Number.isSafeInteger(n) &&
    (at as number) >= 0 &&
    (n as number) >= 0 &&
    (at as number) + (n as number) <= array.length;
  if (!isInside) throw new LogError(`line ${line} refers to numbers that are not there.`);
  return array.subarray(at as number, (at as number) + (n as number));
}
