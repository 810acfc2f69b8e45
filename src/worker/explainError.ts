// An error of the engine → what happened, what to do next, and the details for an issue report. A run can be restarted with other settings;
// a job of the lab is tried again as it is, so its next steps are others.
import type { FailureCause, RunFailure, WorkerError } from './protocol';

type Cause = 'device' | 'memory' | 'file';

const CAUSES: readonly { cause: Cause; pattern: RegExp }[] = [
  { cause: 'device', pattern: /device (was |is )?lost|GPUDevice.*lost|context lost/i },
  {
    cause: 'memory',
    pattern:
      /out of memory|allocation failed|Array buffer allocation|createBuffer.*failed|memory access out of bounds/i,
  },
  { cause: 'file', pattern: /failed to fetch|networkerror|load failed|HTTP \d+/i },
];

interface Words {
  known: Readonly<Record<Cause, { message: string; next: string }>>;
  /** By name: errors of the core that already say what is wrong with what. */
  next: Readonly<Record<string, string>>;
  otherwise: string;
}

const DEVICE = 'The GPU device was lost (driver reset, sleep, or another program took it).';
const FILE = 'A file of the studio could not be loaded.';
const STARTER = 'Reload the page without its cache; if that does not help, serve a fresh copy of the studio.';

const OF_RUN: Words = {
  known: {
    device: { message: DEVICE, next: 'Restart the run; if it happens again, choose the WASM backend.' },
    memory: {
      message: 'There is not enough memory for this run.',
      next: 'Use a smaller preset, or fewer tokens per step and prompts, and restart.',
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
    PointError: 'What the run told until then can be looked at; to train, start it again.',
    PointRefused: 'The run goes on, and its last good save stays.',
  },
  otherwise: 'Change the settings named above, or restart; nothing already shown is lost.',
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
  },
  otherwise: 'Try the job again, or drop it; finished results stay.',
};

const hasNext = (error: Error): error is Error & { next: string } => 'next' in error && typeof error.next === 'string';

function explain(thrown: unknown, words: Words): WorkerError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const detail = error.stack ?? `${error.name}: ${error.message}`;
  if (hasNext(error)) return { message: error.message, next: error.next, detail };
  const ownNext = words.next[error.name];
  if (ownNext) return { message: error.message, next: ownNext, detail };
  const cause = CAUSES.find(({ pattern }) => pattern.test(error.message))?.cause;
  if (cause) {
    const { message, next } = words.known[cause];
    return { message: `${message} (${error.message})`, next, detail };
  }
  return { message: error.message || 'The engine stopped without a reason.', next: words.otherwise, detail };
}

/** Of a run. Never throws. An error that carries its own `next` is taken at its word. */
export const explainError = (thrown: unknown): WorkerError => explain(thrown, OF_RUN);

const CAUSE_OF_NAME: Readonly<Record<string, FailureCause>> = {
  StepError: 'not finite',
  NonFiniteDeltaError: 'not finite',
  PointError: 'damaged save',
  StarterError: 'file',
  FileError: 'file',
};

const CAUSE_OF: Readonly<Record<Cause, FailureCause>> = {
  device: 'device lost',
  memory: 'out of memory',
  file: 'file',
};

/** What ended a run. Never throws. */
export function explainFailure(thrown: unknown): RunFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const found = CAUSES.find(({ pattern }) => pattern.test(error.message))?.cause;
  const cause = CAUSE_OF_NAME[error.name] ?? (found ? CAUSE_OF[found] : 'other');
  const needs = 'needs' in error && (error.needs === 'model' || error.needs === 'data') ? error.needs : null;
  return { ...explainError(error), cause, ...(needs && { needs }) };
}

/** Of a job of the lab, in the same way. */
export const explainJobError = (thrown: unknown): WorkerError => explain(thrown, OF_STUDY);
