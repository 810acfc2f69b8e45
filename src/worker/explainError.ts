// An error of the engine → what happened, what to do next, and the details for an issue report.
import type { WorkerError } from './protocol';

const KNOWN: readonly { pattern: RegExp; message: string; next: string }[] = [
  {
    pattern: /device (was |is )?lost|GPUDevice.*lost|context lost/i,
    message: 'The GPU device was lost (driver reset, sleep, or another program took it).',
    next: 'Restart the run; if it happens again, choose the WASM backend.',
  },
  {
    pattern:
      /out of memory|allocation failed|Array buffer allocation|createBuffer.*failed|memory access out of bounds/i,
    message: 'There is not enough memory for this run.',
    next: 'Use a smaller preset, or fewer tokens per step and prompts, and restart.',
  },
  {
    pattern: /failed to fetch|networkerror|load failed|HTTP \d+/i,
    message: 'A file of the studio could not be loaded.',
    next: 'Check that the page is served completely, then restart the run.',
  },
];

/** Errors of the core that already say what is wrong with what. */
const NEXT: Readonly<Record<string, string>> = {
  ImportError: 'Choose another file; what is loaded stays loaded.',
  StarterError: 'Reload the page without its cache; if that does not help, serve a fresh copy of the studio.',
  StepError:
    'Lower the learning rate, β or the weight decay, and restart; what is shown stays, and that update changed no weight.',
  NonFiniteDeltaError: 'Lower the warm-up learning rate and restart.',
};

const hasNext = (error: Error): error is Error & { next: string } => 'next' in error && typeof error.next === 'string';

/** Never throws. An error that carries its own `next` is taken at its word. */
export function explainError(thrown: unknown): WorkerError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const detail = error.stack ?? `${error.name}: ${error.message}`;
  if (hasNext(error)) return { message: error.message, next: error.next, detail };
  const ownNext = NEXT[error.name];
  if (ownNext) return { message: error.message, next: ownNext, detail };
  const known = KNOWN.find(({ pattern }) => pattern.test(error.message));
  if (known) return { message: `${known.message} (${error.message})`, next: known.next, detail };
  const message = error.message || 'The engine stopped without a reason.';
  return { message, next: 'Change the settings named above, or restart; nothing already shown is lost.', detail };
}
