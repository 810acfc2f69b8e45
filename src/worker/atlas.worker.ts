// The border between page and atlas: guards what comes in, posts what goes out. Nothing else happens here.
import { isAtlasCommand } from './atlasProtocol';
import { createAtlasSession } from './atlasSession';

declare const self: DedicatedWorkerGlobalScope;

const session = createAtlasSession(
  (message, transfer) => self.postMessage(message, transfer),
  () => performance.now(),
);

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (isAtlasCommand(data)) session.handle(data);
};
