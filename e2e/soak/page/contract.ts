// Between the soak in Node and its code in the page: what it hears, and what it can ask for.
import type { LogPhase } from '../../../src/core/bundle/runLog';
import type { FailureCause, Phase, SaveTrouble } from '../../../src/worker/protocol';
import type { Order, Report } from './orders';
import type { Told } from './told';

export type Place = { stage: string; done: number; total: number } | null;

/** What the page's run does, as it is heard. */
export type Spoken =
  | { type: 'phase'; phase: Phase }
  | { type: 'failed'; cause: FailureCause; detail: string; isResumable: boolean }
  /** The worker itself. */
  | { type: 'crashed'; what: string }
  | { type: 'saved'; savedAt: number; place: Place }
  | { type: 'trouble'; kind: SaveTrouble['kind'] }
  /** Of these stages something was told. */
  | { type: 'events'; stages: readonly string[] }
  | Report;

/** A run in the browser's storage, as its last save has it. */
export interface SavedFacts {
  id: string;
  name: string;
  /** null: it was set aside. */
  status: LogPhase | null;
  savedAt: number;
  place: Place;
  eventsTold: number;
  /** Saves that could not be read. */
  damaged: number;
  problem: string | null;
}

export interface PageWindow extends Window {
  Worker: typeof Worker;
  /** Heard in Node. */
  soakHears?: (spoken: string) => void;
  soak: {
    order(order: Order): void;
    /** As a hidden page does. */
    askToSave(): void;
    /** Ends the training worker; `isTold`: the page hears of it. */
    terminate(isTold: boolean): void;
    saved(): Promise<SavedFacts[]>;
    /** All that a run has told. Throws StorageError where it cannot be read. */
    told(id: string): Promise<Told & { problems: readonly string[] }>;
    forget(id: string): Promise<void>;
  };
}
