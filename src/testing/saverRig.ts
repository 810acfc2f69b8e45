// A run's saver without a run: a made-up writer, a clock of our own, and points that take as long as a test says.
import type { LogEntry } from '../core/bundle/runLog';
import { newHeader, type RunHeader } from '../storage/runRecord';
import type { SaveFacts } from '../storage/runSave';
import type { WorkerMessage } from '../worker/protocol';
import { createRunSaver } from '../worker/runSaver';
import { CONFIG, pointOf } from './runStoreRig';
import { step } from './sessionRig';

/** ms of work between two questions whether to pause. */
export const PIECE = 4;

interface Rig {
  before?: { header: RunHeader; log: LogEntry[] };
  /** ms that writing a point down takes, and of the run's own time that storing it takes. */
  held?: number;
  stored?: number;
}

interface Told {
  points: number;
  turns: number;
  /** Events told when the writer was told of a point. */
  marks: number[];
  /** ms that the run was left alone for, or to the end of its unit. */
  rests: number[];
}

export function saverRig({ before, held = 0, stored = 0 }: Rig = {}) {
  let time = 1000;
  const told: Told = { points: 0, turns: 0, marks: [], rests: [] };
  const log: LogEntry[] = [];
  const commits: SaveFacts[] = [];
  const messages: WorkerMessage[] = [];
  const t = {
    ...{ log, commits, messages },
    told,
    refusal: null as unknown,
    fault: null as unknown,
    /** What goes wrong while a point is written down. */
    unwritten: null as unknown,
    released: 0,
    /** A rest, which a unit's end ends as well. */
    rested: new Promise<void>(() => {}),
    /** Saves that wait until they are let through; null: they are stored at once. */
    gate: null as Promise<void> | null,
    pass: (ms: number) => {
      time += ms;
    },
    trouble: () => messages.flatMap((message) => (message.type === 'run.saveTrouble' ? [message.kind] : [])),
    saved: () => messages.filter(({ type }) => type === 'run.saved').length,
    /** So many units of so many ms, each with a step. */
    async units(count: number, ms: number) {
      for (let i = 0; i < count; i++) {
        time += ms;
        t.saver.tell(step(i + 1));
        t.saver.between(ms);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    saver: createRunSaver({
      ...{ runId: 'a', before: before ?? null, now: () => time },
      post: (message) => messages.push(message),
      moment() {
        told.points++;
        if (t.refusal) throw t.refusal;
        const point = pointOf(log.filter((entry) => 'event' in entry).length, 8);
        return {
          async written(stretches) {
            for (let left = held; left > 0; left -= PIECE) {
              time += Math.min(PIECE, left);
              await stretches.pause();
            }
            if (t.unwritten) throw t.unwritten;
            return point;
          },
        };
      },
      turn: async () => {
        told.turns++;
        await new Promise((resolve) => setImmediate(resolve));
      },
      rest: (ms): Promise<void> => {
        told.rests.push(ms);
        return t.rested;
      },
      writer: {
        id: 's',
        appendLog: (entries) => log.push(...entries),
        mark: () => told.marks.push(log.filter((entry) => 'event' in entry).length),
        async commit(facts) {
          commits.push(facts);
          await t.gate;
          time += stored;
          if (t.fault) throw t.fault;
          return headerOf(facts);
        },
        fail: async () => {},
        async release() {
          t.released++;
        },
      },
    }),
  };
  return t;
}

export const headerOf = ({ point, status, glance }: SaveFacts): RunHeader => ({
  ...newHeader('s', 'name', CONFIG, 0),
  ...{ seq: 1, status, glance },
  saves: [
    {
      ...{ savedAt: 7, place: point.place, eventsTold: point.eventsTold, logChunks: 1 },
      point: { name: 'p', place: 'files', bytes: 100, crc: 0 },
    },
  ],
});
