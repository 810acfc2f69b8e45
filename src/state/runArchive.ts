// One of this session's runs as it can be saved: its log, and how its arrays are had from the atlas worker and the snapshot store.
import type { LeftOut } from '../core/bundle/manifest';
import type { RunArchive } from '../core/bundle/runParts';
import type { AtlasClient } from '../worker/atlasClient';
import type { AtlasQuestion, Holdings } from '../worker/atlasProtocol';
import { momentName } from './moments';
import type { RunLogs } from './runLogs';
import type { RunState } from './runState';
import type { SnapshotStore } from './snapshotStore';

export interface ArchiveSources {
  logs: RunLogs;
  atlas: AtlasClient;
  snapshots: SnapshotStore;
}

export function runArchive(run: RunState, holdings: Holdings, { logs, atlas, snapshots }: ArchiveSources): RunArchive {
  const { id: runId } = run;
  const held = holdings.runs.find((one) => one.runId === runId);
  const ask = (question: Extract<AtlasQuestion, { type: 'export' }>) => async () => [await atlas.ask(question)];
  const leftOut: LeftOut[] = [];
  if (!held) leftOut.push({ part: 'weights and masks', why: 'no longer held, only those of the last runs are.' });
  else {
    if (held.moments.length === 0)
      leftOut.push({ part: 'weights', why: 'not told, the model is too large, or no stage had ended.' });
    else if (held.updateSteps.length === 0 && run.moments.length > 0)
      leftOut.push({ part: 'weights along the time line', why: 'not told, the model is too large for it.' });
  }
  const timeLine = run.moments.map(({ stage, step }) => ({ stage, step }));
  return {
    log: logs.get(runId),
    masks: (held?.masks ?? []).map((purpose) => ({
      purpose,
      read: ask({ type: 'export', what: 'packed', mask: { from: 'run', runId, purpose } }),
    })),
    weights: (held?.moments ?? []).map((moment) => ({
      moment,
      read: ask({ type: 'export', what: 'weights', runId, moment }),
    })),
    updates: (held?.updateSteps ?? []).map((at) => ({
      ...at,
      read: ask({ type: 'export', what: 'update', runId, at }),
    })),
    moments: held?.hasSecondMoment ? ask({ type: 'export', what: 'moments', runId }) : null,
    snapshots: timeLine.map((at) => ({ ...at, read: () => snapshots.get(runId, momentName(at)) })),
    aligned: null,
    tokenizer: logs.tokenizer(runId),
    leftOut,
  };
}
