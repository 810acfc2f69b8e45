// A failure in words, and the one thing to do next, by its cause: a table. What is measured of the run comes in as facts (failureFacts.ts); who shows it
// is FailureCard.tsx.
import { BACKEND_NAMES } from '../../components/backendNames';
import { formatBytes } from '../../components/format';
import type { FieldName } from '../../core/config';
import type { BackendName } from '../../core/events';
import type { Mishaps } from '../../state/savedState';
import type { FailureCause, ResumeChange, WorkerError } from '../../worker/protocol';

export interface FailureFacts {
  cause: FailureCause;
  /** In the worker's words. */
  error: WorkerError;
  /** There is a save of it to go on from. */
  resumable: boolean;
  /** It is a file's, to be looked at only. */
  isLookedAt: boolean;
  /** It has told something that can be exported. */
  hasBegun: boolean;
  /** Where it was, in the middle of a sentence; null: before its first stage. */
  place: string | null;
  /** The step at which it was. */
  last: { loss: number; gradientNorm: number; learningRate: number } | null;
  /** null: it had none yet. */
  backend: BackendName | null;
  /** What the backend has held at most, bytes. */
  memoryBytes: number | null;
  /** Times the scheduled learning rate, when it failed. */
  learningRateScale: number;
  learningRateField: FieldName;
  mishaps: Mishaps;
}

/** The one thing to do next. `why`: what it does, or what else there is, in a sentence. */
export type NextStep = { label: string; why: string } & (
  | { do: 'resume'; change: ResumeChange }
  | { do: 'restart'; backend: BackendName | null }
  | { do: 'settings'; field: FieldName }
  | { do: 'export' }
);

/** Where a backend cannot be trusted, its follower. */
const NEXT_BACKEND: Readonly<Record<BackendName, BackendName | null>> = { webgpu: 'wasm', wasm: 'cpu', cpu: null };

const nextBackend = ({ backend }: FailureFacts): BackendName | null => (backend ? NEXT_BACKEND[backend] : 'wasm');

/** 100 rather than “100.0”: it is somebody's setting, or half of it. */
const settingWord = (value: number): string => String(Number(value.toPrecision(3)));
const numberWord = (value: number): string => (Number.isNaN(value) ? 'NaN' : 'infinite');

/** "The loss became NaN"; null where neither loss nor gradient is known to be the culprit. */
function notFinite({ last }: FailureFacts): string | null {
  if (!last) return null;
  if (!Number.isFinite(last.loss)) return `The loss became ${numberWord(last.loss)}`;
  return Number.isFinite(last.gradientNorm) ? null : `The gradient became ${numberWord(last.gradientNorm)}`;
}

const backendWord = ({ backend }: Pick<FailureFacts, 'backend'>): string =>
  backend ? BACKEND_NAMES[backend] : 'The backend';
/** "At forgetting, step 12 of 40, the loss …" */
const at = ({ place }: FailureFacts, what: string): string =>
  place ? `At ${place}, ${what}` : `${what[0]!.toUpperCase()}${what.slice(1)}`;
/** The worker's own sentences, which carry the numbers. */
const told = ({ error, place }: FailureFacts): string => `${error.message}${place ? ` This was at ${place}.` : ''}`;

interface Words {
  /** The cause, without a full stop. */
  heading(facts: FailureFacts): string;
  /** What happened, with what was measured. */
  what(facts: FailureFacts): string;
  next(facts: FailureFacts): NextStep;
}

const restart = (why: string, label = 'Restart'): NextStep => ({ do: 'restart', backend: null, label, why });
const resume = (why: string): NextStep => ({ do: 'resume', change: {}, label: 'Resume', why });

/** On that backend, from the save where there is one. */
function onBackend(backend: BackendName, { resumable }: FailureFacts, why: string): NextStep {
  const name = BACKEND_NAMES[backend];
  if (resumable) return { do: 'resume', change: { backend }, label: `Resume on ${name}`, why };
  return { do: 'restart', backend, label: `Restart on ${name}`, why };
}

/** There is nothing to go on with: what there is of it is kept, or it begins again. */
const rescue = (facts: FailureFacts, why: string): NextStep =>
  facts.hasBegun ? { do: 'export', label: 'Export what there is', why } : restart(why);

const SAME_NUMBERS = 'Backends agree within rounding, so the numbers go on as they would have.';

/** Exact zeros come from a backend that drops its work, and on the last one from settings. */
function zeroNext(facts: FailureFacts): NextStep {
  const backend = nextBackend(facts);
  if (backend) return onBackend(backend, facts, `${backendWord(facts)} may have dropped its work. ${SAME_NUMBERS}`);
  const why = 'The CPU is the reference, so a setting makes it so: the learning rate, β or the masks.';
  return { do: 'settings', field: facts.learningRateField, label: 'Change settings', why };
}

/** The settings drive the numbers away. */
function lowerRate(facts: FailureFacts): NextStep {
  const { resumable, learningRateScale, learningRateField: field } = facts;
  const why = 'Lower the learning rate, β or the weight decay, then restart.';
  if (!resumable) return { do: 'settings', field, label: 'Lower the learning rate', why };
  const change = { learningRateScale: learningRateScale / 2 };
  const scale = settingWord(change.learningRateScale);
  const half = `From the save on the learning rate is × ${scale} of its schedule; nothing else changes.`;
  return { do: 'resume', change, label: 'Resume at half the learning rate', why: half };
}

const WORDS: Readonly<Record<FailureCause, Words>> = {
  'not finite': {
    heading: (facts) => notFinite(facts) ?? 'A number of the run is no longer finite',
    what(facts) {
      const { last } = facts;
      const what = notFinite(facts);
      if (!last || !what) return told(facts);
      const rate = `at a learning rate of ${settingWord(last.learningRate)}`;
      return at(facts, `${what.replace(/^The/, 'the')} ${rate}. That update changed no weight.`);
    },
    next: lowerRate,
  },
  'zero loss': {
    heading: () => 'The loss is exactly zero',
    what: told,
    next: zeroNext,
  },
  'zero gradients': {
    heading: () => 'All gradients are exactly zero',
    what: told,
    next: zeroNext,
  },
  diverged: {
    heading: () => 'The model has diverged',
    what: told,
    next: lowerRate,
  },
  'device lost': {
    heading: () => 'The GPU was lost',
    what: (facts) =>
      at(
        facts,
        'the driver was reset, the machine slept, or another program took the GPU. What was in its memory is gone.',
      ),
    next(facts) {
      const { resumable, mishaps } = facts;
      if (mishaps.deviceLosses > 1)
        return onBackend(
          'wasm',
          facts,
          `It was lost ${mishaps.deviceLosses} times; WASM needs no GPU. ${SAME_NUMBERS}`,
        );
      const why = 'A new device is asked for. If that one is lost too, WASM is offered.';
      return resumable ? resume(why) : restart(why);
    },
  },
  'out of memory': {
    heading: () => 'There is not enough memory',
    what(facts) {
      const { memoryBytes } = facts;
      const held = memoryBytes ? ` It had held ${formatBytes(memoryBytes)} at most until then.` : '';
      return at(facts, `${backendWord(facts)} got no room for what the run needed next.${held}`);
    },
    next(facts) {
      const { resumable, mishaps } = facts;
      if (!resumable) {
        const why = 'Take fewer tokens per step or a smaller preset, then restart.';
        return { do: 'settings', field: 'batchTokens', label: 'Take smaller steps', why };
      }
      if (!mishaps.change.smallerParts) {
        const why =
          'Each step is taken in twice as many parts: less memory, a little slower, the same numbers within rounding.';
        return { do: 'resume', change: { smallerParts: true }, label: 'Resume in smaller parts', why };
      }
      const backend = nextBackend(facts);
      if (backend)
        return onBackend(backend, facts, `Smaller parts were not enough on ${backendWord(facts)}. ${SAME_NUMBERS}`);
      return rescue(facts, 'Smaller parts were not enough. Close other tabs and programs before you try again.');
    },
  },
  'worker crash': {
    heading: () => 'The training worker crashed',
    what: (facts) =>
      at(facts, 'the part of this page that trains broke off. The page itself and what it shows are whole.'),
    next({ resumable }) {
      const why = 'A new worker takes over. If that one breaks off too, take a smaller preset or another backend.';
      return resumable ? resume(why) : restart(why);
    },
  },
  storage: {
    heading: () => 'The browser’s storage failed',
    what: told,
    next: ({ resumable, error }) => (resumable ? { ...resume(error.next), label: 'Try again' } : restart(error.next)),
  },
  'self-check': {
    heading: (facts) => `${backendWord(facts)} computes wrong numbers`,
    what: told,
    next(facts) {
      const backend = nextBackend(facts);
      if (backend) return onBackend(backend, facts, 'Later, update the browser and the graphics driver.');
      return rescue(facts, 'Update the browser, or open the studio in another one.');
    },
  },
  'damaged save': {
    heading: () => 'The saved run cannot be read',
    what: ({ error }) => error.message,
    next(facts) {
      if (facts.resumable)
        return { ...resume('What came after it is done again.'), label: 'Go on from the older save' };
      return rescue(facts, 'It stays in the browser as it is; to train, start the run again.');
    },
  },
  file: {
    heading: () => 'A file could not be read',
    what: told,
    next: ({ resumable, error }) => (resumable ? { ...resume(error.next), label: 'Try again' } : restart(error.next)),
  },
  other: {
    heading: () => 'Something unexpected stopped the run',
    what: told,
    next: ({ resumable, error }) => (resumable ? resume(error.next) : restart(error.next)),
  },
};

/** The cause as a heading. */
export const failureHeading = (facts: FailureFacts): string => WORDS[facts.cause].heading(facts);

/** What happened, with the numbers that were measured. */
export const failureWhat = (facts: FailureFacts): string => WORDS[facts.cause].what(facts);

/** The one thing to do next; null for a run that can only be looked at. */
export const nextStep = (facts: FailureFacts): NextStep | null =>
  facts.isLookedAt ? null : WORDS[facts.cause].next(facts);
