// What a session is asked beside its run: backend checks, data and models, and questions to the weights of the last run. Every request is
// answered once, by what it asked for or by why not.
import type { BackendChoice } from '../core/config';
import type { AskedRun } from './askedRun';
import { explainError } from './explainError';
import type { LongRequests } from './longRequests';
import type { OpenedRun } from './openedRun';
import type { Command, WorkerMessage } from './protocol';
import type { SessionOptions } from './sessionOptions';
import type { SessionRuns } from './sessionRuns';
import type { SharedBackend } from './sharedBackend';

type Asked<Type extends Command['type']> = Extract<Command, { type: Type }>;

const TRAINED = 'The model is being trained.';
const TRAINED_NEXT = 'Pause the run, or wait until it is done.';

export interface SessionRequests {
  checkBackend(requestId: string, choice: BackendChoice): void;
  importFile(request: Asked<'data.import'>): Promise<void>;
  openModel(request: Asked<'model.open'>): Promise<void>;
  saveModel(request: Asked<'model.save'>): Promise<void>;
  /** Loads a bundle's run, to be asked. Refused while a run works. */
  openRun(request: Asked<'probe.open'>): void;
  /** Runs `work` on the weights of the last run, or of the opened one. Refused while a run works: a probe would hold it up. */
  probe(requestId: string, runId: string, work: (run: AskedRun) => Promise<WorkerMessage>): void;
}

export function createRequests(
  { engine, post }: Pick<SessionOptions, 'engine' | 'post'>,
  { backend, long, runs, opened }: { backend: SharedBackend; long: LongRequests; runs: SessionRuns; opened: OpenedRun },
): SessionRequests {
  const answer = (requestId: string, work: () => Promise<WorkerMessage>): void =>
    backend.exclusively(async () => {
      try {
        post(await work(), []);
      } catch (error) {
        post({ type: 'request.failed', requestId, error: explainError(error) }, []);
      }
    });

  const refuse = (requestId: string, message: string, next: string): void =>
    post({ type: 'request.failed', requestId, error: { message, next, detail: message } }, []);

  const openRun = (asked: Asked<'probe.open'>): void => {
    const { requestId } = asked;
    if (runs.isTraining()) {
      refuse(requestId, TRAINED, TRAINED_NEXT);
      return;
    }
    answer(requestId, async () => {
      await opened.open(asked);
      return { type: 'probe.opened', requestId };
    });
  };

  const probe = (requestId: string, runId: string, work: (run: AskedRun) => Promise<WorkerMessage>): void => {
    if (runs.isTraining()) {
      refuse(requestId, TRAINED, TRAINED_NEXT);
      return;
    }
    answer(requestId, async () => {
      const asked = runs.probed(runId) ?? opened.of(runId);
      if (!asked) throw new Error('The weights of this run are no longer in memory. Restart it to try it.');
      await backend.take(asked.choice);
      return work(asked.run);
    });
  };

  const checkBackend = (requestId: string, choice: BackendChoice): void => {
    const present = runs.present();
    if (present && present.backend !== choice) {
      refuse(requestId, 'A run is using the other backend.', 'Stop the run first, then check again.');
      return;
    }
    answer(requestId, async () => ({ type: 'backend.report', requestId, report: await backend.take(choice) }));
  };

  /** Imports touch no tensor: they need not wait for a run. */
  const importFile = async (request: Asked<'data.import'>): Promise<void> => {
    const { requestId } = request;
    try {
      post({ type: 'data.preview', requestId, answer: await engine.importFile(request) }, []);
    } catch (error) {
      post({ type: 'request.failed', requestId, error: explainError(error) }, []);
    }
  };

  /** Files are read while a run may go on: no tensor is touched. */
  const openModel = ({ requestId, ...request }: Asked<'model.open'>): Promise<void> =>
    long.follow(requestId, async (owner) => ({
      ...{ type: 'model.opened', requestId },
      model: await engine.openModel({ ...request, ...owner }),
    }));

  /** Weights are read from the device between units of work; writing them is in nobody's way. */
  const saveModel = async ({ requestId, runId }: Asked<'model.save'>): Promise<void> => {
    if (runs.isTraining()) {
      refuse(requestId, TRAINED, TRAINED_NEXT);
      return;
    }
    await long.follow(requestId, async (owner) => {
      const saved = await backend.inTurn(async () => {
        const probed = runs.probed(runId);
        if (!probed) throw new Error('The weights of this run are no longer in memory: run it again.');
        owner.signal.throwIfAborted();
        await backend.take(probed.choice);
        return probed.run.save();
      });
      return { type: 'model.saved', requestId, saved: await saved(owner) };
    });
  };

  return { checkBackend, importFile, openModel, saveModel, openRun, probe };
}
