// Where a command writes: made and tried before the work, so that a path that cannot be written costs nothing.
import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';

const refusal = (option: string, path: string, error: unknown): Error =>
  new Error(
    `${option}: “${path}” cannot be written (${error instanceof Error ? error.message : error}). Name another.`,
  );

/** Makes the folder where it is not there. Throws Error naming the option where it cannot be made or written into. */
export function prepareFolder(option: string, path: string): void {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw refusal(option, path, error);
  }
}

/** Makes an empty file where there is none. Throws Error naming the option where that is not possible. */
export function prepareFile(option: string, path: string): void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw refusal(option, path, error);
  }
}
