// `--bundle`: keeps what a headless run tells, and writes the bundle that the page opens.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { floatsPieces, maskFile, momentsFile } from '../core/bundle/arrayFiles';
import { isReplacedBy, type LogEntry, logged } from '../core/bundle/runLog';
import { type RunArchive, runParts } from '../core/bundle/runParts';
import { writeBundle } from '../core/bundle/writeBundle';
import { isLarge, type RunEvent } from '../core/events';
import { tensorSpecs } from '../core/model/config';
import type { Run } from '../core/run';
import { runName } from '../state/runName';

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** A run as it goes. Large arrays are kept as they come: of a small model some hundred megabytes, of a large one only the stages' ends. */
export interface Recorder {
  add(event: RunEvent): void;
  readonly log: readonly LogEntry[];
  /** Events with arrays, in order. */
  readonly large: readonly RunEvent[];
}

export function createRecorder(now: () => number = () => performance.now()): Recorder {
  const log: LogEntry[] = [{ at: now(), phase: 'running' }];
  const large: RunEvent[] = [];
  return {
    ...{ log, large },
    add(event) {
      if (isLarge(event) || ['mask', 'snapshot', 'tokenizer'].includes(event.type)) large.push(event);
      const small = logged(event);
      if (!small) return;
      const entry: LogEntry = { at: now(), event: small };
      if (isReplacedBy(log.at(-1), entry)) log.pop();
      log.push(entry);
      if (event.type === 'run.done') log.push({ at: entry.at, phase: 'done' });
    },
  };
}

/** What the recorder holds, as a bundle's source. `run` gives the weights at the end. */
export function archiveOf({ log, large }: Pick<Recorder, 'log' | 'large'>, run: Pick<Run, 'checkpoints'>): RunArchive {
  const started = log.flatMap((entry) => ('event' in entry ? [entry.event] : [])).find(isStarted);
  if (!started) throw new Error('The run has not begun: there is nothing to save.');
  const { tensors: specs } = started;
  const only = <T extends RunEvent['type']>(type: T): EventOf<T>[] =>
    large.filter((event): event is EventOf<T> => event.type === type);
  const weights = only('weights');
  const [moments] = only('moments');
  return {
    log,
    masks: only('mask').map(({ purpose, tensors }) => ({
      purpose,
      read: async () => [maskFile(specs, new Map(tensors.map(({ name, mask }) => [name, mask])))],
    })),
    weights: weights.map(({ moment, tensors }) => ({ moment, read: async () => floatsPieces(specs, tensors) })),
    updates: only('update').map(({ stage, step, tensors }) => ({
      ...{ stage, step },
      read: async () => floatsPieces(specs, tensors),
    })),
    moments: moments ? async () => [momentsFile(specs, moments.secondMoments, moments.gradients)] : null,
    snapshots: only('snapshot').map(({ stage, step, policy, reference }) => ({
      ...{ stage, step },
      read: async () => ({ policy, reference }),
    })),
    aligned: async () => {
      const { config, model } = await run.checkpoints();
      const own = tensorSpecs(config);
      return floatsPieces(
        own,
        own.map(({ name }) => model.get(name)!),
      );
    },
    tokenizer: only('tokenizer')[0]?.files ?? [],
    leftOut: weights.length > 0 ? [] : [{ part: 'weights', why: 'not told, the model is too large for it.' }],
  };
}

const isStarted = (event: RunEvent): event is EventOf<'run.started'> => event.type === 'run.started';

/** Rejects with the system's error where the file cannot be written. */
export async function writeBundleFile(path: string, recorder: Recorder, run: Pick<Run, 'checkpoints'>): Promise<void> {
  const archive = archiveOf(recorder, run);
  const started = archive.log.flatMap((entry) => ('event' in entry ? [entry.event] : [])).find(isStarted)!;
  const about = { name: runName(started.config.seed), madeAt: new Date(), leftOut: archive.leftOut };
  await pipeline(Readable.from(writeBundle(runParts(archive), about)), createWriteStream(path));
}
