// Saves the run that a session holds: takes what it tells, and holds a moment of it between two units of work. That the moment is written down and
// stored is done in stretches beside the run; what goes wrong with that never holds it up.
import type { LogEntry, LogPhase } from '../core/bundle/runLog';
import type { RunEvent } from '../core/events';
import { PointRefused } from '../core/stages/resume/point';
import { BREATH, createStretches, type Stretches } from '../core/stretches';
import { bytesOf, type RunHeader, type StoredFailure } from '../storage/runRecord';
import type { SaveFacts } from '../storage/runSave';
import type { RunWriter } from '../storage/runWriter';
import type { SavedPoint } from '../storage/savedPoint';
import { StorageError } from '../storage/storageError';
import { explainError } from './explainError';
import type { SaveTrouble, WorkerMessage } from './protocol';
import { createGlance } from './runGlance';
import { createSaveBudget, stretchBeside } from './saveBudget';
import { countHeld } from './saveHold';

export interface RunSaver {
  readonly savedId: string;
  /** There is a save of it to go on from, when the one under way, if there is one, has come out. */
  hasSave(): Promise<boolean>;
  /** Something that the run itself tells, in order. It is copied, but for large arrays, which are not to be handed over. */
  tell(event: RunEvent): void;
  phase(phase: LogPhase): void;
  /** Its owner changed something about it that it has not told. */
  touch(): void;
  /** As soon as the run is between two units and not ahead, and without leaving it more than its turns. */
  ask(): void;
  isAsked(): boolean;
  /** The run should not run ahead now: a point of it is wanted. */
  wantsPoint(): boolean;
  /** Between two units, the last of which took so many ms: saves where that is asked for or due. */
  between(unitMilliseconds: number): void;
  /**
   * Saves what was not saved yet, whatever is under way: the present moment, which is held when this returns. Resolves when it is written down, so that what
   * the run holds may go; never rejects.
   */
  save(): Promise<void>;
  /** The last save is the last; `failure`: to be noted beside it. Resolves when others can work on the run; never rejects. */
  end(failure?: StoredFailure): Promise<void>;
}

export interface SaverOptions {
  runId: string;
  writer: RunWriter;
  /** What was saved before, and what it told; null: nothing. */
  before: { header: RunHeader; log: readonly LogEntry[] } | null;
  /** The present moment. Throws PointRefused. */
  moment(): SavedMoment;
  post(message: WorkerMessage): void;
  /** A clock that only goes forward, ms. */
  now(): number;
  /** Lets the run go on. */
  turn(): Promise<void>;
  /** Resolves after so many milliseconds. */
  rest(milliseconds: number): Promise<void>;
}

/** A moment that is held, to be written down beside the run; Throws PointRefused where it is not to be saved. */
export interface SavedMoment {
  written(stretches: Stretches): Promise<SavedPoint>;
  /** For how many ms the run has copied what it changed meanwhile. */
  copied?(): number;
}

/** Events within so many ms have the same time, as if they had come in one message. */
const TOGETHER = 100;

/** Why a save was not made, for the page. */
export function troubleOf(error: unknown): Pick<SaveTrouble, 'kind' | 'error'> {
  const isNotFinite = error instanceof PointRefused && error.reason === 'not finite';
  const kind = error instanceof StorageError ? error.kind : isNotFinite ? 'not finite' : 'other';
  return { kind, error: explainError(error) };
}

export function createRunSaver({ runId, writer, before, moment, post, now, turn, rest }: SaverOptions): RunSaver {
  const { id: savedId } = writer;
  const began = now();
  // The times of a run go on where its log ends, however long it lay there.
  const since = before?.log.at(-1)?.at ?? 0;
  const clock = (): number => since + now() - began;
  const budget = createSaveBudget();
  if (before) budget.took(began, began, 0);
  const held = countHeld();
  let longest = stretchBeside(0);
  const glance = createGlance(before?.log ?? []);
  const toldKinds = new Set<SaveTrouble['kind']>();
  let together = Number.NEGATIVE_INFINITY;
  let status: LogPhase = 'paused';
  /** Nothing has been told since a save with this status; null: something has. */
  let fresh: LogPhase | null = before?.header.status ?? null;
  let good = before?.header ?? null;
  let [isAsked, isOver] = [false, false];
  /** What training has had to copy of what is held. */
  let noteCopies = (): void => {};
  /** Moments that are held and not stored yet. */
  let saving = 0;
  /** Somebody has asked, who may be gone soon: the run has its turns, and nothing beyond. */
  let isHurried = false;
  /** Somebody waits for the unit under way to end. */
  const atUnit: (() => void)[] = [];
  /** Of the save under way: ms of units that were worked off meanwhile. */
  let worked = 0;
  /** The last moment is written down; it is stored. */
  let [written, stored]: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()];
  let ended: Promise<void> | null = null;

  const trouble = (error: unknown): void => {
    const told = troubleOf(error);
    if (toldKinds.has(told.kind)) return;
    toldKinds.add(told.kind);
    post({ type: 'run.saveTrouble', runId, savedId, ...told });
  };

  /** The run works for a while, if it wants to. */
  const breathe = async (worked: number): Promise<void> => {
    await turn();
    if (status !== 'running' || isHurried) return;
    const unit = new Promise<void>((resolve) => {
      atUnit.push(resolve);
    });
    await Promise.race([unit, rest(BREATH * worked)]);
  };

  const tellSaved = (header: RunHeader): void => {
    const { savedAt, place } = header.saves[0]!;
    post({ type: 'run.saved', runId, savedId, savedAt, bytes: bytesOf(header), place, held: held.told() });
  };

  const store = async (facts: SaveFacts, from: number, end: () => void): Promise<void> => {
    try {
      good = await writer.commit(facts);
      end();
      toldKinds.clear();
      budget.took(now(), from, Math.max(0, now() - from - worked));
    } catch (error) {
      fresh = null;
      budget.failed(now());
      trouble(error);
      // These do not pass: whoever has the run now, or has deleted it, is not disturbed.
      const isLost = error instanceof StorageError && (error.kind === 'busy' || error.kind === 'gone');
      if (isLost) {
        good = null;
        isOver = true;
      }
      return;
    }
    tellSaved(good);
  };

  /** A moment that cannot be saved. */
  const refuse = (error: unknown): void => {
    const reason = error instanceof PointRefused ? error.reason : null;
    if (reason !== null && reason !== 'not finite') return;
    budget.failed(now());
    trouble(error);
  };

  const save = (): Promise<void> => {
    const wasAsked = isAsked;
    isAsked = false;
    if (isOver) return written;
    if (fresh === status) {
      // What is under way is told when it is there.
      if (wasAsked && good && saving === 0) tellSaved(good);
      return written;
    }
    const from = now();
    let taken: SavedMoment;
    try {
      taken = moment();
    } catch (error) {
      isAsked = error instanceof PointRefused && error.reason === 'ahead';
      refuse(error);
      return written;
    }
    writer.mark();
    held.took(now() - from);
    fresh = status;
    if (saving++ === 0) worked = 0;
    const facts = { status, glance: glance.numbers(), from };
    const last = { written, stored };
    // What is held first is written and stored first.
    const work = last.written.then(() => writeDown(taken, last.stored, facts));
    written = work.then((down) => down.written);
    stored = work.then((down) => down.stored);
    return written;
  };

  /** Never rejects. */
  const writeDown = (
    taken: SavedMoment,
    before: Promise<void>,
    { from, ...facts }: Pick<SaveFacts, 'status' | 'glance'> & { from: number },
  ): Record<'written' | 'stored', Promise<void>> => {
    const stretches = createStretches({ now, turn: breathe, longest: () => longest, told: held.stretch });
    let copied = 0;
    noteCopies = () => {
      const sofar = taken.copied?.() ?? 0;
      held.took(sofar - copied);
      copied = sofar;
    };
    const point = taken.written(stretches);
    const there = point.then(
      () => noteCopies(),
      (error) => {
        fresh = null;
        refuse(error);
      },
    );
    const kept = point
      .then(async (saved) => {
        await stretches.away(before);
        await store({ ...facts, stretches, point: saved }, from, stretches.end);
      })
      .catch(() => {})
      .finally(() => {
        saving--;
        isHurried &&= isAsked || saving > 0;
      });
    return { stored: kept, written: there };
  };

  const wants = (): boolean => !isOver && saving === 0 && (isAsked || budget.isDue(now()));

  return {
    savedId,
    hasSave: () => stored.then(() => good !== null),
    tell(event) {
      if (isOver) return;
      const from = now();
      const at = clock();
      if (at - together >= TOGETHER) together = at;
      writer.appendLog([{ at: together, event }]);
      glance.tell(event);
      held.took(now() - from);
      fresh = null;
      if (event.type === 'run.started' || event.type === 'stage.done') isAsked = true;
    },
    phase(phase) {
      status = phase;
      for (const goOn of atUnit.splice(0)) goOn();
      held.goes(phase === 'running');
      together = clock();
      if (!isOver) writer.appendLog([{ at: together, phase }]);
    },
    touch() {
      fresh = null;
    },
    ask() {
      isAsked = true;
      isHurried = true;
      for (const goOn of atUnit.splice(0)) goOn();
      // Whoever asks is told what comes of it.
      toldKinds.clear();
    },
    isAsked: () => isAsked,
    wantsPoint: wants,
    between(unitMilliseconds) {
      if (saving > 0) worked += unitMilliseconds;
      longest = stretchBeside(unitMilliseconds);
      noteCopies();
      held.unit();
      for (const goOn of atUnit.splice(0)) goOn();
      if (wants()) void save();
    },
    save,
    end(failure) {
      isOver = true;
      ended ??= stored
        .then(() => failure && writer.fail(failure))
        .catch(() => {})
        .then(() => writer.release())
        .catch(() => {});
      return ended;
    },
  };
}
