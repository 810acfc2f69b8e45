// What the studio itself says when something cannot be done: what happened, and what to do next.
import type { WorkerError } from '../worker/protocol';
import { RequestError } from '../worker/trainerClient';

export const toError = (thrown: unknown): WorkerError => {
  if (thrown instanceof RequestError) return { message: thrown.message, next: thrown.next, detail: thrown.detail };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { message, next: 'Reload the page.', detail: message };
};

export const NO_MODEL: WorkerError = {
  message: 'No model is open yet.',
  next: 'Open a model’s folder, or choose the built-in one.',
  detail: 'No model is open yet.',
};
export const NO_DATA: WorkerError = {
  message: 'There is no data for this model: the built-in tasks have words of their own, which it does not know.',
  next: 'Choose a data file, or go back to the studio’s own models.',
  detail: 'A brought model without a data file.',
};
export const OTHER_TOKENS: WorkerError = {
  message: 'The data file is not in this model’s tokens.',
  next: 'Choose the data file again.',
  detail: 'The data were read with another tokenizer.',
};
