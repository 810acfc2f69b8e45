// What can be done with saved runs, what the studio tells of its runs, and what is asked of it. How: savedRuns.ts, savedHost.ts.
import type { StoreApi } from 'zustand/vanilla';
import type { LoadedRun } from '../storage/loadRun';
import type { RunStore } from '../storage/runStore';
import type { ResumeChange, RunFailure, SavedFacts, SaveTrouble } from '../worker/protocol';
import type { SavedState } from './savedState';
import type { Memory } from './storage';

export interface SavedRuns {
  store: StoreApi<SavedState>;
  /** Once a visit: clears up, looks, and says whether an earlier visit left a run on its way. */
  arrive(): Promise<void>;
  look(): Promise<void>;
  setOn(isOn: boolean): void;
  rename(id: string, name: string): Promise<void>;
  duplicate(id: string): Promise<void>;
  /** It is gone from the list at once, and from the storage when nobody wants it back. */
  remove(id: string): Promise<void>;
  undo(id: string): Promise<void>;
  /** To be looked at, like an opened bundle; selects it where it is there already. */
  open(id: string): Promise<void>;
  /** Beside the run that is selected, in Curves. */
  compare(id: string): Promise<void>;
  /** Also a failed one of this session. What it is changed in is saved with it. */
  continueRun(id: string, change?: ResumeChange): Promise<void>;
  /** The run that rests because it cannot be saved goes on unsaved, and so do the next ones of this visit. */
  goOnUnsaved(): void;
  /** It is saved, in the room of what was deleted, and goes on. */
  saveAndGoOn(): Promise<void>;
  /** As a bundle; null where it could not be made, which is told. */
  exportRun(id: string): Promise<Blob | null>;
  /** What there is of a run that cannot be opened, as files of a zip. */
  exportAside(id: string): Promise<Blob | null>;
  /** As soon as possible, what goes on in this tab. */
  saveNow(): void;
  /** Leaving the page now would lose work that the browser refused to save. */
  wouldLose(): boolean;
  dismissUnfinished(): void;
  dismissBeside(): void;
  dismissTrouble(): void;
  /** Asks the browser to keep what is saved: at a person's word. */
  keep(): Promise<void>;
}

/** The studio's side of it: what it tells of its runs. */
export interface SavedListener {
  /** Where a new run is to be saved. */
  begin(runId: string, name: string): { id: string; name: string } | null;
  /** It has told something: it goes on. */
  works(runId: string): void;
  /** True: it was about to be continued, could not, and can be looked at instead. */
  refused(runId: string, error: RunFailure): boolean;
  failed(runId: string, failure: RunFailure): void;
  saved(runId: string, facts: SavedFacts): void;
  trouble(runId: string, trouble: SaveTrouble): void;
}

export interface SavedHost {
  openStore(): Promise<RunStore>;
  memory: Memory;
  /** Wall time. */
  wallTime(): number;
  /** Once, later. */
  after(milliseconds: number, work: () => void): void;
  /** This session's runs, oldest first. */
  sessionRuns(): readonly { id: string; name: string; isOver: boolean; isOpened: boolean }[];
  /** The run that the worker has in hand; null where it rests for good. */
  workingRun(): string | null;
  renameRun(runId: string, name: string): void;
  select(runId: string): void;
  selectedRun(): string | null;
  /** Takes a stored run among the session's. */
  show(run: LoadedRun, options: { isSelected: boolean }): Promise<string>;
  /** More of a shown run; false where it is no longer one that is looked at. */
  more(runId: string, told: Pick<LoadedRun, 'log' | 'problems'>): Promise<boolean>;
  /** Makes a shown run the one that the worker goes on with. */
  goOn(runId: string, savedId: string, change: ResumeChange): void;
  /** Nothing of a saved run can be read. `runId`: the run of this session that it is. */
  unreadable(run: { runId: string | null; savedId: string; name: string }, failure: RunFailure): void;
  /** The opposite: it can only be looked at. */
  onlyLook(runId: string): void;
  drop(runId: string): void;
  toCurves(): void;
  saveNow(runId: string): void;
  unsave(runId: string): void;
  resume(runId: string): void;
  bundle(runId: string): Promise<Blob | null>;
}
