// A moment of a run as plain data that survives structuredClone and storage: `Run.point()` makes it, `createRun({ from })` goes on from it.
// What is read is never trusted: version, form and checksums are looked at before anything is made of it.
import * as v from 'valibot';
import type { RunConfig } from '../../config';
import { STAGE_NAMES, type StageName } from '../../events';
import type { Stretches } from '../../stretches';
import { type Facts, factsSchema } from './facts';
import { type PointArray, textSum, textSumBeside, wordSum } from './wordSum';

export const POINT_VERSION = 1;

/** What a point belongs to: another run cannot go on from it. */
export interface PointKey {
  /** All settings of the run. */
  config: Readonly<Record<string, string | number | boolean>>;
  /** Checksum of the data set. */
  data: number;
  /** Checksum of the model that was brought; null for a starter's or a fresh one. */
  given: number | null;
  split: string;
  /** What is told on the way: snapshots, a path. */
  snapshots: boolean;
  path: boolean;
}

export interface ResumePoint {
  version: typeof POINT_VERSION;
  key: PointKey;
  /** For people; null before the first stage. */
  place: { stage: StageName; done: number; total: number } | null;
  /** Events of this run told so far: the owner's log up to there belongs to the point. */
  eventsTold: number;
  facts: Facts;
  /**
   * Some are the run's own: they may be stored and cloned, not written to and not transferred.
   */
  arrays: ReadonlyMap<string, PointArray>;
  /** Names of arrays that stay as they are until the run ends: whoever has stored them once need not do so again. */
  lasting: readonly string[];
  /** Checksums of the facts ('') and of the arrays. */
  sums: Readonly<Record<string, number>>;
}

export type PointProblem = 'damaged' | 'newer' | 'other run';

/** A point that cannot be gone on from. */
export class PointError extends Error {
  override readonly name = 'PointError';
  constructor(
    readonly problem: PointProblem,
    message: string,
  ) {
    super(message);
  }
}

/** The run is well: what it was made of is another thing than what is open now. */
export class OtherSourceError extends PointError {
  readonly next: string;
  constructor(
    readonly needs: 'model' | 'data',
    message: string,
  ) {
    super('other run', message);
    this.next =
      needs === 'model'
        ? 'Open the folder of that model, then go on with the run.'
        : 'Import the file that it began with, then go on with the run.';
  }
}

/** No point can be made now; the last one stays good. */
export class PointRefused extends Error {
  override readonly name = 'PointRefused';
  constructor(
    readonly reason: 'ahead' | 'not finite' | 'ended' | 'strayed' | 'shared',
    message: string,
  ) {
    super(message);
  }
}

export const damaged = (what: string): PointError =>
  new PointError('damaged', `The saved run is damaged: ${what}. It cannot be gone on with.`);

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const array = v.union(
  [Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array].map((type) => v.instance(type)),
);

const pointSchema = v.strictObject({
  version: v.literal(POINT_VERSION),
  key: v.strictObject({
    config: v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
    data: count,
    given: v.nullable(count),
    split: v.string(),
    snapshots: v.boolean(),
    path: v.boolean(),
  }),
  place: v.nullable(v.strictObject({ stage: v.picklist(STAGE_NAMES), done: v.number(), total: v.number() })),
  eventsTold: count,
  facts: factsSchema,
  arrays: v.map(v.string(), array),
  lasting: v.array(v.string()),
  sums: v.record(v.string(), count),
});

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Takes a point from storage. Throws PointError saying what is wrong with it. */
export function readPoint(value: unknown): ResumePoint {
  if (!isObject(value)) throw damaged('it is no object');
  const { version } = value;
  if (typeof version === 'number' && version > POINT_VERSION) {
    const text = `The saved run is of a newer version (${version}) of this program, which knows ${POINT_VERSION}. Update the page to go on with it.`;
    throw new PointError('newer', text);
  }
  // Taken as it stands: a schema's output has its fields in another order, and events are told of them.
  if (!v.is(pointSchema, value)) {
    const [issue] = v.safeParse(pointSchema, value).issues ?? [];
    throw damaged(issue ? `field “${v.getDotPath(issue) ?? ''}”: ${issue.message}` : 'it has another form');
  }
  const point = value;
  const names = new Set(point.arrays.keys());
  if (textSum(factsText(point)) !== point.sums['']) throw damaged('its checksum does not agree with its facts');
  for (const name of Object.keys(point.sums))
    if (name !== '' && !names.has(name)) throw damaged(`the array “${name}” is missing`);
  for (const [name, values] of point.arrays)
    if (wordSum(values) !== point.sums[name]) throw damaged(`the checksum of the array “${name}” does not agree`);
  return point;
}

type SummedFacts = Omit<ResumePoint, 'sums' | 'arrays' | 'version'>;

const factsText = ({ key, place, eventsTold, facts, lasting }: SummedFacts): string =>
  JSON.stringify([key, place, eventsTold, facts, lasting]);

/** Of everything but the arrays, in stretches. */
export const factsSumBeside = (point: SummedFacts, stretches: Stretches): Promise<number> =>
  textSumBeside(factsText(point), stretches);

/** Settings that are no part of a run: which device computes, and what trades time for memory. The numbers are the same within tolerance. */
const OWNERS: ReadonlySet<string> = new Set<keyof RunConfig>(['backend', 'accumulate', 'recompute']);

/** The same point; the run goes on from it at another learning rate, as if its owner had set that a moment after. */
export function withLearningRate(point: ResumePoint, learningRateScale: number): ResumePoint {
  const { controls } = point.facts;
  const wanted = { ...controls.wanted, learningRateScale };
  const changed = { ...point, facts: { ...point.facts, controls: { ...controls, wanted } } };
  return { ...changed, sums: { ...point.sums, '': textSum(factsText(changed)) } };
}

/** Throws PointError naming the first thing in which the run differs from the one that the point was made of. */
export function expectSameRun(saved: PointKey, own: PointKey): void {
  const other = (what: string): PointError =>
    new PointError(
      'other run',
      `The saved run is another one: ${what}. Go on with the settings and data it was made of.`,
    );
  for (const field of Object.keys({ ...saved.config, ...own.config })) {
    if (OWNERS.has(field)) continue;
    const [then, now] = [saved.config[field], own.config[field]];
    if (then !== now) throw other(`its setting ${field} is ${then}, not ${now}`);
  }
  if (saved.given !== own.given)
    throw new OtherSourceError(
      'model',
      'The model that is open is not the one that this run began with: its weights are others, whatever its name is.',
    );
  if (saved.data !== own.data)
    throw new OtherSourceError('data', 'The saved run is another one: its data are not these, whatever their name is.');
  if (saved.split !== own.split) throw other(`it reports ${saved.split} prompts, not ${own.split} ones`);
  if (saved.snapshots !== own.snapshots) throw other(`it was ${saved.snapshots ? '' : 'not '}watched`);
  if (saved.path !== own.path) throw other(`it was made with${saved.path ? '' : 'out'} a path`);
}
