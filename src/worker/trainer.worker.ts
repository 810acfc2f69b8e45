// The border between page and training: guards what comes in, posts what goes out. Nothing else happens here.

import { messageTurns } from '../core/messageTurns';
import { openRunStore } from '../storage/runStore';
import { createEngine } from './engine';
import { isCommand } from './protocol';
import { createSession } from './session';
import { starterFetcher } from './starterFetcher';

declare const self: DedicatedWorkerGlobalScope;

let store: ReturnType<typeof openRunStore> | null = null;

const session = createSession({
  engine: createEngine(starterFetcher(self.name)),
  openStore() {
    store ??= openRunStore().catch((error: unknown) => {
      // The next one asks again.
      store = null;
      throw error;
    });
    return store;
  },
  post: (message, transfer) => self.postMessage(message, transfer),
  yieldToMessages: messageTurns(),
  turn: messageTurns(),
  rest: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  now: () => performance.now(),
});

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (isCommand(data)) session.handle(data);
};
self.postMessage({ type: 'ready' });
