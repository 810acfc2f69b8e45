// A lab on a made-up worker, shelf and clock: jobs end when the test says so. `world` is what tabs of one browser share.
import { presetConfig } from '../core/presets';
import { ENGINE_VERSION, type Job, jobKey } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { createLab, type LabSurroundings } from '../state/lab';
import { FIRST_LAB } from '../state/labAddress';
import { openLabShelf } from '../state/labShelf';
import type { LabChoice } from '../state/labState';
import { type Broadcast, jobLocks, type LabNews, type Locks, labChannel } from '../state/labTabs';
import type { StudyPort } from '../worker/studyClient';
import type { StudyCommand } from '../worker/studyProtocol';
import { resultOf } from './studyWorld';

export const jobOf = (seed: number, changes = {}): Job => ({
  kind: 'arm',
  config: { ...presetConfig('tiny', 'math', 'dpo-top10'), seed, ...changes },
  split: 'held-out',
});
export const keyOf = (seed: number): string => jobKey(jobOf(seed));
export const foundOf = (seed: number, accuracy = 60): StudyResult =>
  resultOf(jobOf(seed), { 'DPO, top 10 %': { accuracy } });

/** Several rounds of the event loop: storage, locks and messages have settled. */
export async function settled(rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise((resolve) => setTimeout(resolve));
}

export const recordedFiles =
  (results: readonly StudyResult[], engine = ENGINE_VERSION) =>
  async (name: string): Promise<string> =>
    name === 'manifest.json'
      ? JSON.stringify({ version: 1, engine })
      : results.map((result) => `${JSON.stringify(result)}\n`).join('');

export const noFiles = async (name: string): Promise<string> => {
  throw new Error(`HTTP 500 for study/${name}.`);
};

/** Locks and messages of one browser. */
export function createTabs() {
  const held = new Map<string, Promise<unknown>>();
  const listeners: Broadcast[] = [];
  const locks: Locks = {
    query: async () => ({ held: [...held.keys()].map((name) => ({ name })) }),
    async request(name, { ifAvailable, signal }, whileHeld) {
      while (held.has(name)) {
        if (ifAvailable) return whileHeld(null);
        const aborted = new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        });
        await Promise.race([held.get(name), aborted]);
      }
      const work = whileHeld({}).finally(() => held.delete(name));
      held.set(
        name,
        work.catch(() => {}),
      );
      return work;
    },
  };
  /** Of one tab, until it is closed: then all that it holds is free, and it gets nothing more. */
  const locksOfTab = (closed: Promise<void>): Locks => {
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    return {
      query: locks.query,
      request: (name, options, whileHeld) =>
        isClosed
          ? new Promise(() => {})
          : locks.request(name, options, (lock) =>
              lock ? Promise.race([whileHeld(lock), closed.then(() => undefined as never)]) : whileHeld(lock),
            ),
    };
  };
  const open = (): Broadcast => {
    const own: Broadcast = {
      onmessage: null,
      postMessage(message: LabNews) {
        for (const other of listeners)
          if (other !== own) setTimeout(() => other.onmessage?.({ data: structuredClone(message) } as MessageEvent));
      },
    };
    listeners.push(own);
    return own;
  };
  return { locksOfTab, open };
}

/** One tab. */
export function setupLab(changes: Partial<LabSurroundings> = {}, tabs = createTabs()) {
  const ports: (StudyPort & { sent: StudyCommand[]; isEnded: boolean })[] = [];
  const choices: LabChoice[] = [];
  const clock = { ms: 0 };
  const broadcast = tabs.open();
  let closeTab = (): void => {};
  const closed = new Promise<void>((resolve) => {
    closeTab = resolve;
  });
  const lab = createLab({
    createWorker: () => {
      const port = {
        ...{ sent: [] as StudyCommand[], isEnded: false, onmessage: null, onerror: null, onmessageerror: null },
        postMessage(message: StudyCommand) {
          this.sent.push(message);
        },
        terminate() {
          this.isEnded = true;
        },
      };
      ports.push(port);
      return port;
    },
    openShelf: () => openLabShelf('allo-studio'),
    fetchStudyFile: noFiles,
    locks: jobLocks(tabs.locksOfTab(closed)),
    channel: labChannel(broadcast),
    backend: () => 'wasm',
    now: () => clock.ms,
    today: () => 1000,
    choice: FIRST_LAB,
    onChoice: (choice) => choices.push(choice),
    ...changes,
  });
  const say = (data: unknown): void => ports.at(-1)!.onmessage!({ data } as MessageEvent);
  return {
    ...{ lab, ports, choices, clock },
    state: () => lab.store.getState(),
    /** “1 done”, “2 running”, by seed. */
    jobs: () => lab.store.getState().queue.jobs.map(({ job, status }) => `${job.config.seed} ${status}`),
    status: () => lab.store.getState().queue.status,
    /** Seeds that workers were asked to compute, in order. */
    asked: () =>
      ports.flatMap(({ sent }) =>
        sent.flatMap((command) => (command.type === 'study.run' ? command.jobs.map(({ config }) => config.seed) : [])),
      ),
    progress: (seed: number, share: number) =>
      say({ type: 'study.progress', key: keyOf(seed), share, label: 'improving' }),
    finish: async (seed: number, accuracy?: number) => {
      say({ type: 'study.result', key: keyOf(seed), result: foundOf(seed, accuracy) });
      await settled();
    },
    fail: async (seed: number) => {
      const error = { message: 'No backend works here.', next: 'Reload.', detail: '' };
      say({ type: 'study.failed', key: keyOf(seed), error });
      await settled();
    },
    close: async () => {
      broadcast.onmessage = null;
      closeTab();
      await settled();
    },
    crash: async () => {
      ports.at(-1)!.onerror!({ message: 'boom' } as ErrorEvent);
      await settled();
    },
  };
}

export const jobsOf = (...seeds: number[]): Job[] => seeds.map((seed) => jobOf(seed));
/** Of the seed's kept arm on math; null without one. */
export const accuracyOf = (t: ReturnType<typeof setupLab>, seed: number): number | null => {
  const result = t.state().results.get(keyOf(seed))?.result;
  return result?.kind === 'arm' ? result.after.families.math!.greedy : null;
};
