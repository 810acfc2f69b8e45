// What a session stands on: the engine that computes, and the few things that the worker's border gives it.
import type { BackendChoice, RunConfig } from '../core/config';
import type { Mapping } from '../core/data/table/mapping';
import type { BackendReport } from '../core/events';
import type { DeviceTrouble } from '../core/failures';
import type { Pace } from '../core/stages/ahead';
import type { Controls } from '../core/stages/controls';
import type { ResumePoint } from '../core/stages/resume/point';
import type { ArrayFile } from '../storage/arrayFile';
import type { RunStore } from '../storage/runStore';
import type { AskedRun } from './askedRun';
import type { SessionRun } from './live';
import type { Long } from './longRequests';
import type { BroughtModel, ImportAnswer, ModelFile, WorkerMessage } from './protocol';

export interface Engine {
  /** Short stretches of GPU work, or long ones. */
  leaveRoom(leavesRoom: boolean): void;
  chooseBackend(choice: BackendChoice): Promise<BackendReport>;
  /** Why what was chosen last cannot be worked with any more (core/ops/deviceWatch.ts); null while it can. */
  trouble(): DeviceTrouble | null;
  /** After a trouble, when nothing on the backend is held any more: what is left there is given back. */
  giveAllBack(): void;
  /** Called with each trouble as it comes, whether anybody works or not. */
  onTrouble(listener: (trouble: DeviceTrouble) => void): void;
  /** Throws when data or model are not known (any more), the settings do not fit the data, or PointError where the point does not fit the run. */
  createRun(
    config: RunConfig,
    source: RunSource,
    backend: BackendReport,
    owner: { pace: Pace; controls: Controls; from: ResumePoint | null } & Long,
  ): Promise<SessionRun>;
  /** What of data and model must be kept with a saved run (keptSource.ts); null: nothing, or they are not known. */
  keptSource(source: RunSource): Promise<ArrayFile | null>;
  /** Throws FileError, or the signal's reason. */
  openModel(
    request: { modelId: string; files: readonly ModelFile[]; name: string | null } & Long,
  ): Promise<BroughtModel>;
  closeModel(modelId: string): void;
  /** The models of a bundle's run. Throws FileError. */
  openRun(file: ModelFile): Promise<AskedRun>;
  importFile(request: {
    dataId: string;
    file: Blob;
    fileName: string;
    vocabularySize: number;
    maxSequence: number;
    mapping: Mapping | null;
    modelId: string | null;
    recordsOnly: boolean;
  }): Promise<ImportAnswer>;
}

/** What a run is made of: handles of imported data and of an opened model. */
export interface RunSource {
  dataId: string | null;
  modelId: string | null;
}

export interface SessionOptions {
  engine: Engine;
  /** The saved runs, the same ones each time. */
  openStore(): Promise<Pick<RunStore, 'create' | 'resume'>>;
  post(message: WorkerMessage, transfer: ArrayBuffer[]): void;
  /** Lets waiting messages in; resolves in a later task. */
  yieldToMessages(): Promise<void>;
  /** The same for what is done beside a run: in a later task than its next unit, or before. */
  turn(): Promise<void>;
  /** Resolves after so many milliseconds. */
  rest(ms: number): Promise<void>;
  now(): number;
}
