// The border between page and session: guards what comes in, posts what goes out. Nothing else happens here.
import { createEngine } from './engine';
import { isCommand } from './protocol';
import { createSession } from './session';

declare const self: DedicatedWorkerGlobalScope;

/** The page hands its base address over as the worker's name: the bundle itself lies somewhere below it. */
const starterFolder = new URL('starter/', self.name);

async function loadStarter(path: string): Promise<ArrayBuffer> {
  const response = await fetch(new URL(path, starterFolder));
  if (!response.ok) throw new Error(`HTTP ${response.status} for starter/${path}`);
  return response.arrayBuffer();
}

/** A message to oneself: a task of its own, without the 4 ms that nested timers wait. */
const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.onmessage = () => waiting.shift()?.();
const yieldToMessages = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(null);
  });

const session = createSession({
  engine: createEngine(loadStarter),
  post: (message, transfer) => self.postMessage(message, transfer),
  yieldToMessages,
  rest: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  now: () => performance.now(),
});

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (isCommand(data)) session.handle(data);
};
self.postMessage({ type: 'ready' });
