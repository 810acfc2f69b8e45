// Timers as they are before a test puts its own in their place: what a rig still has under way when its test is over is no work for those.
const { setTimeout: inTime, setImmediate: inTurn } = globalThis;

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void inTime(resolve, milliseconds));

/** A later task. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void inTurn(resolve));
