// How much of an imported file is read at most.

export const MAX_FILE_BYTES = 64 * 1024 * 1024;
export const MAX_LINE_BYTES = 1024 * 1024;
export const MAX_LINES = 200_000;
export const MAX_KEPT_PROBLEMS = 200;
