// The border between page and atlas: guards what comes in, posts what goes out. Nothing else happens here.
import { isAtlasCommand } from './atlasProtocol';
import { createAtlasSession } from './atlasSession';

declare const self: DedicatedWorkerGlobalScope;

/** Run events come one after the other, with less between them. */
const IDLE_MS = 200;

const session = createAtlasSession(
  (message, transfer) => self.postMessage(message, transfer),
  () => performance.now(),
  (work) => setTimeout(work, IDLE_MS),
);

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (isAtlasCommand(data)) session.handle(data);
};
