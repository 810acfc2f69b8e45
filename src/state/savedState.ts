// What the page knows of saved runs, and what follows from it. What changes it: savedRuns.ts.
import { FAILURE_CAUSES, type LogEntry, logged } from '../core/bundle/runLog';
import type { RunEvent } from '../core/events';
import type { LoadedRun } from '../storage/loadRun';
import type { RunList, RunUsage } from '../storage/runList';
import type { RunHeader } from '../storage/runRecord';
import type { ResumeChange, RunFailure, SavedFacts, SaveTrouble } from '../worker/protocol';
import type { ShownLog, ShownRun } from './bundles';
import type { RunState } from './runState';

/** What cannot be done, as sentences. */
export interface Trouble {
  message: string;
  /** The one thing to do next. */
  next: string;
}

/** How it goes with saving a run of this session. */
export interface Saving {
  /** Since when there is something to save, wall time. */
  since: number;
  /** The last save that is there. */
  last: Pick<SavedFacts, 'savedAt' | 'bytes' | 'place'> | null;
  /** Why the one after it is not; null: it is not known to fail. */
  trouble: SaveTrouble | null;
  /** When the run failed, wall time. */
  failedAt: number | null;
  /** Somebody chose to go on without saving. */
  isGivenUp: boolean;
}

export const newSaving = (since: number, last: Saving['last'] = null): Saving => ({
  ...{ since, last, trouble: null, failedAt: null, isGivenUp: false },
});

/** What befell a saved run in this visit. */
export interface Mishaps {
  deviceLosses: number;
  /** In what it went on otherwise than it was begun. */
  change: ResumeChange;
}

export const NO_MISHAPS: Mishaps = { deviceLosses: 0, change: {} };

export type SavedWork = 'opening' | 'continuing' | 'copying' | 'exporting';

export interface SavedState {
  /** New runs are saved. */
  isOn: boolean;
  /** null: nobody has looked yet, or it cannot be read. */
  list: RunList | null;
  usage: RunUsage | null;
  /** Why the list cannot be had, or what was asked for last could not be done. */
  trouble: Trouble | null;
  /** The browser has promised to keep what is saved; null: it was not asked yet, or does not answer. */
  isKept: boolean | null;
  /** Somebody asked it to, and it did not. */
  isKeepingRefused: boolean;
  /** Which saved run a run of this session is, by the session's id; and of one that is looked at, which save. */
  links: Readonly<Record<string, { id: string; seq: number | null }>>;
  /** By the session's id. */
  saving: Readonly<Record<string, Saving>>;
  /** By the saved run's id. */
  mishaps: Readonly<Record<string, Mishaps>>;
  /** Why a run of this session can only be looked at, by its id. */
  viewers: Readonly<Record<string, Trouble & Pick<RunFailure, 'needs'>>>;
  /** By the saved run: another tab has it in hand (true), or had it while it was looked at here, and has it no more. */
  elsewhere: Readonly<Record<string, boolean>>;
  /** Deleted just now: can be had back for a moment. */
  removed: readonly { id: string; name: string }[];
  working: { what: SavedWork; name: string } | null;
  /** The run that an earlier visit left on its way, until something is done about it. */
  unfinished: string | null;
  /** The run that another tab trained when this visit began, until something is done about it. */
  beside: string | null;
}

export const firstSaved = (isOn: boolean): SavedState => ({
  ...{ isOn, list: null, usage: null, trouble: null, isKept: null, isKeepingRefused: false },
  ...{ links: {}, saving: {}, mishaps: {}, viewers: {}, elsewhere: {}, removed: [], working: null, unfinished: null },
  beside: null,
});

/** It can go on: it is not at its end. */
export const isUnfinished = ({ status }: Pick<RunHeader, 'status'>): boolean => status !== 'done';

/** Nobody has ended it: the tab was closed, reloaded or killed. */
export const wasCutShort = ({ status }: Pick<RunHeader, 'status'>): boolean =>
  status === 'running' || status === 'paused';

/** Work that is not saved may be so old before leaving the page is questioned. */
const GRACE_MS = 10_000;

/** Saving is what a run rests for until somebody says how it is to go on. */
export const needsRoom = (saving: Saving | undefined, phase: RunState['phase']): SaveTrouble | null => {
  const { trouble = null } = saving ?? {};
  return phase === 'paused' && (trouble?.kind === 'full' || trouble?.kind === 'refused') ? trouble : null;
};

/** Leaving now would lose work that could not be saved. */
export const wouldLose = ({ trouble, last, since }: Saving, now: number): boolean =>
  trouble !== null && now - Math.max(since, last?.savedAt ?? 0) > GRACE_MS;

/** So many more saves there must be room for before it is said that there is little. */
const SAVES_AHEAD = 2;

/**
 * There is room for less than two more saves of that run (null: of the largest), by what the browser says: both numbers are told. Null: there is enough, or it
 * does not say.
 */
export function littleRoom(
  { list, usage }: Pick<SavedState, 'list' | 'usage'>,
  id: string | null,
): { free: number; save: number } | null {
  if (!list || !usage || usage.usage === null || usage.quota === null) return null;
  const asked = list.runs.filter((run) => id === null || run.id === id);
  const save = Math.max(0, ...asked.map(({ saves }) => saves[0]!.point.bytes));
  const free = Math.max(0, usage.quota - usage.usage);
  return save > 0 && free < SAVES_AHEAD * save ? { free, save } : null;
}

/** "quiet-otter copy", the next one "quiet-otter copy 2". */
export function copyName(name: string, taken: readonly string[]): string {
  const first = `${name} copy`;
  if (!taken.includes(first)) return first;
  for (let n = 2; ; n++) if (!taken.includes(`${first} ${n}`)) return `${first} ${n}`;
}

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** What was stored beside the last save of a run that failed after it, as the end of its log. */
function endOf({ status, failure }: RunHeader, at: number): LogEntry[] {
  if (status !== 'failed' || !failure) return [];
  const cause = FAILURE_CAUSES.find((known) => known === failure.cause) ?? 'other';
  return [{ at, error: { ...failure, cause, detail: failure.message } }];
}

/** A stored run as the views take one. */
export function shownRun({ header, ...told }: LoadedRun): ShownRun {
  const { log, ...rest } = shownLog(told);
  return {
    ...{ name: header.name, config: header.config },
    ...rest,
    log: [...log, ...endOf(header, log.at(-1)?.at ?? 0)],
  };
}

/** What a stored run has told, or some more of it: its log without large arrays, and those one at a time. */
export function shownLog({ log, problems }: Pick<LoadedRun, 'log' | 'problems'>): ShownLog {
  const events = log.flatMap((entry) => ('event' in entry ? [entry.event] : []));
  return {
    problems,
    started: events.find((event): event is EventOf<'run.started'> => event.type === 'run.started') ?? null,
    log: log.flatMap((entry): LogEntry[] => {
      if (!('event' in entry)) return [entry];
      const event = logged(entry.event);
      return event ? [{ at: entry.at, event }] : [];
    }),
    async *large() {
      for (const event of events) {
        if (event.type === 'weights' || event.type === 'moments' || event.type === 'update') yield event;
        else if (event.type === 'mask' && event.tensors.some(({ mask }) => mask.length > 0)) yield event;
      }
    },
    async tokenizer() {
      const told = events.findLast((event): event is EventOf<'tokenizer'> => event.type === 'tokenizer');
      return told ? [...told.files] : [];
    },
    async *snapshots() {
      for (const snapshot of events) {
        if (snapshot.type !== 'snapshot' || snapshot.policy.length === 0) continue;
        yield { snapshot, rows: { policy: snapshot.policy, reference: snapshot.reference } };
      }
    },
  };
}
