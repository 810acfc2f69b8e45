// The border between page and inspect worker: guards what comes in, posts what goes out. Nothing else happens here.
import { isInspectCommand } from './inspectProtocol';
import { createInspectSession } from './inspectSession';

declare const self: DedicatedWorkerGlobalScope;

const session = createInspectSession(
  (message, transfer) => self.postMessage(message, transfer),
  () => performance.now(),
);

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (isInspectCommand(data)) void session.handle(data);
};
