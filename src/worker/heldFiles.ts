// What the page has had opened in the worker, models and data, so that a worker that starts after a crash can be given it again under the same handle.
// Only what was asked is kept: file handles, no bytes.
import type { Command, WithoutId } from './protocol';

export type Opening = WithoutId<Extract<Command, { type: 'model.open' | 'data.import' }>>;

export interface HeldFiles {
  /** The worker has opened it. */
  opened(command: Opening): void;
  /** Nobody will ask for it again. */
  forget(id: string): void;
  /** The worker and all that was open in it are gone. */
  lost(): void;
  /** What must be opened again before this command means anything; a model before the data in its tokens. */
  neededFor(command: Command): Opening[];
}

const idOf = (command: Opening): string => (command.type === 'model.open' ? command.modelId : command.dataId);

/** The handles that a command speaks of. */
function idsIn(command: Command | Opening): (string | null)[] {
  if (command.type === 'run.start' || command.type === 'run.continue') return [command.modelId, command.dataId];
  return command.type === 'data.import' ? [command.modelId] : [];
}

export function createHeldFiles(): HeldFiles {
  const held = new Map<string, Opening>();
  const present = new Set<string>();
  return {
    opened(command) {
      held.set(idOf(command), command);
      present.add(idOf(command));
    },
    forget: (id) => void held.delete(id),
    lost: () => present.clear(),
    neededFor(command) {
      const needed = new Map<string, Opening>();
      const need = (id: string | null): void => {
        const opening = id === null || present.has(id) ? undefined : held.get(id);
        if (!opening) return;
        for (const before of idsIn(opening)) need(before);
        needed.set(idOf(opening), opening);
      };
      for (const id of idsIn(command)) need(id);
      return [...needed.values()];
    },
  };
}
