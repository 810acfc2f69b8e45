// The study worker's life without the worker: works a list of jobs off one by one, paused by not asking for the next unit of work.
// Knows neither postMessage nor TensorFlow.js: the border (study.worker.ts) hands in `post` and the engine.
import { type Job, jobKey } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import type { StudyTick } from '../core/study/ticks';
import { explainJobError } from './explainError';
import { assertNever } from './protocol';
import type { StudyCommand, StudyMessage } from './studyProtocol';

/** One small unit of work per `next()`; `return()` frees everything. */
export type StudyWork = AsyncGenerator<Extract<StudyTick, { type: 'progress' }>, StudyResult>;

export interface StudyEngine {
  leaveRoom(leavesRoom: boolean): void;
  /** Rejects where no backend works. */
  begin(job: Job): Promise<StudyWork>;
  /** After a failure: nothing that was prepared is trusted any more. */
  forget(): void;
}

export interface StudySessionOptions {
  engine: StudyEngine;
  post(message: StudyMessage): void;
  /** Lets waiting messages in; resolves in a later task. */
  yieldToMessages(): Promise<void>;
  /** Resolves after so many milliseconds. */
  rest(ms: number): Promise<void>;
  now(): number;
}

export interface StudySession {
  handle(command: StudyCommand): void;
}

interface Task {
  key: string;
  job: Job;
  /** Begun and not ended: where a pause leaves it. */
  work: StudyWork | null;
  isDropped: boolean;
}

/** Milliseconds between two messages of progress. */
const PROGRESS_MS = 100;
/** The longest rest after a unit of work, ms, as in session.ts. */
const LONGEST_REST = 400;

/** Takes commands in order, answers through `post`. Never throws; every error becomes a message. */
export function createStudySession({ engine, post, yieldToMessages, rest, now }: StudySessionOptions): StudySession {
  let tasks: Task[] = [];
  let isPaused = false;
  let isWorking = false;
  let leavesRoom = false;
  let toldAt = Number.NEGATIVE_INFINITY;

  const tell = (key: string, share: number, label: string): void => {
    if (now() - toldAt < PROGRESS_MS) return;
    toldAt = now();
    post({ type: 'study.progress', key, share, label });
  };

  /** Until the task has ended, somebody pauses or drops it. True: it has ended. */
  const advance = async (task: Task): Promise<boolean> => {
    task.work ??= await engine.begin(task.job);
    while (!isPaused && !task.isDropped) {
      const began = now();
      const { done, value } = await task.work.next();
      if (task.isDropped) break;
      if (done) {
        post({ type: 'study.result', key: task.key, result: value });
        return true;
      }
      tell(task.key, value.share, value.label);
      if (leavesRoom) await rest(Math.min(now() - began, LONGEST_REST));
      else await yieldToMessages();
    }
    return false;
  };

  const workOn = async (task: Task): Promise<void> => {
    try {
      if (!task.work) {
        toldAt = Number.NEGATIVE_INFINITY;
        tell(task.key, 0, 'starting');
      }
      const hasEnded = await advance(task);
      if (task.isDropped) await task.work?.return(undefined as never);
      if (hasEnded) tasks = tasks.filter((other) => other !== task);
    } catch (error) {
      tasks = tasks.filter((other) => other !== task);
      engine.forget();
      if (!task.isDropped) post({ type: 'study.failed', key: task.key, error: explainJobError(error) });
    }
  };

  /** Engine work never overlaps: backends and tensors are one global thing. */
  const wake = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    while (tasks[0] && !isPaused) await workOn(tasks[0]);
    isWorking = false;
    if (tasks.length === 0) post({ type: 'study.idle' });
  };

  const add = (jobs: readonly Job[]): void => {
    for (const job of jobs) {
      const key = jobKey(job);
      if (!tasks.some((task) => task.key === key)) tasks.push({ key, job, work: null, isDropped: false });
    }
    void wake();
  };

  const stop = (): void => {
    const [first] = tasks;
    tasks = [];
    isPaused = false;
    if (!first) return;
    first.isDropped = true;
    // Nobody is at work on one that rests: it is left here.
    if (isWorking) return;
    isWorking = true;
    void (async () => {
      try {
        await first.work?.return(undefined as never);
      } catch {
        engine.forget();
      }
      isWorking = false;
      void wake();
    })();
  };

  return {
    handle(command) {
      switch (command.type) {
        case 'study.run':
          add(command.jobs);
          break;
        case 'study.pause':
          isPaused = true;
          break;
        case 'study.resume':
          isPaused = false;
          void wake();
          break;
        case 'study.stop':
          stop();
          break;
        case 'study.room':
          leavesRoom = command.leavesRoom;
          engine.leaveRoom(leavesRoom);
          break;
        default:
          assertNever(command);
      }
    },
  };
}
