// The run from a bundle that a session holds beside its own, loaded to be asked; until the next run begins, which needs the room.
import type { BackendChoice } from '../core/config';
import type { BackendName } from '../core/events';
import type { AskedRun } from './askedRun';
import type { Command } from './protocol';
import type { Engine } from './sessionOptions';
import type { SharedBackend } from './sharedBackend';

export interface OpenedRun {
  /** Loads it, unless it is the one that is held. Only in a turn. Throws FileError. */
  open(asked: Pick<Extract<Command, { type: 'probe.open' }>, 'runId' | 'file' | 'backend'>): Promise<void>;
  /** Null where another one is held, or none. */
  of(runId: string): { run: AskedRun; choice: BackendChoice } | null;
  drop(): void;
  /** What lay on this backend is gone. */
  lose(backend: BackendName): void;
}

/** `inUse`: the backend of a run that is under way, null without one. */
export function createOpenedRun(
  engine: Pick<Engine, 'openRun'>,
  backend: SharedBackend,
  inUse: () => BackendChoice | null,
): OpenedRun {
  let opened: { id: string; run: AskedRun; choice: BackendChoice; backend: BackendName } | null = null;
  const drop = (): void => {
    opened?.run.dispose();
    opened = null;
  };
  return {
    async open({ runId, file, backend: wanted }) {
      if (opened?.id === runId) return;
      drop();
      const choice = inUse() ?? backend.choice() ?? wanted;
      const { name } = await backend.take(choice);
      opened = { id: runId, run: await engine.openRun(file), choice, backend: name };
    },
    of: (runId) => (opened?.id === runId ? opened : null),
    drop,
    lose(name) {
      if (opened?.backend === name) drop();
    },
  };
}
