// The worker's life without the worker: takes the page's commands, hands them to the run (sessionRuns.ts) or answers them (sessionRequests.ts).
// Knows neither postMessage nor TensorFlow.js: the border (trainer.worker.ts) hands in `post` and the engine.
import { toRest, toRun, toStep, toStop } from './live';
import { createLongRequests } from './longRequests';
import { createOpenedRun } from './openedRun';
import { assertNever, type Command } from './protocol';
import type { SessionOptions } from './sessionOptions';
import { createRequests } from './sessionRequests';
import { createRuns } from './sessionRuns';
import { sharedBackend } from './sharedBackend';

export interface Session {
  handle(command: Command): void;
}

/** One session: takes commands in order, answers through `post`. Never throws; every error becomes a message. */
export function createSession(options: SessionOptions): Session {
  const { engine, post } = options;
  const backend = sharedBackend(engine);
  const long = createLongRequests((message) => post(message, []));
  const opened = createOpenedRun(engine, backend, () => runs.present()?.backend ?? null);
  const runs = createRuns(options, backend, opened);
  const requests = createRequests(options, { backend, long, runs, opened });
  return {
    handle(message) {
      switch (message.type) {
        case 'model.open':
          void requests.openModel(message);
          break;
        case 'model.close':
          engine.closeModel(message.modelId);
          break;
        case 'model.save':
          void requests.saveModel(message);
          break;
        case 'request.cancel':
          long.cancel(message.requestId);
          break;
        case 'backend.check':
          requests.checkBackend(message.requestId, message.backend);
          break;
        case 'data.import':
          void requests.importFile(message);
          break;
        case 'room.leave':
          runs.leaveRoom(message.leavesRoom);
          break;
        case 'run.start':
        case 'run.continue':
          runs.start(message);
          break;
        case 'run.save':
          runs.save(message.runId);
          break;
        case 'run.unsaved':
          runs.unsave(message.runId);
          break;
        case 'run.pause':
          runs.change(message.runId, toRest);
          break;
        case 'run.resume':
          runs.change(message.runId, toRun);
          break;
        case 'run.step':
          runs.change(message.runId, (state) => toStep(state, message.anatomy));
          break;
        case 'run.stageEnd':
          runs.change(message.runId, (state) => {
            toRun(state);
            state.stopsAtStageEnd = true;
          });
          break;
        case 'run.only':
          runs.runAgain(message);
          break;
        case 'run.set':
          runs.set(message);
          break;
        case 'run.stop':
          runs.change(message.runId, toStop);
          break;
        case 'probe.open':
          requests.openRun(message);
          break;
        case 'probe.prompts':
          requests.probe(message.requestId, message.runId, async (run) => ({
            type: 'probe.prompts',
            requestId: message.requestId,
            prompts: run.suggestedPrompts(message.count),
          }));
          break;
        case 'probe.generate':
          requests.probe(message.requestId, message.runId, async (run) => ({
            type: 'probe.answer',
            requestId: message.requestId,
            ...(await run.answer(message.prompt, message)),
          }));
          break;
        default:
          assertNever(message);
      }
    },
  };
}
