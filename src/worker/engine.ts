// The session's engine on the real core: backend, data sets (built in or imported), the pipeline.
import { backendTrouble, chooseBackend, detectEnvironment } from '../core/backend';
import type { Family, RunConfig } from '../core/config';
import { createBuiltinDataset } from '../core/data/builtin';
import type { Dataset } from '../core/data/dataset';
import type { ParsedFile } from '../core/data/importCollector';
import { createImportedDataset } from '../core/data/imported';
import type { ImportOptions } from '../core/data/importPrepare';
import type { StarterLoader } from '../core/model/starter';
import { onDeviceTrouble } from '../core/ops/deviceWatch';
import { FEW_PROGRAMS, MANY_PROGRAMS, submitEvery } from '../core/ops/gpuRun';
import { keepLedger } from '../core/ops/tensorLedger';
import { createRun } from '../core/run';
import { openAskedRun } from './askedRun';
import { type ImportedFile, packSource } from './keptSource';
import { createModelShelf, withoutSaving } from './modelShelf';
import { readImport } from './readImport';
import type { Engine } from './sessionOptions';
import { createTileStore } from './tileStore';
import { wasmPaths } from './wasmPaths';

/** Imported files kept in memory; more only when runs were made of them. */
const MAX_IMPORTS = 2;

interface Imported {
  request: ImportedFile;
  file: ParsedFile;
  options: ImportOptions;
  /** Made at the first run on it, again when the vocabulary is to have another size; a file with one is in use and stays. */
  dataset: Dataset | null;
}

/** `loadStarter` fetches a file below the starter folder. */
export function createEngine(loadStarter: StarterLoader): Engine {
  const imports = new Map<string, Imported>();
  const models = createModelShelf();
  const ledger = keepLedger();

  const datasetOf = (config: RunConfig, dataId: string | null): Dataset => {
    if (dataId === null) return createBuiltinDataset(config.family, config);
    const found = imports.get(dataId);
    if (!found) throw new Error('The imported file is no longer in memory. Choose it again.');
    const { vocabularySize } = config;
    const isOther = !found.options.tokenizer && found.options.vocabularySize !== vocabularySize;
    if (!found.dataset || isOther) {
      const options = { ...found.options, vocabularySize };
      found.dataset = createImportedDataset(found.file, options);
      found.options = options;
    }
    return found.dataset;
  };

  /** Forgets the oldest files that no run was made of, never the newest file. */
  const evict = (): void => {
    for (const [dataId, { dataset }] of [...imports].slice(0, -1)) {
      if (imports.size <= MAX_IMPORTS) return;
      if (!dataset) imports.delete(dataId);
    }
  };

  return {
    leaveRoom: (leavesRoom) => submitEvery(leavesRoom ? FEW_PROGRAMS : MANY_PROGRAMS),
    chooseBackend: (choice) => chooseBackend(choice, { ...detectEnvironment(), wasmPaths, tiles: createTileStore() }),
    trouble: backendTrouble,
    giveAllBack: ledger.giveAllBack,
    onTrouble: onDeviceTrouble,
    async createRun(config, { dataId, modelId }, backend, { pace, controls, from, ...long }) {
      const dataset = datasetOf(config, dataId);
      const datasetFor = (family: Family) => datasetOf({ ...config, family }, null);
      const data = { dataset, ...(dataId === null && { datasetFor }) };
      const options = { config, ...data, backend, loadStarter, pace, controls, snapshots: true, ...(from && { from }) };
      if (modelId === null) return withoutSaving(createRun(options));
      return models.createRun(modelId, options, long);
    },
    keptSource: ({ dataId, modelId }) =>
      packSource({
        model: modelId === null ? null : models.nameOf(modelId),
        data: (dataId !== null && imports.get(dataId)?.request) || null,
      }),
    openModel: models.open,
    closeModel: models.close,
    openRun: openAskedRun,
    async importFile({ dataId, modelId, ...request }) {
      const model = modelId === null ? null : models.get(modelId);
      const { recordsOnly: _, ...asked } = request;
      const read = await readImport({
        ...request,
        tokenizer: model?.tokenizer,
        maxPositions: model?.config.maxPositions,
      });
      if (read.status !== 'read') return read;
      imports.set(dataId, { request: asked, file: read.file, options: read.options, dataset: null });
      evict();
      return { status: 'preview', preview: { dataId, modelId, ...read.preview } };
    },
  };
}
