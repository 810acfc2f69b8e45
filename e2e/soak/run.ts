// One run with its kills: reached, killed, found again, gone on with, and in the end held against the uninterrupted one.
import type { Ended, Killed } from './account';
import { differences, largestDistance, TOLERANCES } from './compare';
import { type Configuration, queryOf } from './configurations';
import { type Heard, lastOf, phaseIn, stagesIn } from './ear';
import { livesOn, makeKill, pause } from './kills';
import type { SavedFacts } from './page/contract';
import type { Told } from './page/told';
import type { Kill, PlannedRun } from './plan';
import type { SoakStudio } from './studio';

/** What a run tells that nobody interrupts, and how long its stages take. */
export interface Reference {
  told: Told;
  stages: readonly { name: string; milliseconds: number }[];
}

/** Longer than any stage takes. */
const PATIENCE = 120_000;
/** For a save that is to be held or to fail. */
const SAVE_MS = 4_000;

/** A run that cannot be gone on with: what it says is why. */
class RunLost extends Error {
  override readonly name = 'RunLost';
}

const isDone = (all: readonly Heard[]): boolean => phaseIn(all) === 'done';
const whyFailed = (all: readonly Heard[]): string | undefined =>
  lastOf(all, 'failed')?.detail ?? lastOf(all, 'crashed')?.what;

async function awaitDone(studio: SoakStudio): Promise<void> {
  const ear = studio.ear();
  const end = await ear.find((all) => (isDone(all) ? 'done' : whyFailed(all)), PATIENCE);
  if (end !== 'done') throw new RunLost(end === null ? `It stands still at ${whereOf(ear.all)}.` : `It failed: ${end}`);
}

/** The run in the storage when its last save is there, with all that it told; it is then removed. */
async function takeEnd(
  studio: SoakStudio,
): Promise<{ facts: SavedFacts; told: Told & { problems: readonly string[] } }> {
  for (const late = Date.now() + 20_000; ; await pause(50)) {
    const [facts] = await studio.ask('saved');
    if (facts?.status === 'done') {
      const told = await studio.ask('told', facts.id);
      await forgetAll(studio);
      return { facts, told };
    }
    if (Date.now() <= late) continue;
    const trouble = lastOf(studio.ear().all, 'trouble')?.kind ?? 'none was told';
    const stood = facts ? `saved at ${facts.place?.stage ?? 'its beginning'}, ${facts.status}` : 'not saved';
    throw new RunLost(`It is done, and in the storage ${stood}. Trouble: ${trouble}.`);
  }
}

/** Removes all saved runs, as soon as nobody works on them. */
async function forgetAll(studio: SoakStudio): Promise<void> {
  for (const late = Date.now() + 20_000; ; await pause(50)) {
    try {
      for (const { id } of await studio.ask('saved')) await studio.ask('forget', id);
      return;
    } catch (error) {
      if (Date.now() > late) throw error;
    }
  }
}

export async function measureReference(
  studio: SoakStudio,
  configuration: Configuration,
  seed: number,
): Promise<Reference> {
  await studio.open(queryOf(configuration, seed));
  await forgetAll(studio);
  await studio.startRun();
  await awaitDone(studio);
  const { all } = studio.ear();
  const over = lastOf(all, 'phase')!.at;
  const stages = stagesIn(all);
  const { told } = await takeEnd(studio);
  return {
    told,
    stages: stages.map(({ name, at }, i) => ({ name, milliseconds: (stages[i + 1]?.at ?? over) - at })),
  };
}

const whereOf = (all: readonly Heard[]): string => stagesIn(all).at(-1)?.name ?? 'its beginning';

/** Where a run is killed. */
type Met = Pick<Killed, 'stage' | 'access'>;

/** Waits until it is time to kill. Gives where; null: the run is done already. */
async function reach(studio: SoakStudio, kill: Kill, { stages }: Reference): Promise<Met | null> {
  const ear = studio.ear();
  const place = Math.min(stages.length - 1, Math.floor(kill.at * stages.length));
  const aimed = new Set(stages.slice(place).map(({ name }) => name));
  const isOver = (all: readonly Heard[]): string | undefined => (isDone(all) ? 'done' : whyFailed(all));
  const come = await ear.find(
    (all) => isOver(all) ?? (stagesIn(all).some(({ name }) => aimed.has(name)) ? 'there' : undefined),
    PATIENCE,
  );
  if (come === 'done') return null;
  if (come !== 'there')
    throw new RunLost(come === null ? `It stands still at ${whereOf(ear.all)}.` : `It failed: ${come}`);
  const { number, isDone: isAfter } = kill.access;
  if (kill.aim === 'save') await studio.ask('order', { type: 'hold', access: number, isDone: isAfter });
  if (kill.faults) await studio.ask('order', { type: 'fail', access: number, ...kill.faults });
  if (kill.asksToSave) await studio.ask('askToSave');
  if (kill.aim === 'save' || kill.faults) {
    const hit = await ear.find((all) => lastOf(all, 'held') ?? lastOf(all, 'failed access') ?? isOver(all), SAVE_MS);
    // A hold passes by itself; faults may have met the run's last save, which is made once.
    if (hit === 'done' && !kill.faults) return null;
    if (kill.faults) await pause(kill.delay);
    return { stage: whereOf(ear.all), access: typeof hit === 'object' && hit !== null ? hit.what : null };
  }
  const within = (kill.at * stages.length - place) * stages[place]!.milliseconds;
  const early = await ear.find(isOver, within + kill.delay);
  if (early === 'done') return null;
  if (early !== null) throw new RunLost(`It failed: ${early}`);
  return { stage: whereOf(ear.all), access: null };
}

interface Before {
  /** When the last save was that was heard of, wall time; null: of none. */
  savedAt: number | null;
  /** The page's address. */
  query: string;
}

/** The run again after a kill: found, and going on, or whole since its last save was made. */
async function comeBack(
  studio: SoakStudio,
  { savedAt, query }: Before,
  reference: Reference,
): Promise<Pick<Killed, 'tries' | 'isFromBeginning'> & { isWhole: boolean }> {
  const [facts, ...more] = await studio.ask('saved');
  if (more.length > 0) throw new RunLost(`The storage has ${more.length + 1} runs instead of one.`);
  if (!facts) {
    if (savedAt !== null) throw new RunLost('It was saved, and the storage has no run.');
    await studio.open(query);
    await studio.startRun();
    await awaitWork(studio);
    return { tries: 1, isFromBeginning: true, isWhole: false };
  }
  if (facts.problem !== null) throw new RunLost(`It is set aside. ${facts.problem}`);
  if (savedAt !== null && facts.savedAt < savedAt)
    throw new RunLost(`Its last save is ${savedAt - facts.savedAt} ms older than one that was heard of.`);
  if (facts.status === 'done') return { tries: 1, isFromBeginning: false, isWhole: true };
  const { first, tries } = await goOn(studio, facts.name);
  const order = (name: string | undefined): number => reference.stages.findIndex((stage) => stage.name === name);
  if (first !== null && order(first) < order(facts.place?.stage))
    throw new RunLost(`It went on at ${first} from a save at ${facts.place?.stage}.`);
  const [now] = await studio.ask('saved');
  if (now && now.damaged > facts.damaged) throw new RunLost('Its last save could not be read.');
  return { tries, isFromBeginning: false, isWhole: false };
}

/** A browser lets a worker that is in the middle of something live on for two seconds after its page, and with it its hold on the run. */
const BUSY_MS = 10_000;
/** For the first sign of a run that goes on. */
const HEARD_MS = 5_000;
const IS_BUSY = /^StorageError: .*\btab\b/;

/** As a visitor does: where the run is still held by what was killed, once more. Gives the stage at which it goes on. */
async function goOn(studio: SoakStudio, name: string): Promise<{ first: string | null; tries: number }> {
  const late = Date.now() + BUSY_MS;
  for (let tries = 1; ; tries++) {
    studio.ear().forget();
    await studio.goOn(name);
    // A press that met a page which was still building itself up: somebody would press again, and it is counted.
    const isHeard = await studio.ear().find((all) => all.length > 0 || undefined, HEARD_MS);
    if (!isHeard && Date.now() <= late) continue;
    try {
      return { first: await awaitWork(studio), tries };
    } catch (error) {
      const why = whyFailed(studio.ear().all);
      if (why === undefined || !IS_BUSY.test(why) || Date.now() > late) throw error;
      await pause(500);
    }
  }
}

/** Waits for the run's first event, and gives its stage; null where it is done without one. */
async function awaitWork(studio: SoakStudio): Promise<string | null> {
  const found = await studio.ear().find((all) => {
    const failed = whyFailed(all);
    if (failed !== undefined) return { failed };
    const [stage] = stagesIn(all);
    if (stage) return { stage: stage.name };
    return isDone(all) ? { stage: null } : undefined;
  }, PATIENCE);
  if (!found) throw new RunLost('It did not go on.');
  if ('failed' in found) throw new RunLost(`It failed as it went on: ${found.failed}`);
  return found.stage;
}

export interface RunReport {
  /** Null where it was lost on its way. */
  ended: Ended | null;
  /** Kills whose moment had passed. */
  missed: Kill[];
}

export interface RunOptions {
  studio: SoakStudio;
  number: number;
  planned: PlannedRun;
  reference: Reference;
  /** Told of each kill when its run goes on, or is lost. */
  onKilled(killed: Killed): void;
  /** The page as it is then can be looked at. */
  onLost(): Promise<void>;
  /** The soak is to end. */
  signal: AbortSignal;
}

/** Throws what is no loss of the run's: the soak itself went wrong. */
export async function soakRun({
  studio,
  number,
  planned,
  reference,
  onKilled,
  onLost,
  signal,
}: RunOptions): Promise<RunReport> {
  const { configuration, seed, kills } = planned;
  const query = queryOf(configuration, seed);
  await studio.open(query);
  await forgetAll(studio);
  await studio.startRun();
  let savedAt: number | null = null;
  let began = performance.now();
  let pending: Killed | null = null;
  const settle = (): void => {
    if (!pending) return;
    pending.milliseconds = performance.now() - began;
    began = performance.now();
    onKilled(pending);
    pending = null;
  };
  try {
    let made = 0;
    for (let isDone = false; made < kills.length && !isDone; made++) {
      if (signal.aborted) return { ended: null, missed: [] };
      const kill = kills[made]!;
      const met = await reach(studio, kill, reference);
      if (met === null) break;
      settle();
      savedAt = Math.max(savedAt ?? 0, lastOf(studio.ear().all, 'saved')?.savedAt ?? 0) || null;
      pending = {
        ...{ run: number, configuration: configuration.name, kill, ...met, wasSaved: savedAt !== null },
        ...{ isResumed: false, tries: 0, isFromBeginning: false, lost: null, milliseconds: 0 },
      };
      await makeKill(studio, kill.way);
      if (!livesOn(kill.way)) await studio.open(query);
      const { tries, isFromBeginning, isWhole } = await comeBack(studio, { savedAt, query }, reference);
      Object.assign(pending, { isResumed: true, tries, isFromBeginning });
      isDone = isWhole;
    }
    const ended = await finish(studio, { number, configuration, kills: made, reference });
    settle();
    return { ended, missed: kills.slice(made) };
  } catch (error) {
    if (signal.aborted) return { ended: null, missed: [] };
    if (!pending) throw error;
    pending.lost = error instanceof Error ? error.message : String(error);
    await onLost();
    settle();
    return { ended: null, missed: [] };
  }
}

async function finish(
  studio: SoakStudio,
  {
    number,
    configuration,
    kills,
    reference,
  }: { number: number; configuration: Configuration; kills: number; reference: Reference },
): Promise<Ended> {
  const [facts] = await studio.ask('saved');
  if (facts?.status !== 'done') await awaitDone(studio);
  const end = await takeEnd(studio);
  const tolerance = TOLERANCES[configuration.settings.backend === 'webgpu' ? 'webgpu' : 'wasm'];
  const told = [...end.told.problems, ...differences(reference.told, end.told, tolerance)];
  return {
    ...{ run: number, configuration: configuration.name, kills, differences: told },
    largestDistance: largestDistance(reference.told, end.told),
  };
}
