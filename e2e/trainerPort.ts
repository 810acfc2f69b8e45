// The page's end of the trainer's worker, for tests that speak through it: in the worker's name to the page, or past the page to the worker.
import type { Page } from '@playwright/test';
import type { WorkerMessage } from '../src/worker/protocol';

declare global {
  interface Window {
    trainerPort: Worker;
  }
}

/** Runs in the page before anything else. */
export const KEEP_PORT = `{
  const Real = window.Worker;
  window.Worker = class extends Real {
    constructor(url, options) {
      super(url, options);
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'run.phase') window.trainerPort = this;
      });
    }
  };
}`;

/** As if the worker had said it. */
export const sayAsTrainer = (page: Page, message: WorkerMessage): Promise<void> =>
  page.evaluate((data) => window.trainerPort.onmessage!(new MessageEvent('message', { data })), message);

/** Runs in the worker before anything else: what the words of `tellTrainer` do. */
export const TRAPS = `{
  let isFull = false;
  const unlessFull = (prototype, name) => {
    const real = prototype[name];
    prototype[name] = function (...given) {
      if (isFull) throw new DOMException('no room', 'QuotaExceededError');
      return real.apply(this, given);
    };
  };
  unlessFull(FileSystemSyncAccessHandle.prototype, 'write');
  unlessFull(IDBObjectStore.prototype, 'put');
  unlessFull(IDBObjectStore.prototype, 'add');
  self.addEventListener('message', ({ data }) => {
    if (data === 'crash') setTimeout(() => { throw new Error('A trap was sprung.'); });
    if (data === 'full' || data === 'room') isFull = data === 'full';
  });
}`;

/** It crashes; its storage is full; there is room again. */
export const tellTrainer = (page: Page, word: 'crash' | 'full' | 'room'): Promise<void> =>
  page.evaluate((data) => window.trainerPort.postMessage(data), word);
