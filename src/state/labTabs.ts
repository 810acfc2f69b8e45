// What the studio's tabs tell each other of the lab, and how no two of them work on one job. Where the browser has neither (a page over
// plain http has no locks), every tab works for itself.

export type LabNews =
  /** A result was kept in the browser's storage. */
  { type: 'lab.kept'; key: string } | { type: 'lab.removed'; keys: readonly string[] };

export interface LabChannel {
  /** To the other tabs. */
  post(news: LabNews): void;
  listen(listener: (news: LabNews) => void): void;
}

const isText = (value: unknown): value is string => typeof value === 'string';

function isNews(data: unknown): data is LabNews {
  if (typeof data !== 'object' || data === null || !('type' in data)) return false;
  if (data.type === 'lab.kept') return 'key' in data && isText(data.key);
  return data.type === 'lab.removed' && 'keys' in data && Array.isArray(data.keys) && data.keys.every(isText);
}

/** The part of BroadcastChannel that is used. */
export interface Broadcast {
  postMessage(message: LabNews): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** null: the browser has no such thing. */
export const labChannel = (broadcast: Broadcast | null): LabChannel => ({
  post: (news) => broadcast?.postMessage(news),
  listen(listener) {
    if (broadcast)
      broadcast.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (isNews(data)) listener(data);
      };
  },
});

export interface JobLocks {
  /** Does `work` while no other tab may work on the job. False: another tab does already, and nothing was done. */
  hold(key: string, work: () => Promise<void>): Promise<boolean>;
  /** Resolves when no tab works on the job (any more), or when the signal says so. */
  released(key: string, signal: AbortSignal): Promise<void>;
}

const PREFIX = 'allo-studio.job.';

/** The part of LockManager that is used. */
export interface Locks {
  request<T>(
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    whileHeld: (lock: object | null) => Promise<T>,
  ): Promise<T>;
}

export const jobLocks = (locks: Locks | undefined): JobLocks => ({
  async hold(key, work) {
    let hasBegun = false;
    const whileHeld = async (lock: object | null): Promise<boolean> => {
      if (!lock) return false;
      hasBegun = true;
      await work();
      return true;
    };
    try {
      return await (locks ? locks.request(PREFIX + key, { ifAvailable: true }, whileHeld) : whileHeld({}));
    } catch (error) {
      if (hasBegun) throw error;
      return whileHeld({});
    }
  },
  async released(key, signal) {
    try {
      await locks?.request(PREFIX + key, { signal }, async () => {});
    } catch {
      // The signal came first, or locks are refused.
    }
  },
});
