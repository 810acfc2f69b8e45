// Makes a point of a run between two of its events: held at once, written down while the run goes on.

import { copyTime } from '../../ops/held';
import type { Stretches } from '../../stretches';
import { policyOf, type RunContext } from '../context';
import type { Difference } from '../entries';
import { ArrayReader, ArrayWriter } from './arrays';
import { differenceOf } from './differences';
import type { Facts } from './facts';
import { keepFindings } from './findings';
import { keyBeside, keyOf } from './fingerprint';
import {
  expectSameRun,
  factsSumBeside,
  POINT_VERSION,
  type PointKey,
  PointRefused,
  type ResumePoint,
  readPoint,
} from './point';
import { Progress, type Unit } from './progress';
import { countScores, keepStates } from './states';

/** By the weights at a masked stage's beginning: how each tensor differs from θ_SFT, once that was looked at. */
const knownDifferences = new WeakMap<object, Map<string, Difference | null>>();
const keys = new WeakMap<RunContext, PointKey>();

function knownKey(context: RunContext): PointKey {
  const key = keys.get(context) ?? keyOf(context);
  keys.set(context, key);
  return key;
}

async function knownKeyBeside(context: RunContext, stretches: Stretches): Promise<PointKey> {
  const key = keys.get(context) ?? (await keyBeside(context, stretches));
  keys.set(context, key);
  return key;
}

/** A moment of a run that is held while the run goes on, until it is written down. It takes memory where training changes what is held. */
export interface HeldMoment {
  /**
   * As plain data; once. The same whatever the run does meanwhile. Throws PointRefused where a number is not finite, Error where what computed it is no
   * longer there.
   */
  written(stretches: Stretches): Promise<ResumePoint>;
  /** For how many ms training has copied, since then, what somebody held. */
  copied(): number;
  /** It is not wanted any more. */
  drop(): void;
}

/**
 * The present moment of a run; takes next to no time. Throws PointRefused where there can be no point: a step ahead of what was told, a step that was not
 * sound, after a failure.
 */
export function holdMoment(context: RunContext, seconds: number): HeldMoment {
  const { progress, pace, shared } = context;
  if (progress.obstacle) throw progress.obstacle;
  if (shared) throw new PointRefused('shared', 'A run that shares its preparations with others is not saved.');
  if (pace.isAhead)
    throw new PointRefused('ahead', 'A step is under way that was not told yet: take a point after it.');
  const { returning, place, told: eventsTold } = progress;
  if (returning) return { written: async () => returning.point, copied: () => 0, drop() {} };
  const writer = new ArrayWriter();
  const copiedThen = copyTime();
  try {
    const facts = { seconds, ...factsOf(context, progress.unit ?? START, writer) };
    return {
      async written(stretches) {
        const { arrays, lasting, sums } = await writer.written(stretches);
        const key = await knownKeyBeside(context, stretches);
        const point = { key, place, eventsTold, facts, lasting };
        sums[''] = await factsSumBeside(point, stretches);
        return { version: POINT_VERSION, ...point, arrays, sums };
      },
      copied: () => copyTime() - copiedThen,
      drop: () => writer.drop(),
    };
  } catch (error) {
    writer.drop();
    throw error;
  }
}

const START: Unit = { path: [], contexts: [], told: new Map(), save: null, summaries: [], scores: new Map() };

function factsOf(context: RunContext, unit: Unit, writer: ArrayWriter): Omit<Facts, 'seconds'> {
  const levels = unit.contexts.map((own, depth) => ({
    summaries: [...(unit.summaries[depth] ?? [])],
    findings: keepFindings(own, unit.path[depth]!, depth > 0, writer),
  }));
  const states = keepStates(context, unit, writer);
  putPolicy(context, writer);
  if (unit.save) putBefore(context, unit, writer);
  const inside = unit.save ? unit.save(writer) : null;
  return {
    path: [...unit.path],
    unitTold: [...unit.told],
    levels,
    ...states,
    controls: context.controls.state(),
    inside,
  };
}

/** What training has made of θ_SFT; before there is one the section itself saves its weights. */
function putPolicy(context: RunContext, writer: ArrayWriter): void {
  const { sft, model } = context;
  if (!model || sft.size === 0 || model.state === sft) return;
  writer.putWeights('now', policyOf(context), sft);
}

/** The weights with which a masked stage began, unless they are kept anyway (entries.ts). */
function putBefore(context: RunContext, { path }: Unit, writer: ArrayWriter): void {
  const { sft, entries, progress } = context;
  const { before, entryState } = progress;
  if (!before || entryState === sft || [...entries.keys()].some((stage) => stage === path.at(-1))) return;
  const known = knownDifferences.get(before) ?? new Map<string, Difference | null>();
  knownDifferences.set(before, known);
  for (const [name, values] of before)
    writer.putDifference(`before/${name}`, async (stretches) => {
      const found = known.get(name);
      const difference = found === undefined ? await differenceOf(sft.get(name)!, values, stretches) : found;
      known.set(name, difference);
      return difference;
    });
}

/** Where a run begins: at its beginning, or at a point. Throws PointError where the point is damaged or of a newer version. */
export function progressFrom(from: ResumePoint | null): Progress {
  const point = from && readPoint(from);
  return new Progress(point && { point, facts: point.facts, arrays: new ArrayReader(point.arrays) }, countScores);
}

/** Throws PointError where the point that the run is to go on from was made of another one. */
export function expectOwnPoint(context: RunContext): void {
  const { progress } = context;
  if (!progress.returning) return;
  expectSameRun(progress.returning.point.key, knownKey(context));
  // Nothing was told yet: only what its owner had set is to be taken over.
  if (progress.returning.facts.path.length > 0) return;
  context.controls.restore(progress.returning.facts.controls);
  progress.returning = null;
}
