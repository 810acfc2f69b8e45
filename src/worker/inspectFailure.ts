// What the inspect worker could not do, as the page is told. What the files' readers throw keeps its words.
import { FileError } from '../core/files/byteSource';
import { NonFiniteDeltaError } from '../core/masks/deltas';
import type { InspectFailure } from './inspectProtocol';

/** The request was told to stop, or what it was about has been closed. */
export class CancelledError extends Error {}

/** Something else has to be asked first. */
export class OrderError extends Error {}

/** What was asked cannot be told of checkpoints in files. */
export class RefusedError extends Error {}

export function failureOf(error: unknown): InspectFailure {
  const message = error instanceof Error ? error.message : String(error);
  const plain = (kind: InspectFailure['kind']): InspectFailure => ({ kind, message, file: null, where: null });
  if (error instanceof FileError) return { kind: 'file', message, file: error.file, where: error.where };
  if (error instanceof CancelledError) return plain('cancelled');
  if (error instanceof OrderError) return plain('order');
  // Sizes, bands and places are checked before anything is read; what they say is fit to be shown.
  if (error instanceof RefusedError || error instanceof RangeError) return plain('refused');
  if (error instanceof NonFiniteDeltaError) {
    const next = 'Choose checkpoints that were saved before training diverged.';
    return { kind: 'values', message: `${message} ${next}`, file: null, where: error.tensor };
  }
  return plain('internal');
}
