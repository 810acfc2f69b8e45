// The session's engine on the real core: backend, data sets (built in or imported), the pipeline.
import { chooseBackend, detectEnvironment } from '../core/backend';
import type { Family, RunConfig } from '../core/config';
import { createBuiltinDataset } from '../core/data/builtin';
import type { Dataset } from '../core/data/dataset';
import { createImportedDataset } from '../core/data/imported';
import type { ParsedFile } from '../core/data/importCollector';
import { parseImport } from '../core/data/importFile';
import type { ImportOptions } from '../core/data/importPrepare';
import { previewImport } from '../core/data/importPreview';
import type { StarterLoader } from '../core/model/starter';
import { FEW_PROGRAMS, MANY_PROGRAMS, submitEvery } from '../core/ops/gpuRun';
import { createRun } from '../core/run';
import type { ImportPreview } from './protocol';
import type { Engine } from './session';
import { createTileStore } from './tileStore';
import { wasmPaths } from './wasmPaths';

/** Imported files kept in memory; more only when runs were made of them. */
const MAX_IMPORTS = 2;
const SHOWN_EXAMPLES = 5;

interface Imported {
  file: ParsedFile;
  options: ImportOptions;
  /** Made at the first run on it, again when the vocabulary is to have another size; a file with one is in use and stays. */
  dataset: Dataset | null;
}

/** `loadStarter` fetches a file below the starter folder. */
export function createEngine(loadStarter: StarterLoader): Engine {
  const imports = new Map<string, Imported>();
  let imported = 0;

  const datasetOf = (config: RunConfig, dataId: string | null): Dataset => {
    if (dataId === null) return createBuiltinDataset(config.family, config);
    const found = imports.get(dataId);
    if (!found) throw new Error('The imported file is no longer in memory. Choose it again.');
    const { vocabularySize } = config;
    if (!found.dataset || found.options.vocabularySize !== vocabularySize) {
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
    async createRun(config, dataId, backend, { pace, controls }) {
      const dataset = datasetOf(config, dataId);
      const datasetFor = (family: Family) => datasetOf({ ...config, family }, null);
      const data = { dataset, ...(dataId === null && { datasetFor }) };
      return createRun({ config, ...data, backend, loadStarter, pace, controls, snapshots: true });
    },
    async importFile({ file, fileName, vocabularySize, maxSequence }) {
      const parsed = await parseImport(chunksOf(file), fileName);
      const options = { name: fileName, vocabularySize, maxSequence };
      const preview = previewImport(parsed, options);
      const dataId = `data-${++imported}`;
      imports.set(dataId, { file: parsed, options, dataset: null });
      evict();
      return toMessage(dataId, parsed, preview);
    },
  };
}

async function* chunksOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function toMessage(dataId: string, file: ParsedFile, preview: ReturnType<typeof previewImport>): ImportPreview {
  const records =
    file.kind === 'answers'
      ? file.records.slice(0, SHOWN_EXAMPLES).map(({ prompt, output }) => ({ prompt, response: output }))
      : file.records.slice(0, SHOWN_EXAMPLES).map(({ prompt, chosen }) => ({ prompt, response: chosen }));
  return {
    dataId,
    fileName: preview.name,
    kind: preview.kind,
    records: file.counts.lines - file.counts.blank,
    usable: preview.records - preview.tooLong - preview.repeated,
    droppedTooLong: preview.tooLong,
    repeated: preview.repeated,
    withoutAnswer: preview.withoutAnswer,
    hasAnswers:
      preview.withoutAnswer !== null && preview.withoutAnswer < preview.train + preview.validation + preview.heldOut,
    trainQuestions: preview.train,
    heldOutQuestions: preview.heldOut,
    promptTokens: { median: preview.promptTokens.median, longest: preview.promptTokens.max },
    responseTokens: { median: preview.responseTokens.median, longest: preview.responseTokens.max },
    vocabularySize: preview.vocabularySize,
    problems: preview.problems,
    problemCount: preview.problemCount,
    examples: records,
  };
}
