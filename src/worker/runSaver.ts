// Saves the run that a session holds: takes what it tells, and a point of it between two units of work. The run waits for
// the point alone; that it is stored, and what goes wrong with that, never holds it up.
import type { LogEntry, LogPhase } from '../core/bundle/runLog';
import type { RunEvent } from '../core/events';
import { PointRefused } from '../core/stages/resume/point';
import { bytesOf, type RunHeader } from '../storage/runRecord';
import type { RunWriter } from '../storage/runWriter';
import type { SavedPoint } from '../storage/savedPoint';
import { StorageError } from '../storage/storageError';
import { explainError } from './explainError';
import type { SaveTrouble, WorkerMessage } from './protocol';
import { createGlance } from './runGlance';
import { createSaveBudget } from './saveBudget';

export interface RunSaver {
  readonly savedId: string;
  /** There is a save of it to go on from. */
  hasSave(): boolean;
  /** Something that the run itself tells, in order. It is copied. */
  tell(event: RunEvent): void;
  phase(phase: LogPhase): void;
  /** Its owner changed something about it that it has not told. */
  touch(): void;
  /** As soon as the run is between two units and not ahead. */
  ask(): void;
  isAsked(): boolean;
  /** The run should not run ahead now: a point of it is wanted. */
  wantsPoint(): boolean;
  /** Between two units, the last of which took so many ms: saves where that is asked for or due. Never rejects. */
  between(unitMilliseconds: number): Promise<void>;
  /** Saves what was not saved yet, whatever is under way. Resolves when the point is taken; never rejects. */
  save(): Promise<void>;
  /** The last save is the last. Resolves when others can work on the run; never rejects. */
  end(): Promise<void>;
}

export interface SaverOptions {
  runId: string;
  writer: RunWriter;
  /** What was saved before, and what it told; null: nothing. */
  before: { header: RunHeader; log: readonly LogEntry[] } | null;
  point(): Promise<SavedPoint>;
  post(message: WorkerMessage): void;
  /** A clock that only goes forward, ms. */
  now(): number;
}

/** Events within so many ms have the same time, as if they had come in one message. */
const TOGETHER = 100;

/** Why a save was not made, for the page. */
export function troubleOf(error: unknown): Pick<SaveTrouble, 'kind' | 'error'> {
  const isNotFinite = error instanceof PointRefused && error.reason === 'not finite';
  const kind = error instanceof StorageError ? error.kind : isNotFinite ? 'not finite' : 'other';
  return { kind, error: explainError(error) };
}

export function createRunSaver({ runId, writer, before, point, post, now }: SaverOptions): RunSaver {
  const { id: savedId } = writer;
  const began = now();
  // The times of a run go on where its log ends, however long it lay there.
  const since = before?.log.at(-1)?.at ?? 0;
  const clock = (): number => since + now() - began;
  const budget = createSaveBudget();
  if (before) budget.took(began, { held: 0, spent: 0 });
  const glance = createGlance(before?.log ?? []);
  const toldKinds = new Set<SaveTrouble['kind']>();
  let together = Number.NEGATIVE_INFINITY;
  let status: LogPhase = 'paused';
  /** Nothing has been told since a save with this status; null: something has. */
  let fresh: LogPhase | null = before?.header.status ?? null;
  let good = before?.header ?? null;
  let [isAsked, isOver] = [false, false];
  let saving = 0;
  /** Of the save under way: ms of units that were worked off meanwhile. */
  let worked = 0;
  let commits: Promise<void> = Promise.resolve();
  let ended: Promise<void> | null = null;

  const trouble = (error: unknown): void => {
    const told = troubleOf(error);
    if (toldKinds.has(told.kind)) return;
    toldKinds.add(told.kind);
    post({ type: 'run.saveTrouble', runId, savedId, ...told });
  };

  const tellSaved = (header: RunHeader, milliseconds: number): void => {
    const { savedAt, place } = header.saves[0]!;
    post({ type: 'run.saved', runId, savedId, savedAt, bytes: bytesOf(header), place, milliseconds });
  };

  const commit = async (taken: SavedPoint, held: number): Promise<void> => {
    const from = now();
    if (saving++ === 0) worked = 0;
    try {
      good = await writer.commit({ point: taken, status, glance: glance.numbers() });
      toldKinds.clear();
      const spent = held + Math.max(0, now() - from - worked);
      budget.took(now(), { held, spent });
      tellSaved(good, held);
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
    } finally {
      saving--;
    }
  };

  /** Null where there can be none now. */
  const take = async (): Promise<SavedPoint | null> => {
    try {
      return await point();
    } catch (error) {
      const reason = error instanceof PointRefused ? error.reason : null;
      isAsked = reason === 'ahead';
      if (reason === null || reason === 'not finite') {
        budget.failed(now());
        trouble(error);
      }
      return null;
    }
  };

  const save = async (): Promise<void> => {
    const wasAsked = isAsked;
    isAsked = false;
    if (isOver) return;
    if (fresh === status) {
      if (wasAsked && good) tellSaved(good, 0);
      return;
    }
    const from = now();
    const taken = await take();
    if (!taken) return;
    fresh = status;
    const stored = commit(taken, now() - from);
    commits = commits.then(() => stored);
  };

  const wants = (): boolean => !isOver && saving === 0 && (isAsked || budget.isDue(now()));

  return {
    savedId,
    hasSave: () => good !== null,
    tell(event) {
      if (isOver) return;
      const at = clock();
      if (at - together >= TOGETHER) together = at;
      writer.appendLog([{ at: together, event }]);
      glance.tell(event);
      fresh = null;
      if (event.type === 'run.started' || event.type === 'stage.done') isAsked = true;
    },
    phase(phase) {
      status = phase;
      together = clock();
      if (!isOver) writer.appendLog([{ at: together, phase }]);
    },
    touch() {
      fresh = null;
    },
    ask() {
      isAsked = true;
    },
    isAsked: () => isAsked,
    wantsPoint: wants,
    async between(unitMilliseconds) {
      if (saving > 0) worked += unitMilliseconds;
      if (wants()) await save();
    },
    save,
    end() {
      isOver = true;
      ended ??= commits.then(() => writer.release()).catch(() => {});
      return ended;
    },
  };
}
