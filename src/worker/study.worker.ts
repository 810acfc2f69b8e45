// The border between page and study: guards what comes in, posts what goes out. Nothing else happens here.
import { messageTurns } from '../core/messageTurns';
import { starterFetcher } from './starterFetcher';
import { createStudyEngine } from './studyEngine';
import { isStudyCommand } from './studyProtocol';
import { createStudySession } from './studySession';

declare const self: DedicatedWorkerGlobalScope;

const session = createStudySession({
  engine: createStudyEngine(starterFetcher(self.name)),
  post: (message) => self.postMessage(message),
  yieldToMessages: messageTurns(),
  rest: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  now: () => performance.now(),
});

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (isStudyCommand(data)) session.handle(data);
};
