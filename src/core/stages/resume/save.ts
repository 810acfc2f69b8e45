// Makes a point of a run between two of its events.

import { policyOf, type RunContext } from '../context';
import { type Difference, differencesOf } from '../entries';
import { ArrayReader, ArrayWriter } from './arrays';
import type { Facts } from './facts';
import { keepFindings } from './findings';
import { keyOf } from './fingerprint';
import {
  expectSameRun,
  factsSum,
  POINT_VERSION,
  type PointKey,
  PointRefused,
  type ResumePoint,
  readPoint,
} from './point';
import { Progress, type Unit } from './progress';
import { countScores, keepStates } from './states';

/** By the weights at a masked stage's beginning. */
const knownDifferences = new WeakMap<object, Map<string, Difference>>();
const keys = new WeakMap<RunContext, PointKey>();

function knownKey(context: RunContext): PointKey {
  const key = keys.get(context) ?? keyOf(context);
  keys.set(context, key);
  return key;
}

/**
 * The present moment of a run. It copies what training changes, and shares with the run what it does not. Throws PointRefused where no point can
 * be made: a step ahead of what was told, a number that is not finite, after a failure.
 */
export async function pointOf(context: RunContext, seconds: number): Promise<ResumePoint> {
  const { progress, pace, shared } = context;
  if (progress.obstacle) throw progress.obstacle;
  if (shared) throw new PointRefused('shared', 'A run that shares its preparations with others is not saved.');
  if (pace.isAhead)
    throw new PointRefused('ahead', 'A step is under way that was not told yet: take a point after it.');
  if (progress.returning) return progress.returning.point;
  const writer = new ArrayWriter();
  const { unit } = progress;
  const facts = { seconds, ...(await factsOf(context, unit ?? START, writer)) };
  const { arrays, lasting } = writer;
  const point = { key: knownKey(context), place: progress.place, eventsTold: progress.told, facts, lasting };
  const sums = { ...writer.sums, '': factsSum(point) };
  return { version: POINT_VERSION, ...point, arrays, sums };
}

const START: Unit = { path: [], contexts: [], told: new Map(), save: null, summaries: [], scores: new Map() };

async function factsOf(context: RunContext, unit: Unit, writer: ArrayWriter): Promise<Omit<Facts, 'seconds'>> {
  const levels = unit.contexts.map((own, depth) => ({
    summaries: [...(unit.summaries[depth] ?? [])],
    findings: keepFindings(own, unit.path[depth]!, depth > 0, writer),
  }));
  const states = keepStates(context, unit, writer);
  await putPolicy(context, writer);
  if (unit.save) putBefore(context, unit, writer);
  const inside = unit.save ? await unit.save(writer) : null;
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
async function putPolicy(context: RunContext, writer: ArrayWriter): Promise<void> {
  const { sft, model } = context;
  if (!model || sft.size === 0 || model.state === sft) return;
  writer.putWeights('now', await policyOf(context).weights(), sft);
}

/** The weights with which a masked stage began, unless they are kept anyway (entries.ts). */
function putBefore(context: RunContext, { path }: Unit, writer: ArrayWriter): void {
  const { sft, entries, progress } = context;
  const { before, entryState } = progress;
  if (!before || entryState === sft || [...entries.keys()].some((stage) => stage === path.at(-1))) return;
  const differences = knownDifferences.get(before) ?? differencesOf(sft, before);
  knownDifferences.set(before, differences);
  writer.putDifferences('before', differences);
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
