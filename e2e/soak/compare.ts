// What an interrupted run told against what the uninterrupted one did: one sentence for the first difference of each kind, none where they are equal.
import type { Told } from './page/told';

/** How far numbers may be apart, relative to the larger one or to 1; 0: not one bit. Measured on the software adapter; see README. */
export const TOLERANCES = { wasm: 0, webgpu: 1e-6 } as const;

/** `tolerance` 0: all of every event. Else steps and facts, and the same events in the same order. */
export function differences(reference: Told, told: Told, tolerance: number): string[] {
  const found = [
    ...rowsApart('step', reference.steps.map(stepRow), told.steps.map(stepRow), tolerance),
    ...rowsApart('fact', reference.facts, told.facts, tolerance),
  ];
  const checksum = (events: Told['events']) =>
    events.map(([type, bits], i): Row => [`${i}, ${type}`, tolerance === 0 ? bits : 0]);
  return [...found, ...rowsApart('event', checksum(reference.events), checksum(told.events), 0)];
}

type Row = readonly [name: string, value: number | null];
const stepRow = ([series, step, loss]: Told['steps'][number]): Row => [`${series} ${step}`, loss];

function rowsApart(what: string, expected: readonly Row[], found: readonly Row[], tolerance: number): string[] {
  const at = expected.findIndex(([name, value], i) => {
    const row = found[i];
    return !row || row[0] !== name || !isSame(value, row[1], tolerance);
  });
  const place = at < 0 && found.length > expected.length ? expected.length : at;
  if (place < 0) return [];
  const said = (row: Row | undefined): string => (row ? `${row[0]} = ${row[1]}` : 'nothing');
  return [`${what} ${place + 1} is ${said(found[place])}, expected ${said(expected[place])}`];
}

const isSame = (a: number | null, b: number | null, tolerance: number): boolean =>
  a === null || b === null || tolerance === 0
    ? Object.is(a, b)
    : Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));

/** The largest distance of two runs' losses, relative as above; infinite where they did not take the same steps. */
export function largestDistance(a: Told, b: Told): number {
  if (a.steps.length !== b.steps.length) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...a.steps.map(([, , loss], i) => Math.abs(loss - b.steps[i]![2]) / Math.max(1, Math.abs(loss))));
}
