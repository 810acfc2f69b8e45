// The longest tasks of a page's main thread, from Chromium's own trace, in ms of the processor: what other processes take of the machine
// meanwhile is none of the page's.
import type { Page } from '@playwright/test';
import { bestOf, type Judged, PIECE, PIECES, pieceOfWork, REFERENCE } from './clock';

/** No task of a page should keep it from answering for longer, ms. */
const LIMIT = 50;
/** How the marks begin that open a part; a page of the harness makes one itself when its data are made up. */
const MARK = 'judged: ';
const END = 'end';

interface TraceEvent {
  ph: string;
  pid: number;
  tid: number;
  name: string;
  /** µs */
  ts: number;
  dur?: number;
  /** Of the processor, µs. */
  tdur?: number;
}

type Act = (part: (name: string) => Promise<void>) => Promise<void>;

/**
 * Judges the longest task of each part of `act`. A part begins with a mark and ends with the next one; what comes before the first is left
 * out, and so is a task that had begun before its mark.
 */
export const judgeTasks = (page: Page, act: Act): Promise<void> => bestOf(() => longestTasks(page, act));

/** The same for what can be done once only, measured and not judged. `limit`: ms. */
export const longestTasks = async (page: Page, act: Act, limit = LIMIT): Promise<Judged> =>
  judged(await traced(page, act), limit);

async function traced(page: Page, act: Act): Promise<TraceEvent[]> {
  const part = async (name: string) => {
    await page.evaluate((mark) => void performance.mark(mark), MARK + name);
  };
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  let trace: Buffer;
  try {
    await pieceOfWork(page);
    await act(part);
    await part(END);
    await pieceOfWork(page);
  } finally {
    trace = await browser.stopTracing();
  }
  return (JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }).traceEvents;
}

function judged(events: readonly TraceEvent[], limit: number): Judged {
  const named = (start: string) => events.filter(({ name }) => name.startsWith(start)).sort((a, b) => a.ts - b.ts);
  const marks = named(MARK);
  const pieces = named(PIECE);
  const end = marks.findIndex(({ name }) => name === MARK + END);
  if (end < 1 || pieces.length !== 2 * PIECES) throw new Error('The trace is not whole.');
  const tasks = events.filter(({ ph, name }) => ph === 'X' && name.endsWith('RunTask'));
  const cost = ({ tdur, dur = 0 }: TraceEvent) => (tdur ?? dur) / 1000;
  const ofPieces = pieces.map(({ pid, tid, ts }) => {
    const task = tasks.find(
      (task) => task.pid === pid && task.tid === tid && task.ts <= ts && ts <= task.ts + (task.dur ?? 0),
    );
    if (!task) throw new Error('The trace lacks the task of a piece of work.');
    return cost(task);
  });
  const medians = [ofPieces.slice(0, PIECES), ofPieces.slice(PIECES)].map(
    (times) => times.sort((a, b) => a - b)[(PIECES - 1) / 2]!,
  );
  const of = marks.slice(0, end).map(({ name, pid, tid, ts }, i) => {
    const until = marks[i + 1]!.ts;
    const own = tasks.filter((task) => task.pid === pid && task.tid === tid && task.ts >= ts && task.ts < until);
    if (own.length === 0) throw new Error(`No task was seen of “${name}”.`);
    return { what: `Longest task, ${name.slice(MARK.length)}`, measured: Math.max(...own.map(cost)), atMost: limit };
  });
  return { of, slowness: Math.max(1, ...medians.map((median) => median / REFERENCE)) };
}
