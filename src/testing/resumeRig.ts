// A run cut into pieces: at each cut its point is taken and cloned, the run thrown away, and another one goes on from the point. Together
// the pieces must tell what the uninterrupted run tells, bit for bit.
import type { RunEvent, StageName } from '../core/events';
import type { Run } from '../core/run';
import { Controls } from '../core/stages/controls';
import type { ResumePoint } from '../core/stages/resume/point';

/** What is not of a run's outcome. */
const ASIDE = new Set(['milliseconds', 'seconds', 'memoryBytes']);

/** An event as text, with the bits of its floats and its fields in the order of their names. */
export const bitsOfEvent = (event: RunEvent): string =>
  JSON.stringify(event, (key, value: unknown) => {
    if (ASIDE.has(key)) return undefined;
    if (value instanceof Float32Array)
      return `f32 ${new Int32Array(value.buffer, value.byteOffset, value.length).join()}`;
    if (value instanceof Uint8Array) return `u8 ${value.join()}`;
    if (typeof value === 'number') return Object.is(value, -0) || !Number.isFinite(value) ? `number ${value}` : value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });

/** Makes the same run each time, from its beginning or from a point. */
export type MakeRun = (controls: Controls, from?: ResumePoint) => Run;

/** What the owner does when an event has been told. */
export type Act = (controls: Controls, event: RunEvent) => void;

const newControls = () => new Controls(0.1);

export async function wholeRun(make: MakeRun, act: Act = () => {}): Promise<RunEvent[]> {
  const controls = newControls();
  const run = make(controls);
  const events: RunEvent[] = [];
  for await (const event of run.events()) {
    events.push(event);
    act(controls, event);
  }
  run.dispose();
  return events;
}

/** Runs from a point, or from the beginning, until `count` more events are told; its point then, as storage would give it back. */
export async function piece(
  make: MakeRun,
  from: ResumePoint | undefined,
  count: number,
  act: Act = () => {},
): Promise<{ events: RunEvent[]; point: ResumePoint }> {
  const controls = newControls();
  const run = make(controls, from);
  const pulled = run.events();
  const events: RunEvent[] = [];
  while (events.length < count) {
    const step = await pulled.next();
    if (step.done) break;
    events.push(step.value);
    act(controls, step.value);
  }
  const point = structuredClone(await run.point());
  await pulled.return();
  run.dispose();
  return { events, point };
}

/** Where to cut: after these events of the uninterrupted run. */
export type Cuts = (event: RunEvent, index: number, events: readonly RunEvent[]) => boolean;

/** Everything but progress, of which only the first and the second of a kind in a row. */
export const everyMoment: Cuts = (event, index, events) =>
  event.type !== 'stage.progress' ||
  events[index - 1]?.type !== 'stage.progress' ||
  events[index - 2]?.type !== 'stage.progress';

/**
 * Goes through a run in pieces, each from the point of the one before. Gives where the pieces tell something else than the uninterrupted run, as
 * sentences: none is what is wanted.
 */
export async function runInPieces(
  make: MakeRun,
  cuts: Cuts = everyMoment,
  act?: Act,
): Promise<{ wrong: string[]; cuts: number; whole: RunEvent[] }> {
  const whole = await wholeRun(make, act);
  const ends = whole.flatMap((event, i) => (cuts(event, i, whole) ? [i + 1] : []));
  const wrong: string[] = [];
  let at = 0;
  let from: ResumePoint | undefined;
  for (const end of [0, ...ends]) {
    const { events, point } = await piece(make, from, end - at, act);
    const after = from ? `${at} (${whole[at - 1]?.type ?? 'nothing'})` : 'the beginning';
    if (events.length !== end - at) wrong.push(`after ${after}: ${events.length} events, expected ${end - at}`);
    events.forEach((event, i) => {
      const [told, expected] = [bitsOfEvent(event), bitsOfEvent(whole[at + i]!)];
      if (told !== expected)
        wrong.push(`after ${after}, event ${at + i}: ${told.slice(0, 300)}, expected ${expected.slice(0, 300)}`);
    });
    if (point.eventsTold !== end) wrong.push(`after ${after}: the point says ${point.eventsTold} events, not ${end}`);
    if (wrong.length > 0) break;
    from = point;
    at = end;
  }
  return { wrong, cuts: ends.length, whole };
}

/** After the steps of a stage, and what is told beside them. */
export const inStage =
  (stage: StageName): Cuts =>
  (event) =>
    'stage' in event && event.stage === stage && event.type !== 'stage.progress';

/** After every step. */
export const everyStep: Cuts = ({ type }) => type === 'step';
