// How a run of a session begins: what is saved is read, the backend taken, the run made on it, and what its owner should know of that told.
import { runsAhead } from '../core/stages/ahead';
import { Controls } from '../core/stages/controls';
import type { Live } from './live';
import type { LongProgress } from './protocol';
import { tellDevice } from './resumeChange';
import type { SavedRuns } from './savedRuns';
import type { SessionOptions } from './sessionOptions';
import type { SharedBackend } from './sharedBackend';

interface Ground extends Pick<SessionOptions, 'engine' | 'post'> {
  backend: SharedBackend;
  savedRuns: SavedRuns;
}

/** Makes `state.run`, of which nothing is computed yet. Rejects with what the saved run, the backend or the data refuse. */
export async function beginRun(state: Live, { engine, post, backend, savedRuns }: Ground): Promise<void> {
  const { config, source, from, notes, before } = await savedRuns.begin(state);
  state.config = config;
  if (from) state.controls = new Controls(config.beta);
  const report = await backend.take(config.backend);
  state.backend = report;
  const { pace, controls, loading } = state;
  const loads = (progress: LongProgress | null): void => post({ type: 'run.loading', runId: state.id, progress }, []);
  try {
    const owner = { pace, controls, from, onProgress: loads, signal: loading.signal };
    state.run = await engine.createRun(config, source, report, owner);
  } finally {
    if (source.modelId !== null) loads(null);
  }
  state.events = state.run.events();
  const device = tellDevice(config, report, before);
  const texts = device === null ? notes : [...notes, device];
  if (texts.length > 0) tellOwner(state, texts.join(' '));
}

/** What the run is to be worked off like. */
export const mayRunAhead = ({ backend, wanted, saver }: Live, leavesRoom: boolean): boolean =>
  backend !== null && runsAhead(backend) && wanted === 'run' && !leavesRoom && !saver?.wantsPoint();

/** Something that the session itself says; no part of what the run tells. */
export function tellOwner(state: Live, text: string): void {
  state.outbox.add({ type: 'notice', level: 'warning', stage: null, text });
  state.outbox.flush();
}
