// Works the queue off: one job at a time in the study worker, while no other tab works on it. Pausing leaves the worker where it is; a crash
// fails the job and pauses; stopping ends the worker.
import type { BackendChoice } from '../core/config';
import { type Job, jobKey } from '../core/study/job';
import { jobCost } from '../core/study/pace';
import type { StudyResult } from '../core/study/result';
import type { WorkerError } from '../worker/protocol';
import { createStudyClient, type StudyPort } from '../worker/studyClient';
import { type Finished, secondsLeft } from './labPace';
import { isOpen, stopped, withJob, withJobs, withKnown } from './labQueue';
import type { KeptJob } from './labRecord';
import type { LabResults } from './labResults';
import type { LabActions, Queue, QueuedJob } from './labState';
import type { JobLocks } from './labTabs';
import type { SteadyShelf } from './labTrouble';

export interface LabWorkOptions {
  queue(): Queue;
  setQueue(queue: Queue): void;
  results: LabResults;
  shelf: SteadyShelf;
  locks: JobLocks;
  createWorker(): StudyPort;
  /** What jobs are computed on; no part of what they are. */
  backend(): BackendChoice;
  /** Milliseconds: of a steady clock, and of the day (for the places of kept jobs). */
  now(): number;
  today(): number;
  /** What is known is loaded: before that no job is begun. */
  ready: Promise<void>;
}

export interface LabWork extends Pick<LabActions, 'run' | 'pause' | 'resume' | 'stop' | 'retry'> {
  /** Jobs that an earlier visit left: offered, not begun. */
  offer(kept: readonly KeptJob[]): void;
  /** Results have come from elsewhere. */
  noteKnown(): void;
  leaveRoom(leavesRoom: boolean): void;
}

type Outcome =
  | { type: 'result'; result: StudyResult }
  | { type: 'failed' | 'crashed'; error: WorkerError }
  | { type: 'stopped' };

export function createLabWork(options: LabWorkOptions): LabWork {
  const { queue, setQueue, results, shelf, locks, now } = options;
  /** To be computed although there is a result. */
  const again = new Set<string>();
  const finished: Finished[] = [];
  let current: { key: string; settle(outcome: Outcome): void } | null = null;
  let isWorking = false;
  /** For how long the current job has been worked on, without pauses. */
  let clock = { ms: 0, since: null as number | null };
  let waiting = new AbortController();

  const activeSeconds = (): number => (clock.ms + (clock.since === null ? 0 : now() - clock.since)) / 1000;
  const setClock = (isRunning: boolean): void => {
    clock = { ms: 1000 * activeSeconds(), since: isRunning ? now() : null };
  };
  const isKnown = (key: string): boolean => !again.has(key) && results.has(key);
  /** A queue with nothing left is over. */
  const show = (next: Queue): void => {
    const isOver = next.status === 'idle' || !next.jobs.some(isOpen);
    if (isOver) setQueue({ ...next, status: 'idle', secondsLeft: null });
    else setQueue({ ...next, secondsLeft: secondsLeft(next.jobs, finished, activeSeconds()) });
  };
  const change = (key: string, to: Partial<QueuedJob>): void => show(withJob(queue(), key, to));

  const client = createStudyClient(options.createWorker, {
    onProgress(key, share, label) {
      if (current?.key === key) change(key, { share, doing: label });
    },
    onResult: (key, result) => current?.key === key && current.settle({ type: 'result', result }),
    onFailed: (key, error) => current?.key === key && current.settle({ type: 'failed', error }),
    onIdle() {},
    onCrash: (error) => current?.settle({ type: 'crashed', error }),
  });

  const compute = (key: string, job: Job): Promise<Outcome> => {
    clock = { ms: 0, since: now() };
    change(key, { status: 'running', share: 0, doing: 'starting' });
    return new Promise<Outcome>((settle) => {
      current = { key, settle };
      client.run([{ ...job, config: { ...job.config, backend: options.backend() } }]);
    }).finally(() => {
      current = null;
    });
  };

  const takeOutcome = async ({ key, job }: QueuedJob, outcome: Outcome): Promise<void> => {
    if (outcome.type === 'stopped') return;
    if (outcome.type === 'result') {
      const { kind, config } = job;
      finished.push({ kind, preset: config.preset, cost: jobCost(job), seconds: activeSeconds() });
      again.delete(key);
      const kept = results.keep([{ result: outcome.result, origin: 'here' }]);
      change(key, { status: 'done', share: 1, doing: '' });
      await kept;
    } else {
      // The next job gets a worker of its own: what broke this one may have broken the backend.
      client.stop();
      if (outcome.type === 'crashed') show({ ...queue(), status: 'paused' });
      change(key, { status: 'failed', share: 0, doing: '', error: outcome.error });
    }
    await shelf.unqueue([key]);
  };

  const isNext = (key: string): boolean =>
    queue().status === 'running' && queue().jobs.some((queued) => queued.key === key && queued.status === 'waiting');

  const noteKnown = (): void => {
    const before = queue().jobs;
    const next = withKnown(queue(), isKnown);
    if (next.jobs === before) return;
    show(next);
    void shelf.unqueue(next.jobs.filter(({ status }, i) => status !== before[i]!.status).map(({ key }) => key));
  };

  /** While no other tab may. */
  const doJob = async (queued: QueuedJob): Promise<void> => {
    const { key, job } = queued;
    if (!again.has(key) && (await results.lookUp(key))) noteKnown();
    else if (isNext(key)) await takeOutcome(queued, await compute(key, job));
  };

  /** The first that no other tab works on; where there is none, waits for one. */
  const doNext = async (jobs: readonly QueuedJob[]): Promise<void> => {
    for (const queued of jobs) {
      if (!isNext(queued.key)) return;
      if (await locks.hold(queued.key, () => doJob(queued))) return;
      change(queued.key, { doing: 'another tab works on it' });
    }
    await locks.released(jobs[0]!.key, waiting.signal);
  };

  const work = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    try {
      await options.ready;
      while (queue().status === 'running') await doNext(queue().jobs.filter(({ status }) => status === 'waiting'));
    } finally {
      isWorking = false;
    }
  };

  /** Works on from here, if there is anything to do. */
  const goOn = (): void => {
    show({ ...queue(), status: 'running' });
    if (queue().status === 'idle') return;
    if (current) setClock(true);
    client.resume();
    void work();
  };

  const interrupt = (): void => {
    waiting.abort();
    waiting = new AbortController();
  };

  const keepQueued = (keys: ReadonlySet<string>): void => {
    const at = options.today();
    const jobs = queue().jobs.filter(({ key, status }) => keys.has(key) && status === 'waiting');
    if (jobs.length > 0)
      void shelf.queue(jobs.map(({ key, job }, index) => ({ key, kept: { job, at, index, again: again.has(key) } })));
  };

  return {
    run(jobs, { again: isAgain = false } = {}) {
      const before = new Set(
        queue()
          .jobs.filter(isOpen)
          .map(({ key }) => key),
      );
      const next = withJobs(queue(), jobs, isAgain ? () => false : isKnown);
      const added = new Set(
        next.jobs.filter((queued) => isOpen(queued) && !before.has(queued.key)).map(({ key }) => key),
      );
      if (isAgain) for (const key of added) again.add(key);
      setQueue(next);
      keepQueued(added);
      goOn();
    },
    pause() {
      if (queue().status !== 'running') return;
      setClock(false);
      client.pause();
      show({ ...queue(), status: 'paused' });
      interrupt();
    },
    resume() {
      if (queue().status === 'paused') goOn();
    },
    stop() {
      const open = queue()
        .jobs.filter(isOpen)
        .map(({ key }) => key);
      client.stop();
      setQueue(stopped(queue()));
      again.clear();
      interrupt();
      current?.settle({ type: 'stopped' });
      if (open.length > 0) void shelf.unqueue(open);
    },
    retry(key) {
      if (!queue().jobs.some((queued) => queued.key === key && queued.status === 'failed')) return;
      change(key, { status: 'waiting', error: null });
      keepQueued(new Set([key]));
      if (queue().status === 'idle') goOn();
    },
    offer(kept) {
      for (const { job, again: isAgain } of kept) if (isAgain) again.add(jobKey(job));
      const keys = kept.map(({ job }) => jobKey(job));
      const left = kept.filter((_, i) => !isKnown(keys[i]!)).map(({ job }) => job);
      void shelf.unqueue(keys.filter(isKnown));
      if (left.length === 0) return;
      const next = withJobs(queue(), left, isKnown);
      show({ ...next, status: queue().status === 'idle' ? 'paused' : queue().status });
    },
    noteKnown,
    leaveRoom: client.leaveRoom,
  };
}
