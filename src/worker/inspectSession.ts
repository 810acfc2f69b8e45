// The inspect worker's life without the worker: takes commands, starts what they ask for, stops it when told, and posts what comes of it.
// Jobs and small questions run side by side; questions that go through whole tensors wait for each other.

import { buffersOfAnswer } from './answerBuffers';
import type { AtlasQuestion } from './atlasProtocol';
import { inspectAnswers } from './inspectAnswers';
import { countMasks, groupFiles } from './inspectCounts';
import { CancelledError, failureOf } from './inspectFailure';
import { inspectHeld } from './inspectHeld';
import { compareFile, countFile, openFiles, pairFiles, selectFiles } from './inspectJobs';
import type { JobWatch } from './inspectPace';
import {
  type CheckpointRole,
  type InspectAnswer,
  type InspectCommand,
  type InspectMessage,
  isAskedOf,
} from './inspectProtocol';
import { assertNever } from './protocol';

export interface InspectSession {
  /** Resolves when what the command asked for is answered; never rejects. */
  handle(command: InspectCommand): Promise<void>;
}

const ROLES: readonly CheckpointRole[] = ['before', 'after', 'mask', 'second'];
type Job = Extract<InspectCommand, { requestId: string }>;

/** Would another file in this place change what comes of it? */
function isAbout(command: Job, role: CheckpointRole): boolean {
  switch (command.type) {
    case 'inspect.open':
      return command.role === role;
    case 'inspect.pair':
    case 'inspect.select':
    case 'inspect.groups':
      return role === 'before' || role === 'after';
    case 'inspect.count':
      return role === command.role;
    case 'inspect.ask':
      return isAskedOf(command.question, role);
    case 'inspect.parity':
      return role !== 'second';
    default:
      return true;
  }
}

/**
 * What all of it holds at most, whatever the files' sizes: chunks on their way (32 MiB) and a counter's copies (8), patterns of the second
 * pass or sums of groups (96), pages (88), pyramids (64) and the one being grown (16), strips (40), selections with their scans (12), or in their place a
 * file that is handed out (256). The engine's own memory comes on top.
 */
export const MEMORY_CAP_BYTES = 400 << 20;

export function createInspectSession(
  post: (message: InspectMessage, transfer: ArrayBuffer[]) => void,
  now: () => number,
): InspectSession {
  const held = inspectHeld();
  const answers = inspectAnswers(held, now);
  const underWay = new Map<string, { command: Job; controller: AbortController }>();
  /** The last of the questions that go through whole tensors. */
  let slow: Promise<unknown> = Promise.resolve();

  /** Stops what was about files that have gone; other files may still be being opened. */
  const stop = (roles: readonly CheckpointRole[], but: string | null): void => {
    for (const [requestId, { command, controller }] of underWay) {
      if (requestId === but || !roles.some((role) => isAbout(command, role))) continue;
      controller.abort(new CancelledError('The file it was about has been closed or replaced.'));
    }
    answers.clear();
  };

  /** What is given last counts, however long the earlier takes. */
  const stopOpening = ({ role, requestId }: Extract<Job, { type: 'inspect.open' }>): void => {
    for (const [id, { command, controller }] of underWay) {
      if (id === requestId || command.type !== 'inspect.open' || command.role !== role) continue;
      controller.abort(new CancelledError('Other files were given in their place.'));
    }
  };

  const close = (role: CheckpointRole | null): void => {
    const roles = role === null ? ROLES : [role];
    stop(roles, null);
    for (const each of roles) held.set(each, null);
  };

  const job = async (command: Exclude<Job, { type: 'inspect.ask' | 'inspect.cancel' }>, watch: JobWatch) => {
    const { type, requestId } = command;
    const answered = (answer: InspectAnswer) => post({ type: 'inspect.answer', requestId, answer }, []);
    switch (type) {
      case 'inspect.open': {
        stopOpening(command);
        const value = await openFiles(held, command.role, command.files, watch);
        stop([command.role], requestId);
        return answered({ job: 'open', value });
      }
      case 'inspect.pair':
        return answered({ job: 'pair', value: pairFiles(held) });
      case 'inspect.select':
        return answered({ job: 'select', value: await selectFiles(held, command.options, watch) });
      case 'inspect.count':
        return answered({ job: 'count', value: await countFile(held, command.role, watch) });
      case 'inspect.parity':
        return answered({ job: 'parity', value: await compareFile(held, watch) });
      case 'inspect.groups':
        return answered({ job: 'groups', value: await groupFiles(held, command.headWidth, watch) });
      case 'inspect.agreement':
        return answered({ job: 'agreement', value: await countMasks(held, command.masks, watch) });
      default:
        return assertNever(type);
    }
  };

  const ask = async (requestId: string, question: AtlasQuestion, signal: AbortSignal): Promise<void> => {
    const work = async () => {
      signal.throwIfAborted();
      const answer = await answers.answer(question, signal);
      signal.throwIfAborted();
      post({ type: 'inspect.asked', requestId, answer }, buffersOfAnswer(answer));
    };
    if (answers.isQuick(question)) return work();
    const turn = slow.then(work);
    slow = turn.catch(() => {});
    return turn;
  };

  return {
    async handle(command) {
      if (command.type === 'inspect.close') return close(command.role);
      const { requestId } = command;
      if (command.type === 'inspect.cancel') {
        underWay.get(requestId)?.controller.abort(new CancelledError('Stopped.'));
        return;
      }
      const controller = new AbortController();
      const { signal } = controller;
      underWay.set(requestId, { command, controller });
      const tell: JobWatch['tell'] = (progress) => post({ type: 'inspect.progress', requestId, progress }, []);
      try {
        if (command.type === 'inspect.ask') await ask(requestId, command.question, signal);
        else await job(command, { signal, now, tell });
      } catch (error) {
        post({ type: 'inspect.failed', requestId, failure: failureOf(signal.aborted ? signal.reason : error) }, []);
      } finally {
        underWay.delete(requestId);
      }
    },
  };
}
