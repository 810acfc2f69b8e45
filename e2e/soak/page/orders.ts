// What the soak's page asks of the code it has put into the training worker, and what that says. By a BroadcastChannel, beside the studio's own messages.

/** How an access to the storage fails: no room, a file that cannot be read, a transaction that is aborted on its way, a write that is cut off. */
export type Fault = 'quota' | 'unreadable' | 'abort' | 'short';

export type Order =
  | { type: 'hold'; access: number; isDone: boolean }
  | { type: 'fail'; access: number; count: number; fault: Fault }
  | { type: 'crash'; how: 'exception' | 'trap' | 'memory' | 'silence' }
  | { type: 'loseDevice' };

/** `held`: a save stands still now. `failed access`: one has failed as ordered. */
export type Report = { type: 'held'; what: string } | { type: 'failed access'; what: string };

export const CHANNEL = 'soak';
/** So long a save is held at most, ms. */
export const LONGEST_HOLD = 4000;
