// An error of the engine → what happened, what to do next, and the details for an issue report. A run can be restarted with other settings;
// a job of the lab is tried again as it is, so its next steps are others.
import { DeviceLostError, OutOfMemoryError } from '../core/failures';
import { PointError } from '../core/stages/resume/point';
import { StepError } from '../core/stages/trainStep';
import { StorageError, type StorageFailure } from '../storage/storageError';
import type { FailureCause, RunFailure, WorkerError } from './protocol';

type Cause = 'device' | 'memory' | 'file';

/** Errors of browsers and TensorFlow.js, which say it in words alone. Our own say it by their class. */
const FOREIGN: readonly { cause: Cause; pattern: RegExp }[] = [
  { cause: 'device', pattern: /device (was |is )?(lost|destroyed)|GPUDevice.*lost|context lost/i },
  {
    cause: 'memory',
    pattern:
      /out of memory|allocation failed|array buffer allocation|invalid (typed )?array( buffer)? length|createBuffer.*failed|memory access out of bounds|cannot enlarge memory|aborted\((oom|native code called abort)/i,
  },
  { cause: 'file', pattern: /failed to fetch|networkerror|load failed|HTTP \d+/i },
];

function causeOf(error: Error): Cause | null {
  if (error instanceof DeviceLostError) return 'device';
  if (error instanceof OutOfMemoryError) return 'memory';
  return FOREIGN.find(({ pattern }) => pattern.test(error.message))?.cause ?? null;
}

interface Words {
  known: Readonly<Record<Cause, { message: string; next: string }>>;
  /** By name: errors of the core that already say what is wrong with what. */
  next: Readonly<Record<string, string>>;
  otherwise: string;
  /** After a step whose loss or gradients are exactly 0. */
  zeros: string;
}

const DEVICE = 'The GPU device was lost (driver reset, sleep, or another program took it).';
const FILE = 'A file of the studio could not be loaded.';
const STARTER = 'Reload the page without its cache; if that does not help, serve a fresh copy of the studio.';

const OF_RUN: Words = {
  known: {
    device: {
      message: DEVICE,
      next: 'Go on from the last save, or restart the run; if it happens again, choose the WASM backend.',
    },
    memory: {
      message: 'There is not enough memory for this run.',
      next: 'Go on from the last save in smaller parts, or restart with a smaller preset, or fewer tokens per step and prompts.',
    },
    file: { message: FILE, next: 'Check that the page is served completely, then restart the run.' },
  },
  next: {
    ImportError: 'Choose another file; what is loaded stays loaded.',
    FileError: 'Choose another file; what is loaded stays loaded.',
    StarterError: STARTER,
    StepError:
      'Lower the learning rate, β or the weight decay, and restart; what is shown stays, and that update changed no weight.',
    NonFiniteDeltaError: 'Lower the warm-up learning rate and restart.',
    DeviceRefusedError: 'Go on from the last save, or restart; if it happens again, choose the WASM backend.',
    SelfCheckError: 'Update the browser and reload the page.',
    PointError: 'What the run told until then can be looked at; to train, start it again.',
    PointRefused: 'The run goes on, and its last good save stays.',
  },
  otherwise: 'Change the settings named above, or restart; nothing already shown is lost.',
  zeros: 'Go on from the last save on another backend; if it happens there too, lower the learning rate or β.',
};

const OF_STUDY: Words = {
  known: {
    device: {
      message: DEVICE,
      next: 'Try the job again; if it happens again, choose the WASM backend in the settings of a run, which the lab’s jobs follow.',
    },
    memory: {
      message: 'There is not enough memory for this job.',
      next: 'Close other tabs and programs and try the job again, or run the experiment at the Tiny size.',
    },
    file: { message: FILE, next: 'Check that the page is served completely, then try the job again.' },
  },
  next: {
    StarterError: `${STARTER} Then try the job again.`,
    StepError: 'The job’s settings make its numbers overflow; drop it, or run its experiment on another seed.',
    NonFiniteDeltaError:
      'The job’s settings make its numbers overflow; drop it, or run its experiment on another seed.',
    DeviceRefusedError: 'Try the job again; if it happens again, choose the WASM backend in the settings of a run.',
    SelfCheckError: 'Update the browser and reload the page, then try the job again.',
  },
  otherwise: 'Try the job again, or drop it; finished results stay.',
  zeros: 'Try the job again on the WASM backend, which the settings of a run choose, or drop it.',
};

/** The device is doubted, not the settings. */
const isZeroFault = (error: Error): boolean =>
  error instanceof StepError && (error.problem === 'zero loss' || error.problem === 'zero gradients');

const hasNext = (error: Error): error is Error & { next: string } => 'next' in error && typeof error.next === 'string';

function explain(thrown: unknown, words: Words): WorkerError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const detail = error.stack ?? `${error.name}: ${error.message}`;
  if (hasNext(error)) return { message: error.message, next: error.next, detail };
  if (isZeroFault(error)) return { message: error.message, next: words.zeros, detail };
  const ownNext = words.next[error.name];
  if (ownNext) return { message: error.message, next: ownNext, detail };
  const cause = causeOf(error);
  if (cause) {
    const { message, next } = words.known[cause];
    return { message: `${message} (${error.message})`, next, detail };
  }
  return { message: error.message || 'The engine stopped without a reason.', next: words.otherwise, detail };
}

/** Of a run. Never throws. An error that carries its own `next` is taken at its word. */
export const explainError = (thrown: unknown): WorkerError => explain(thrown, OF_RUN);

const CAUSES: Readonly<Record<Cause, FailureCause>> = {
  device: 'device lost',
  memory: 'out of memory',
  file: 'file',
};

/** Errors of ours that are one cause alone. */
const CAUSE_OF_NAME: Readonly<Record<string, FailureCause>> = {
  NonFiniteDeltaError: 'not finite',
  SelfCheckError: 'self-check',
  ...{ StarterError: 'file', FileError: 'file', ImportError: 'file', SourceMissing: 'file' },
};

const CAUSE_OF_STORAGE: Readonly<Record<StorageFailure, FailureCause>> = {
  ...{
    full: 'storage',
    refused: 'storage',
    damaged: 'damaged save',
    gone: 'damaged save',
    busy: 'other',
    hangs: 'storage',
  },
};

function failureCause(error: Error): FailureCause {
  if (error instanceof StepError) return error.problem;
  if (error instanceof StorageError) return CAUSE_OF_STORAGE[error.kind];
  if (error instanceof PointError) return error.problem === 'other run' ? 'other' : 'damaged save';
  const own = CAUSE_OF_NAME[error.name];
  if (own) return own;
  const found = causeOf(error);
  return found ? CAUSES[found] : 'other';
}

/** What ended a run. Never throws. */
export function explainFailure(thrown: unknown): RunFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const needs = 'needs' in error && (error.needs === 'model' || error.needs === 'data') ? error.needs : null;
  return { ...explainError(error), cause: failureCause(error), ...(needs && { needs }) };
}

/** Of a job of the lab, in the same way. */
export const explainJobError = (thrown: unknown): WorkerError => explain(thrown, OF_STUDY);
