// Errors of the core that say why nothing can go on: whoever runs something tells them apart by class, not by words. What a step measured that
// cannot be is `StepError` (stages/trainStep.ts).

/** The device that computes is gone, and all that was on it. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
  constructor(
    /** As WebGPU says it: 'destroyed', or 'unknown' for all else. */
    readonly reason: string,
    /** In the driver's words; may be empty. */
    what: string,
  ) {
    super(`The GPU device was lost (${[reason, what].filter(Boolean).join(': ')}).`);
  }
}

/** Memory that was asked for is not there. What was made before it stays as it is. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}

/** The device refused a command, so what it computes from there on are not the numbers that were asked for. */
export class DeviceRefusedError extends Error {
  override readonly name = 'DeviceRefusedError';
  constructor(what: string) {
    super(`The graphics device refused a command: ${what}`);
  }
}

/** No backend is left: all are missing, do not start, or compute wrong numbers. */
export class SelfCheckError extends Error {
  override readonly name = 'SelfCheckError';
}

/** What a backend throws by whom all further work on it is in vain. */
export type DeviceTrouble = DeviceLostError | OutOfMemoryError | DeviceRefusedError;

/** Does it end whatever runs, so that nobody on the way may make do without what failed? */
export const endsEverything = (error: unknown): error is DeviceTrouble =>
  error instanceof DeviceLostError || error instanceof OutOfMemoryError || error instanceof DeviceRefusedError;
