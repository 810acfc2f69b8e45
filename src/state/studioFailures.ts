// What the studio itself says when something cannot be done: what happened, and what to do next.
import type { WorkerError } from '../worker/protocol';
import { RequestError } from '../worker/trainerClient';

export const toError = (thrown: unknown): WorkerError => {
  if (thrown instanceof RequestError) return { message: thrown.message, next: thrown.next, detail: thrown.detail };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { message, next: 'Reload the page.', detail: message };
};

/** The sentence is all there is to report. */
const told = (message: string, next: string): WorkerError => ({ message, next, detail: message });

export const NO_MODEL = told('No model is open yet.', 'Open a model’s folder, or choose the built-in one.');
export const NO_DATA = told(
  'There is no data for this model: the built-in tasks have words of their own, which it does not know.',
  'Choose a data file, or go back to the studio’s own models.',
);
export const OTHER_TOKENS = told('The data file is not in this model’s tokens.', 'Choose the data file again.');
