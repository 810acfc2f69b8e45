// The study session's engine on the real core: the backend that a job's settings ask for, built-in data, preparations kept between jobs.
import { chooseBackend, detectEnvironment } from '../core/backend';
import type { BackendChoice } from '../core/config';
import { createBuiltinDataset } from '../core/data/builtin';
import type { BackendReport } from '../core/events';
import type { StarterLoader } from '../core/model/starter';
import { FEW_PROGRAMS, MANY_PROGRAMS, submitEvery } from '../core/ops/gpuRun';
import { runJob } from '../core/study/runJob';
import { createShared } from '../core/study/shared';
import type { StudyEngine } from './studySession';
import { createTileStore } from './tileStore';
import { wasmPaths } from './wasmPaths';

/** `loadStarter` fetches a file below the starter folder. */
export function createStudyEngine(loadStarter: StarterLoader): StudyEngine {
  let chosen: { choice: BackendChoice; backend: BackendReport } | null = null;
  // Of one backend: on another the same settings give other bits.
  let shared = createShared();

  const takeBackend = async (choice: BackendChoice): Promise<BackendReport> => {
    if (chosen?.choice === choice) return chosen.backend;
    const backend = await chooseBackend(choice, { ...detectEnvironment(), wasmPaths, tiles: createTileStore() });
    if (chosen && chosen.backend.name !== backend.name) shared = createShared();
    chosen = { choice, backend };
    return backend;
  };

  return {
    leaveRoom: (leavesRoom) => submitEvery(leavesRoom ? FEW_PROGRAMS : MANY_PROGRAMS),
    async begin(job) {
      const backend = await takeBackend(job.config.backend);
      const datasetFor: Parameters<typeof runJob>[1]['datasetFor'] = (config) =>
        createBuiltinDataset(config.family, config);
      return runJob(job, { backend, datasetFor, loadStarter, shared });
    },
    forget() {
      chosen = null;
      shared = createShared();
    },
  };
}
