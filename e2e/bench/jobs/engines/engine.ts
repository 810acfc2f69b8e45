// What the bench asks of an engine. An engine is one file that knows one library.
import type { Batch } from '../data';

export interface Trainer {
  /** One training step: forward, backward, Adam. Resolves with the loss before the update. */
  step(batch: Batch): Promise<number>;
  /** Resolves when the device has done everything asked of it. */
  settle(): Promise<void>;
  /** The loss without a step. */
  loss(batch: Batch): Promise<number>;
  adapter: string | null;
  /** Bytes the engine itself reports; null where they are counted from outside. */
  peakBytes: (() => number) | null;
}

/** Products of one size: `run` starts one, `settle` waits for all of them. */
export interface Products {
  run(): void;
  settle(): Promise<void>;
}
