// What this session's runs have told, as a bundle keeps it: the events that the reducer takes, with their times and without the arrays that are held
// elsewhere. Their typed arrays are those of the run's state, not copies.
import { isReplacedBy, type LogEntry, logged } from '../core/bundle/runLog';
import type { TokenizerFile } from '../core/tokenizer/tokenizerFiles';
import type { RunFailure } from '../worker/protocol';
import type { FailedRun } from './runState';
import type { Update } from './studioUpdates';

/** That there is a save to go on from holds for this browser alone. */
const told = ({ cause, message, next, detail }: FailedRun): RunFailure => ({ cause, message, next, detail });

export interface RunLogs {
  add(runId: string, at: number, update: Update): void;
  /** A log that came whole. */
  set(runId: string, log: readonly LogEntry[]): void;
  /** More of it, as it came. */
  append(runId: string, entries: readonly LogEntry[]): void;
  get(runId: string): readonly LogEntry[];
  /** What the run's tokenizer is made of: files of its bundle. */
  setTokenizer(runId: string, files: readonly TokenizerFile[]): void;
  tokenizer(runId: string): readonly TokenizerFile[];
  drop(runId: string): void;
}

export function createRunLogs(): RunLogs {
  const logs = new Map<string, LogEntry[]>();
  const tokenizers = new Map<string, readonly TokenizerFile[]>();
  const logOf = (runId: string): LogEntry[] => {
    const known = logs.get(runId);
    if (known) return known;
    const log: LogEntry[] = [];
    logs.set(runId, log);
    return log;
  };
  return {
    add(runId, at, update) {
      const log = logOf(runId);
      const put = (entry: LogEntry): void => {
        if (isReplacedBy(log.at(-1), entry)) log.pop();
        log.push(entry);
      };
      switch (update.kind) {
        case 'events':
          for (const each of update.events) {
            const event = logged(each);
            if (event) put({ at, event });
          }
          return;
        case 'phase':
          put({ at, phase: update.phase });
          return;
        case 'failed':
          put({ at, error: told(update.failure) });
          return;
      }
    },
    set: (runId, log) => void logs.set(runId, [...log]),
    append(runId, entries) {
      const log = logOf(runId);
      for (const entry of entries) log.push(entry);
    },
    get: (runId) => logs.get(runId) ?? [],
    setTokenizer: (runId, files) => void tokenizers.set(runId, files),
    tokenizer: (runId) => tokenizers.get(runId) ?? [],
    drop(runId) {
      logs.delete(runId);
      tokenizers.delete(runId);
    },
  };
}
