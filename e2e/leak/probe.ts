// Looks into a page and its workers over the browser's own debugging protocol: after collected garbage heaps, arrays, tensors, nodes, storage and
// the process. Nothing of the studio is made for it: TensorFlow.js' engine is a global of its worker.
import { readFileSync } from 'node:fs';
import type { Browser, CDPSession, Page } from '@playwright/test';
import type { Quantity } from './judge';

type Values = Record<Quantity, number | null>;

interface HeapUsage {
  usedSize: number;
  /** Array buffers. */
  backingStorageSize?: number;
  embedderHeapUsedSize?: number;
}

/** What the engine of a worker holds; null in a worker without one. */
interface EngineUse {
  numTensors: number;
  numBytes: number;
  numBytesInGPU?: number;
  /** On wasm. */
  heap: number | null;
}

const ENGINE = `(() => {
  const engine = self._tfengine;
  if (!engine?.backendInstance) return null;
  const { numTensors, numBytes, numBytesInGPU } = engine.memory();
  return { numTensors, numBytes, numBytesInGPU, heap: engine.backendInstance.wasm?.HEAPU8?.byteLength ?? null };
})()`;

/** Counts what hangs in the document, and what lies in its storage. Without functions of its own: those do not travel into a page. */
async function pageFacts(): Promise<{ attached: number; storage: number | null; files: number }> {
  let attached = 1;
  const walker = document.createTreeWalker(document);
  while (walker.nextNode()) attached++;
  let files = 0;
  const folders = [await navigator.storage.getDirectory()];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const entries = (folder as unknown as { values(): AsyncIterable<FileSystemHandle> }).values();
    try {
      for await (const entry of entries)
        if (entry.kind === 'file') files++;
        else folders.push(entry as FileSystemDirectoryHandle);
    } catch {
      // It went while it was counted.
    }
  }
  const { usage } = await navigator.storage.estimate();
  return { attached, storage: usage ?? null, files };
}

/** Messages to the workers of a page, whose sessions Playwright keeps to itself. */
async function workersOf(session: CDPSession) {
  const open = new Set<string>();
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void; worker: string }>();
  let asked = 0;
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') open.add(sessionId);
  });
  session.on('Target.detachedFromTarget', ({ sessionId }) => {
    open.delete(sessionId);
    for (const [id, { worker, reject }] of waiting)
      if (worker === sessionId && waiting.delete(id)) reject(new Error('The worker is gone.'));
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result, error } = JSON.parse(message) as { id: number; result?: unknown; error?: { message: string } };
    const one = waiting.get(id);
    if (!waiting.delete(id)) return;
    if (error) one?.reject(new Error(error.message));
    else one?.resolve(result);
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  return {
    all: () => [...open],
    ask: <T>(worker: string, method: string, params: object = {}): Promise<T> =>
      new Promise((resolve, reject) => {
        const id = ++asked;
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, worker });
        session
          .send('Target.sendMessageToTarget', { sessionId: worker, message: JSON.stringify({ id, method, params }) })
          .catch(reject);
      }),
  };
}

const heapOf = ({ usedSize, embedderHeapUsedSize }: HeapUsage): number => usedSize + (embedderHeapUsedSize ?? 0);

/** Resident bytes; null where there is no /proc. */
function residentBytes(process: number): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'));
    return found ? Number(found[1]) * 1024 : null;
  } catch {
    return null;
  }
}

export interface Probe {
  /** Collects garbage everywhere and looks. */
  look(): Promise<Values>;
}

/** Call it before the page is opened: workers that are there already are not seen. */
export async function openProbe(browser: Browser, page: Page): Promise<Probe> {
  const session = await page.context().newCDPSession(page);
  const system = await browser.newBrowserCDPSession();
  const workers = await workersOf(session);
  let renderer: number | null = null;

  /** Of the renderers the one that has worked most is the studio's. */
  const findRenderer = async (): Promise<number | null> => {
    const { processInfo } = await system.send('SystemInfo.getProcessInfo');
    const own = processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => b.cpuTime - a.cpuTime)[0];
    return own?.id ?? null;
  };

  const lookAtWorkers = async () => {
    const found = { trainer: null as HeapUsage | null, engine: null as EngineUse | null, others: 0 };
    for (const worker of workers.all()) {
      try {
        await workers.ask(worker, 'HeapProfiler.collectGarbage');
        const usage = await workers.ask<HeapUsage>(worker, 'Runtime.getHeapUsage');
        const { result } = await workers.ask<{ result: { value: EngineUse | null } }>(worker, 'Runtime.evaluate', {
          ...{ expression: ENGINE, returnByValue: true },
        });
        if (result.value) Object.assign(found, { trainer: usage, engine: result.value });
        else found.others += heapOf(usage) + (usage.backingStorageSize ?? 0);
      } catch {
        // It has ended meanwhile.
      }
    }
    return found;
  };

  return {
    async look() {
      // Twice: what finalizers let go is collected by the second.
      await session.send('HeapProfiler.collectGarbage');
      await session.send('HeapProfiler.collectGarbage');
      const own: HeapUsage = await session.send('Runtime.getHeapUsage');
      const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
      const { attached, storage, files } = await page.evaluate(pageFacts);
      const { trainer, engine, others } = await lookAtWorkers();
      renderer ??= await findRenderer();
      return {
        'page heap': heapOf(own),
        'page arrays': own.backingStorageSize ?? null,
        'trainer heap': trainer && heapOf(trainer),
        'trainer arrays': trainer?.backingStorageSize ?? null,
        'other workers': others,
        'wasm heap': engine?.heap ?? null,
        tensors: engine?.numTensors ?? null,
        'tensor bytes': engine?.numBytes ?? null,
        'GPU bytes': engine?.numBytesInGPU ?? null,
        'DOM nodes': nodes,
        'nodes outside': nodes - attached,
        listeners: jsEventListeners,
        storage,
        'storage files': files,
        'renderer memory': renderer === null ? null : residentBytes(renderer),
      };
    },
  };
}
