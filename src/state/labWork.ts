// Works the queue off: one job at a time in the study worker, while no other tab works on it. Pausing leaves the worker where it is; a crash
// fails the job and pauses, and so do two failures in a row; stopping the running job ends the worker. What later visits find is
// labKeptQueue.ts.
import type { BackendChoice } from '../core/config';
import { type Job, jobKey } from '../core/study/job';
import { jobCost } from '../core/study/pace';
import type { StudyResult } from '../core/study/result';
import type { WorkerError } from '../worker/protocol';
import { createStudyClient, type StudyPort } from '../worker/studyClient';
import { createKeptQueue } from './labKeptQueue';
import { type Finished, finishedBefore, secondsLeft } from './labPace';
import { isOpen, isReady, madeRoom, released, withJob, withJobs, withKnown, withOffered, without } from './labQueue';
import type { KeptJob } from './labRecord';
import type { LabResults } from './labResults';
import type { KnownResult, LabActions, Queue, QueuedJob } from './labState';
import type { JobLocks, LabChannel } from './labTabs';
import type { SteadyShelf } from './labTrouble';

export interface LabWorkOptions {
  queue(): Queue;
  setQueue(queue: Queue): void;
  results: LabResults;
  /** All results, by job key. */
  known(): ReadonlyMap<string, KnownResult>;
  shelf: SteadyShelf;
  locks: JobLocks;
  channel: LabChannel;
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
  /** Jobs that an earlier visit left: offered, not begun. Those that another open tab has are its own. */
  offer(kept: readonly KeptJob[]): Promise<void>;
  /** Results have come from elsewhere. */
  noteKnown(): void;
  leaveRoom(leavesRoom: boolean): void;
}

/** Failures in a row after which it is taken that the cause is not in the job. */
const MOST_FAILURES = 2;
const FAILING =
  'Two jobs in a row have failed, so the queue waits: the cause may well fail the others too. See to it, then go on.';

type Outcome =
  | { type: 'result'; result: StudyResult }
  | { type: 'failed' | 'crashed'; error: WorkerError }
  | { type: 'stopped' };

export function createLabWork(options: LabWorkOptions): LabWork {
  const { queue, setQueue, results, shelf, locks, now } = options;
  /** To be computed although there is a result. */
  const again = new Set<string>();
  /** Left by an earlier visit, and not asked for in this one. */
  const offered = new Set<string>();
  const finished: Finished[] = [];
  let earlier = { known: options.known(), finished: [] as Finished[] };
  let failuresInRow = 0;
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
  /** What was computed here before, to tell the time left from; worked out anew only while nothing better is known. */
  const finishedEarlier = (): Finished[] => {
    const known = options.known();
    if (known !== earlier.known && finished.length === 0) earlier = { known, finished: finishedBefore(known) };
    return earlier.finished;
  };
  /** A queue with nothing left is over; one in which all is held is paused. */
  const show = (next: Queue): void => {
    const open = next.jobs.filter(isOpen);
    const goes = open.filter(({ isHeld }) => !isHeld);
    const status = open.length === 0 ? 'idle' : goes.length === 0 ? 'paused' : next.status;
    const counted = status === 'running' ? goes : open;
    const openKeys = new Set(open.map(({ key }) => key));
    const { reason, elsewhere: _, ...rest } = next;
    const elsewhere = [...kept.elsewhere()].filter((key) => !openKeys.has(key)).length;
    setQueue({
      ...{ ...rest, status },
      secondsLeft: status === 'idle' ? null : secondsLeft(counted, finished, activeSeconds(), finishedEarlier()),
      ...(reason !== undefined && status === 'paused' ? { reason } : {}),
      ...(elsewhere > 0 ? { elsewhere } : {}),
    });
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
      failuresInRow = 0;
      const isKept = results.keep([{ result: outcome.result, origin: 'here' }]);
      change(key, { status: 'done', share: 1, doing: '' });
      await isKept;
      await kept.drop([key]);
    } else {
      // The next job gets a worker of its own: what broke this one may have broken the backend.
      client.stop();
      failuresInRow++;
      if (outcome.type === 'crashed') show({ ...queue(), status: 'paused' });
      else if (failuresInRow >= MOST_FAILURES) show({ ...queue(), status: 'paused', reason: FAILING });
      change(key, { status: 'failed', share: 0, doing: '', error: outcome.error });
      // Its record stays: a later visit offers it again.
    }
  };

  const isNext = (key: string): boolean =>
    queue().status === 'running' && queue().jobs.some((queued) => queued.key === key && isReady(queued));

  const noteKnown = (): void => {
    const there = queue().jobs;
    const next = withKnown(queue(), isKnown);
    if (next.jobs === there) return;
    show(next);
    void kept.drop(next.jobs.filter(({ status }, i) => status !== there[i]!.status).map(({ key }) => key));
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
      while (queue().status === 'running') await doNext(queue().jobs.filter(isReady));
    } finally {
      isWorking = false;
    }
  };

  const interrupt = (): void => {
    waiting.abort();
    waiting = new AbortController();
  };

  /** Works on from here, if there is anything to do. */
  const goOn = (next: Queue): void => {
    failuresInRow = 0;
    const { reason: _, ...rest } = next;
    show({ ...rest, status: 'running' });
    if (queue().status !== 'running') return;
    if (current) setClock(true);
    client.resume();
    // Who waits for another tab looks for a job again.
    interrupt();
    void work();
  };

  /** From now on this tab's own: kept for later visits, and neither offered nor dropped by other tabs. */
  const claim = (keys: ReadonlySet<string>): void => {
    for (const key of keys) offered.delete(key);
    const jobs = queue().jobs.filter(({ key, status }) => keys.has(key) && status !== 'done');
    kept.put(jobs.map(({ key, job }) => ({ key, job, again: again.has(key) })));
  };

  /** Offered jobs are what storage says: gone, when another tab has begun or dropped them. */
  const giveUp = (keys: readonly string[]): void => {
    const gone = new Set(keys.filter((key) => offered.delete(key)));
    show(without(queue(), gone));
  };

  const kept = createKeptQueue({
    ...{ shelf, locks, channel: options.channel, today: options.today },
    onTaken: giveUp,
    onDropped(keys) {
      giveUp(keys);
      claim(new Set(keys));
    },
    onLeft: () => void shelf.readJobs().then(offer),
  });

  const offer: LabWork['offer'] = async (read) => {
    const free = await kept.free(read);
    const there = new Set(queue().jobs.flatMap(({ key, status }) => (status === 'done' ? [] : [key])));
    const fresh = free.filter(({ job }) => !there.has(jobKey(job)));
    for (const { job, again: isAgain } of fresh) if (isAgain) again.add(jobKey(job));
    const left = fresh.filter(({ job }) => !isKnown(jobKey(job)));
    void kept.drop(fresh.map(({ job }) => jobKey(job)).filter(isKnown));
    for (const { job } of left) offered.add(jobKey(job));
    const jobs = left.map(({ job }) => job);
    show(jobs.length > 0 ? withOffered(queue(), jobs) : queue());
  };

  const ask = (before: Queue, jobs: readonly Job[], isAgain: boolean): void => {
    const next = withJobs(before, jobs, isAgain ? () => false : isKnown);
    const keys = new Set(jobs.map(jobKey));
    const asked = next.jobs.filter((queued) => keys.has(queued.key) && isOpen(queued));
    const wasOpen = new Set(before.jobs.filter(isOpen).map(({ key }) => key));
    if (isAgain) for (const { key } of asked) if (!wasOpen.has(key)) again.add(key);
    // What is known already is no reason to begin.
    if (asked.length > 0) goOn(next);
    else show(next);
    claim(new Set(asked.map(({ key }) => key)));
  };

  return {
    run: (jobs, { again: isAgain = false } = {}) => ask(madeRoom(queue()), jobs, isAgain),
    pause() {
      if (queue().status !== 'running') return;
      setClock(false);
      client.pause();
      show({ ...queue(), status: 'paused' });
      interrupt();
    },
    resume() {
      if (!queue().jobs.some(isOpen)) return;
      goOn(released(queue()));
      claim(new Set(offered));
    },
    stop(keys) {
      const open = queue().jobs.filter(isOpen);
      const dropped = new Set(keys ?? open.map(({ key }) => key));
      const own = queue().jobs.filter(({ key, status }) => dropped.has(key) && status !== 'done');
      for (const { key } of own) {
        again.delete(key);
        offered.delete(key);
      }
      show(without(queue(), dropped));
      if (current && dropped.has(current.key)) {
        client.stop();
        current.settle({ type: 'stopped' });
      }
      interrupt();
      void kept.drop(own.map(({ key }) => key));
    },
    retry(keys) {
      const failed = queue().jobs.filter(({ key, status }) => keys.includes(key) && status === 'failed');
      const jobs = failed.map(({ job }) => job);
      if (jobs.length > 0) ask(queue(), jobs, false);
    },
    offer,
    noteKnown,
    leaveRoom: client.leaveRoom,
  };
}
