// What the studio's tabs tell each other of the lab, how no two of them work on one job, and which of them are open. Where the browser has
// none of that (a page over plain http has no locks), every tab works for itself.

export type LabNews =
  /** Results were kept in the browser's storage, or removed from it. */
  | { type: 'lab.kept' | 'lab.removed'; keys: readonly string[] }
  /** Jobs came to a tab's queue, or left it for good. */
  | { type: 'lab.queued' | 'lab.unqueued'; keys: readonly string[]; tab: string };

export interface LabChannel {
  /** To the other tabs. */
  post(news: LabNews): void;
  listen(listener: (news: LabNews) => void): void;
}

const isText = (value: unknown): value is string => typeof value === 'string';

function isNews(data: unknown): data is LabNews {
  if (typeof data !== 'object' || data === null || !('type' in data && 'keys' in data)) return false;
  if (!Array.isArray(data.keys) || !data.keys.every(isText)) return false;
  if (data.type === 'lab.kept' || data.type === 'lab.removed') return true;
  return (data.type === 'lab.queued' || data.type === 'lab.unqueued') && 'tab' in data && isText(data.tab);
}

/** The part of BroadcastChannel that is used. */
export interface Broadcast {
  postMessage(message: LabNews): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** null: the browser has no such thing. */
export function labChannel(broadcast: Broadcast | null): LabChannel {
  const listeners: ((news: LabNews) => void)[] = [];
  if (broadcast)
    broadcast.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isNews(data)) for (const listener of listeners) listener(data);
    };
  return {
    post: (news) => broadcast?.postMessage(news),
    listen: (listener) => void listeners.push(listener),
  };
}

export interface JobLocks {
  /** Does `work` while no other tab may work on the job. False: another tab does already, and nothing was done. */
  hold(key: string, work: () => Promise<void>): Promise<boolean>;
  /** Resolves when no tab works on the job (any more), or when the signal says so. */
  released(key: string, signal: AbortSignal): Promise<void>;
  /** This tab's name, for the others. */
  readonly tab: string;
  /** From now on the others can see that this tab is open. */
  announce(): void;
  /** Announced tabs, without this one. */
  others(): Promise<ReadonlySet<string>>;
  /** Resolves when the announced tab is closed; false: that cannot be known. */
  closed(tab: string): Promise<boolean>;
}

const JOB = 'allo-studio.job.';
const TAB = 'allo-studio.tab.';

/** The part of LockManager that is used. */
export interface Locks {
  request<T>(
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    whileHeld: (lock: object | null) => Promise<T>,
  ): Promise<T>;
  query(): Promise<{ held?: readonly { name?: string }[] }>;
}

const newTab = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export function jobLocks(locks: Locks | undefined): JobLocks {
  const tab = newTab();
  let isAnnounced = false;
  return {
    tab,
    async hold(key, work) {
      let hasBegun = false;
      const whileHeld = async (lock: object | null): Promise<boolean> => {
        if (!lock) return false;
        hasBegun = true;
        await work();
        return true;
      };
      try {
        return await (locks ? locks.request(JOB + key, { ifAvailable: true }, whileHeld) : whileHeld({}));
      } catch (error) {
        if (hasBegun) throw error;
        return whileHeld({});
      }
    },
    async released(key, signal) {
      try {
        await locks?.request(JOB + key, { signal }, async () => {});
      } catch {
        // The signal came first, or locks are refused.
      }
    },
    announce() {
      if (isAnnounced) return;
      isAnnounced = true;
      // Held until the page goes. Where locks are refused, the others take this tab for closed.
      locks?.request(TAB + tab, {}, () => new Promise<void>(() => {})).catch(() => {});
    },
    async others() {
      try {
        const { held = [] } = (await locks?.query()) ?? {};
        const tabs = held.flatMap(({ name }) => (name?.startsWith(TAB) ? [name.slice(TAB.length)] : []));
        return new Set(tabs.filter((other) => other !== tab));
      } catch {
        return new Set();
      }
    },
    async closed(other) {
      try {
        await locks?.request(TAB + other, {}, async () => {});
        return locks !== undefined;
      } catch {
        return false;
      }
    },
  };
}
