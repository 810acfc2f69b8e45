// How far a job of the inspect worker is and how fast it reads, told now and then.
import type { PassProgress } from '../core/inspect/streamChunks';
import type { InspectJob, InspectProgress, Pace } from './inspectProtocol';

/** How a job is watched and stopped. */
export interface JobWatch {
  signal: AbortSignal;
  now(): number;
  tell(progress: InspectProgress): void;
}

/** One of a job's passes over files. */
interface Progress extends Pick<PassProgress, 'bytes' | 'totalBytes'> {
  /** Counted from 1. */
  pass: number;
  passes: number;
  /** Of all passes, 0 … 1. */
  done: number;
}

export const onePass = ({ bytes, totalBytes }: PassProgress): Progress => {
  return { bytes, totalBytes, pass: 1, passes: 1, done: bytes / Math.max(1, totalBytes) };
};

/** Milliseconds between two reports, and before the first guess of the time left. */
const REPORT_MS = 100;
const GUESS_MS = 500;

/** Counts what was read, and reports it now and then. */
export function paceOf(job: InspectJob, { now, tell }: JobWatch) {
  const began = now();
  let last = Number.NEGATIVE_INFINITY;
  let [earlier, present, pass, made] = [0, 0, 0, 0];
  const read = () => earlier + present;
  const speed = () => read() / 1000 / Math.max(1, now() - began);
  return {
    pass(progress: Progress, doing: string): void {
      if (progress.pass !== pass) {
        earlier += present;
        pass = progress.pass;
        made++;
      }
      present = progress.bytes;
      const at = now();
      if (at - last < REPORT_MS && progress.bytes < progress.totalBytes) return;
      last = at;
      const isKnown = at - began >= GUESS_MS && progress.done > 0;
      tell({
        ...{ job, doing, pass: progress.pass, passes: progress.passes },
        ...{ bytes: progress.bytes, totalBytes: progress.totalBytes, done: Math.min(1, progress.done) },
        secondsLeft: isKnown ? ((at - began) / 1000) * (1 / progress.done - 1) : null,
        megabytesPerSecond: isKnown ? speed() : null,
      });
    },
    passes: () => made,
    end: (): Pace => ({ milliseconds: now() - began, bytes: read(), megabytesPerSecond: speed() }),
  };
}
