// Looks into a tab and its workers: after collected garbage heaps, arrays, tensors, nodes, storage and the process. Nothing of the studio is made for it:
// TensorFlow.js' engine is a global of its worker.
import { readFileSync } from 'node:fs';
import type { Browser } from '@playwright/test';
import type { Channel, RawTab } from '../rawTab';
import type { Quantity } from './judge';

type Values = Record<Quantity, number | null>;

interface HeapUsage {
  usedSize: number;
  embedderHeapUsedSize?: number;
  /** Array buffers. */
  backingStorageSize?: number;
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

interface PageFacts {
  attached: number;
  files: number;
  /** Null where the browser does not tell them apart. */
  fileBytes: number | null;
  databaseBytes: number | null;
}

/** Counts what hangs in the document, and what lies in its storage. */
const PAGE = `(async () => {
  let attached = 1;
  const walker = document.createTreeWalker(document);
  while (walker.nextNode()) attached++;
  let files = 0;
  const folders = [await navigator.storage.getDirectory()];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    try {
      for await (const entry of folder.values()) if (entry.kind === 'file') files++; else folders.push(entry);
    } catch {
      // It went while it was counted.
    }
  }
  const { usageDetails = {} } = await navigator.storage.estimate();
  return { attached, files, fileBytes: usageDetails.fileSystem ?? null, databaseBytes: usageDetails.indexedDB ?? null };
})()`;

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

async function lookAtWorkers(workers: readonly Channel[]) {
  const found = { trainer: null as HeapUsage | null, engine: null as EngineUse | null, others: 0 };
  for (const worker of workers) {
    try {
      await worker.ask('HeapProfiler.collectGarbage');
      const usage = await worker.ask<HeapUsage>('Runtime.getHeapUsage');
      const asked = { expression: ENGINE, returnByValue: true };
      const { result } = await worker.ask<{ result: { value: EngineUse | null } }>('Runtime.evaluate', asked);
      if (result.value) Object.assign(found, { trainer: usage, engine: result.value });
      else found.others += heapOf(usage) + (usage.backingStorageSize ?? 0);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

export interface Probe {
  /** Collects garbage everywhere and looks. */
  look(): Promise<Values>;
}

export async function openProbe(browser: Browser, tab: RawTab): Promise<Probe> {
  const system = await browser.newBrowserCDPSession();
  let renderer: number | null = null;

  /** Of the renderers the one that has worked most is the studio's. */
  const findRenderer = async (): Promise<number | null> => {
    const { processInfo } = await system.send('SystemInfo.getProcessInfo');
    const own = processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => b.cpuTime - a.cpuTime)[0];
    return own?.id ?? null;
  };

  return {
    async look() {
      // Twice: what finalizers let go is collected by the second.
      await tab.ask('HeapProfiler.collectGarbage');
      await tab.ask('HeapProfiler.collectGarbage');
      const own = await tab.ask<HeapUsage>('Runtime.getHeapUsage');
      const dom = await tab.ask<{ nodes: number; jsEventListeners: number }>('Memory.getDOMCounters');
      const facts = await tab.evaluate<PageFacts>(PAGE);
      const { trainer, engine, others } = await lookAtWorkers(tab.workers());
      renderer ??= await findRenderer();
      return {
        'page heap': own.usedSize,
        'page objects': own.embedderHeapUsedSize ?? null,
        'page arrays': own.backingStorageSize ?? null,
        'trainer heap': trainer && heapOf(trainer),
        'trainer arrays': trainer?.backingStorageSize ?? null,
        'other workers': others,
        'wasm heap': engine?.heap ?? null,
        tensors: engine?.numTensors ?? null,
        'tensor bytes': engine?.numBytes ?? null,
        'GPU bytes': engine?.numBytesInGPU ?? null,
        'DOM nodes': dom.nodes,
        'nodes outside': dom.nodes - facts.attached,
        listeners: dom.jsEventListeners,
        'file bytes': facts.fileBytes,
        'database bytes': facts.databaseBytes,
        'storage files': facts.files,
        'renderer memory': renderer === null ? null : residentBytes(renderer),
      };
    },
  };
}
