// The Neurons view on a run of the Large preset's shapes, with the real store and the real atlas worker, but a run that only hands over
// what largeRun.ts makes. `?preset=tiny` and `?preset=default` show smaller ones. Watches what is asked, answered and drawn.
import { createRoot } from 'react-dom/client';
import '../../src/app/theme.css';
import { PRESETS } from '../../src/core/config';
import { NeuronsView } from '../../src/features/neurons/NeuronsView';
import { StudioContext, useSelectedRun } from '../../src/state/useStudio';
import AtlasWorker from '../../src/worker/atlas.worker?worker&inline';
import type { AtlasPort } from '../../src/worker/atlasClient';
import { type AtlasMessage, isAtlasMessage } from '../../src/worker/atlasProtocol';
import { largeEvents, largeStarted } from './largeRun';
import { pageStudio } from './pageStudio';

/** What came of one change of the lab. Milliseconds from the input. */
export interface Change {
  /** The mask was there, with its numbers. */
  maskMs: number;
  /** The last picture was drawn. */
  picturesMs: number;
  /** Everything that is said of the mask was there. */
  allMs: number;
  /** Thumbnails drawn anew, of those that have been in sight. */
  drawn: number;
  thumbs: number;
  tiles: number;
  /** Longest task of the main thread. */
  longestTaskMs: number;
}

export interface Control {
  /** Of a slider, a rule or a scope. */
  label: string;
  /** What a slider or a choice is set to; null: a click. */
  value: number | string | null;
  /** Before it, the slider is somewhere else every 50 ms. */
  dragged?: readonly number[];
}

export type LargePageWindow = Window & {
  large?: {
    /** Until every thumbnail has been in sight and is drawn. */
    seeAll(): Promise<void>;
    /** Sets a control as a user's input does. */
    change(control: Control): Promise<Change>;
    /** From now on the worker seems to refuse every tile; or no longer. */
    refuse(isRefusing: boolean): void;
    /** How many tiles were refused. */
    refused(): number;
  };
};

const seen = { drawnAt: 0, busyAt: 0, answeredAt: 0, selectedAt: 0, tiles: 0, isRefusing: false, refused: 0 };
const drawn = new Set<HTMLCanvasElement>();
const open = new Map<string, string>();
const tasks: number[] = [];

const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...given: unknown[]) {
  seen.drawnAt = performance.now();
  seen.busyAt = seen.drawnAt;
  drawn.add(this.canvas);
  return (draw as (...all: unknown[]) => void).apply(this, given);
};
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) tasks.push(duration);
}).observe({ type: 'longtask' });

function createAtlas(): AtlasPort {
  const worker = new AtlasWorker();
  const port: AtlasPort = {
    postMessage(command, transfer) {
      if (command.type === 'atlas.ask') open.set(command.requestId, command.question.type);
      seen.busyAt = performance.now();
      if (seen.isRefusing && command.type === 'atlas.ask' && command.question.type === 'tile') {
        const { requestId } = command;
        const data: AtlasMessage = { type: 'atlas.failed', requestId, message: 'The tiles are refused.' };
        setTimeout(() => receive({ data } as MessageEvent));
        seen.refused++;
      } else worker.postMessage(command, transfer);
    },
    terminate: () => worker.terminate(),
    onmessage: null,
    onerror: null,
  };
  const receive = (event: MessageEvent) => {
    const now = performance.now();
    seen.busyAt = now;
    if (isAtlasMessage(event.data) && event.data.type !== 'atlas.held') {
      const type = open.get(event.data.requestId);
      open.delete(event.data.requestId);
      seen.answeredAt = now;
      if (type === 'tile') seen.tiles++;
      if (type === 'select') seen.selectedAt = now;
    }
    port.onmessage?.(event);
  };
  worker.onmessage = receive;
  return port;
}

const QUIET_MS = 250;
async function settled(): Promise<void> {
  while (open.size > 0 || performance.now() - seen.busyAt < QUIET_MS) await new Promise((done) => setTimeout(done, 20));
}

const thumbs = () => [...document.querySelectorAll<HTMLCanvasElement>('.matrix-thumb')];
/** A canvas that has never been near the window has the size of new ones. */
const isSeen = ({ width, height }: HTMLCanvasElement): boolean => width !== 300 || height !== 150;

const frame = () => new Promise(requestAnimationFrame);

async function seeAll(): Promise<void> {
  // One of the tensors is shown large. The others' places come one after the other, on a slow machine with rests between.
  for (const until = performance.now() + 60_000; thumbs().length < started.tensors.length - 1; await frame())
    if (performance.now() > until)
      throw new Error(`Only ${thumbs().length} of ${started.tensors.length} pictures came.`);
  await settled();
  // A thumbnail is drawn from when it was first near the window.
  for (const thumb of thumbs()) {
    thumb.scrollIntoView();
    for (let frames = 0; !isSeen(thumb) && frames < 600; frames++) await frame();
  }
  document.body.scrollIntoView();
  await settled();
}

/** The lab opens when its worker has told of the change. */
async function controlOf(label: string): Promise<HTMLInputElement | HTMLSelectElement> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    const labels = [...document.querySelectorAll('label')];
    // A select's options are part of its label's text.
    const found = labels.find(({ textContent }) => textContent?.trim().startsWith(label))?.control;
    if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`There is no control “${label}”.`);
}

/** React hears of a value only when it was not set behind its back. */
function setTo(control: HTMLInputElement | HTMLSelectElement, value: number | string): void {
  const kind = control instanceof HTMLSelectElement ? HTMLSelectElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, 'value')!.set!.call(control, String(value));
  control.dispatchEvent(new Event(kind === HTMLSelectElement ? 'change' : 'input', { bubbles: true }));
}

async function change({ label, value, dragged = [] }: Control): Promise<Change> {
  const input = await controlOf(label);
  await settled();
  for (const earlier of dragged) {
    setTo(input, earlier);
    await new Promise((done) => setTimeout(done, 50));
  }
  drawn.clear();
  tasks.length = 0;
  seen.tiles = 0;
  const began = performance.now();
  if (value === null) input.click();
  else setTo(input, value);
  const shown = thumbs().filter(isSeen);
  const undrawn = () => shown.filter((canvas) => !drawn.has(canvas));
  // A rest does not mean that it is done: a slow machine rests between answer and question too.
  for (const until = began + 20_000; !seen.isRefusing && undrawn().length > 0 && performance.now() < until; )
    await frame();
  await settled();
  return {
    maskMs: seen.selectedAt - began,
    picturesMs: seen.drawnAt - began,
    allMs: seen.answeredAt - began,
    drawn: shown.length - undrawn().length,
    thumbs: shown.length,
    tiles: seen.tiles,
    longestTaskMs: Math.max(0, ...tasks),
  };
}

const { studio, say } = pageStudio(createAtlas);

function Shown() {
  const run = useSelectedRun();
  return (
    <main style={{ padding: 16 }}>
      <h1 className="title">Neurons of a large run</h1>
      <NeuronsView run={run} />
    </main>
  );
}

document.documentElement.dataset.theme = 'light';
createRoot(document.getElementById('root')!).render(
  <StudioContext value={studio}>
    <Shown />
  </StudioContext>,
);

const wanted = new URLSearchParams(location.search).get('preset');
const preset = PRESETS.find((one) => one === wanted) ?? 'large';
studio.choosePreset(preset);
studio.start();
const runId = studio.store.getState().selectedId!;
const started = largeStarted(preset);
say({ type: 'run.events', runId, events: [started] });
for (const event of largeEvents(started)) {
  say({ type: 'run.events', runId, events: [event] });
  await new Promise((done) => setTimeout(done));
}
say({ type: 'run.phase', runId, phase: 'done' });
(window as LargePageWindow).large = {
  ...{ seeAll, change },
  refuse(isRefusing) {
    seen.isRefusing = isRefusing;
  },
  refused: () => seen.refused,
};
