// The longest tasks of a page's main thread, from Chromium's own trace, in ms of the processor: what other processes take of the machine
// meanwhile is none of the page's.
import type { Page } from '@playwright/test';
import type { Judged } from './clock';

/** No task of a page may keep it from answering for longer, ms. */
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

/**
 * Does `act` and tells the longest task of each part of it. A part begins with a mark and ends with the next one; what comes before the first
 * is left out, and so is a task that had begun before its mark.
 */
export async function longestTasks(
  page: Page,
  act: (part: (name: string) => Promise<void>) => Promise<void>,
): Promise<Judged[]> {
  const part = async (name: string) => {
    await page.evaluate((mark) => void performance.mark(mark), MARK + name);
  };
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  let trace: Buffer;
  try {
    await act(part);
    await part(END);
  } finally {
    trace = await browser.stopTracing();
  }
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse(trace.toString());
  const marks = traceEvents.filter(({ name }) => name.startsWith(MARK)).sort((a, b) => a.ts - b.ts);
  if (marks.length < 2 || marks.at(-1)?.name !== MARK + END) throw new Error('The trace is not whole.');
  const tasks = traceEvents.filter(({ ph, name }) => ph === 'X' && name.endsWith('RunTask'));
  return marks.slice(0, -1).map(({ name, pid, tid, ts }, i) => {
    const end = marks[i + 1]!.ts;
    const own = tasks.filter((task) => task.pid === pid && task.tid === tid && task.ts >= ts && task.ts < end);
    if (own.length === 0) throw new Error(`No task was seen of “${name}”.`);
    const measured = Math.max(...own.map(({ tdur, dur = 0 }) => (tdur ?? dur) / 1000));
    return { what: `Longest task, ${name.slice(MARK.length)}`, measured, atMost: LIMIT };
  });
}
