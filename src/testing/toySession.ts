// A session of a tab on a real run of a toy model, saved in a disk of the test's own; its process can be killed.
import { keepLedger } from '../core/ops/tensorLedger';
import { createRun } from '../core/run';
import { withoutSaving } from '../worker/modelShelf';
import type { Command, ResumeChange, WorkerMessage } from '../worker/protocol';
import { createSession } from '../worker/session';
import type { Engine } from '../worker/sessionOptions';
import { nextTurn } from './realTimers';
import type { Tab } from './runStoreRig';
import { toyConfig, toyDataset } from './tinyModel';
import { BACKEND } from './toyRun';

export const CONFIG = toyConfig({
  ...{ layers: 1, width: 16, heads: 2, mlpWidth: 16, sftLearningRate: 0.02, prompts: 8, heldOutPrompts: 10 },
  ...{ warmupSteps: 3, forgettingSteps: 3, improvingSteps: 3, rewardSteps: 1, klPrompts: 10, otherPrompts: 0 },
});
export const SAVED = { id: 'kept', name: 'A saved run' };
export const START: Extract<Command, { type: 'run.start' }> = {
  ...{ type: 'run.start', runId: 'a', config: CONFIG, dataId: null, modelId: null, paused: false, saved: SAVED },
};
export const goOn = (
  runId: string,
  paused = false,
  change: ResumeChange = {},
): Extract<Command, { type: 'run.continue' }> => ({
  ...{ type: 'run.continue', runId, savedId: SAVED.id, dataId: null, modelId: null, paused, change },
});

export interface Toy {
  /** Ask for a save before each unit, and give it so many rounds of the event loop. */
  saves?: number;
  /** The process is gone after so many units. */
  dies?: number;
  /** Commands before a unit. */
  at?: Readonly<Record<number, Command>>;
  engine?: Partial<Engine>;
}

/** A session of a tab on a real run of the toy model. */
export function toySession(tab: Tab, { saves = 0, dies, at = {}, engine = {} }: Toy = {}) {
  const messages: WorkerMessage[] = [];
  const ledger = keepLedger();
  let units = 0;
  let wake: (() => void)[] = [];
  const session = createSession({
    openStore: async () => tab.store,
    engine: {
      leaveRoom: () => {},
      chooseBackend: async () => BACKEND,
      trouble: () => null,
      giveAllBack: ledger.giveAllBack,
      onTrouble: () => {},
      createRun: async (config, _, backend, { pace, controls, from }) =>
        withoutSaving(
          createRun({
            ...{ config, dataset: toyDataset(), backend, pace, controls, snapshots: true },
            ...(from && { from }),
            loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
          }),
        ),
      keptSource: async () => null,
      openModel: () => Promise.reject(new Error('no model')),
      closeModel: () => {},
      openRun: () => Promise.reject(new Error('no bundle')),
      importFile: () => Promise.reject(new Error('no file')),
      ...engine,
    },
    post(message, transfer) {
      // As the border does: what is transferred is gone from here.
      messages.push(structuredClone(message, { transfer }));
      for (const each of wake.splice(0)) each();
    },
    async yieldToMessages() {
      if (++units === dies) {
        tab.die();
        for (const each of wake.splice(0)) each();
        await new Promise(() => {});
      }
      const command = at[units];
      if (command) session.handle(command);
      if (saves) session.handle({ type: 'run.save', runId: 'a' });
      for (let i = 0; i <= saves; i++) await nextTurn();
    },
    turn: nextTurn,
    rest: async () => {},
    now: () => performance.now(),
  });
  /** Until that is so; checked at every message. */
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => (wake = [...wake, resolve]));
  };
  const phase = () => messages.findLast((message) => message.type === 'run.phase')?.phase;
  return {
    ...{ messages, session, until },
    units: () => units,
    events: () => messages.flatMap((message) => (message.type === 'run.events' ? message.events : [])),
    saves: () => messages.filter(({ type }) => type === 'run.saved').length,
    failure: () => messages.find((message) => message.type === 'run.failed'),
    isOver: () => phase() === 'done' || phase() === 'stopped' || messages.some(({ type }) => type === 'run.failed'),
    isDead: () => units === dies,
    phase,
  };
}
export type ToySession = ReturnType<typeof toySession>;
