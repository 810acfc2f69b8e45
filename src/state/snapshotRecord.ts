// One moment's log-probs as the browser stores them: a versioned record of two long arrays, read back with suspicion.
import * as v from 'valibot';

/** In the order of the run's `inspected`: chosen and rejected of each pair, then each response; one value a response token, nats. */
export interface SnapshotRows {
  policy: readonly Float32Array[];
  reference: readonly Float32Array[];
}

const RECORD = v.object({
  version: v.literal(1),
  /** Tokens of each row; policy and reference have the same. */
  lengths: v.instance(Uint32Array),
  policy: v.instance(Float32Array),
  reference: v.instance(Float32Array),
});
export type SnapshotRecord = v.InferOutput<typeof RECORD>;

/** Rows laid end to end: two arrays are cloned much faster than hundreds. Throws Error when policy and reference do not match. */
export function packRows({ policy, reference }: SnapshotRows): SnapshotRecord {
  const lengths = Uint32Array.from(policy, (row) => row.length);
  if (reference.length !== policy.length || reference.some((row, i) => row.length !== lengths[i]))
    throw new Error('Policy and reference rows have different lengths.');
  return { version: 1, lengths, policy: joined(policy), reference: joined(reference) };
}

/** The rows of a record, null when it is none of ours or damaged. The rows are views into the record's arrays. */
export function readRows(record: unknown): SnapshotRows | null {
  const parsed = v.safeParse(RECORD, record);
  if (!parsed.success) return null;
  const { lengths, policy, reference } = parsed.output;
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (policy.length !== total || reference.length !== total) return null;
  return { policy: split(policy, lengths), reference: split(reference, lengths) };
}

/** Bytes of the rows' values. */
export const bytesOfRows = ({ policy, reference }: SnapshotRows): number =>
  [...policy, ...reference].reduce((sum, row) => sum + row.byteLength, 0);

function joined(rows: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

function split(all: Float32Array, lengths: Uint32Array): Float32Array[] {
  let end = 0;
  return Array.from(lengths, (length) => {
    end += length;
    return all.subarray(end - length, end);
  });
}
