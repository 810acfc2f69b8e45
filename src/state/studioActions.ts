// What a studio can do, and what it asks of the page it stands in. How it does it: studio.ts.
import type { StoreApi } from 'zustand/vanilla';
import type { FieldName, Preset } from '../core/config';
import type { Mapping } from '../core/data/table/mapping';
import type { TimedStage } from '../core/events';
import type { ClaimVerdict } from '../core/study/experiment';
import type { Isolation } from '../isolation/bringIsolation';
import type { RunStore } from '../storage/runStore';
import type { AtlasClient, AtlasPort } from '../worker/atlasClient';
import type { TrainerClient, WorkerPort } from '../worker/trainerClient';
import type { Bundles } from './bundles';
import type { CompareChoice } from './compareChoice';
import type { CurvesChoice } from './curvesChoice';
import type { InspectChoice } from './inspectChoice';
import type { LabChoice } from './labState';
import type { Models } from './models';
import type { NeuronsChoice } from './neuronsChoice';
import type { RecordedRun } from './recorded';
import type { Records } from './records';
import type { SavedRuns } from './savedActions';
import type { Shelf } from './snapshotShelf';
import type { SnapshotStore } from './snapshotStore';
import type { Memory, Theme } from './storage';
import type { LiveSettings, SlowMotion, StudioState } from './studioState';
import type { TokensChoice } from './tokensChoice';
import type { ViewName } from './urlState';

export interface Surroundings {
  createWorker(): WorkerPort;
  createAtlas(): AtlasPort;
  memory: Memory;
  isolation: Isolation;
  /** Calls back before the next paint (or soon, when the page is hidden). */
  schedule(publish: () => void): void;
  now(): number;
  /** A fresh seed. */
  drawSeed(): number;
  /** Storage for snapshots over the cap; rejects where it is refused. */
  openShelf(): Promise<Shelf>;
  /** The saved runs of this browser. Opened when they are first needed. */
  openRunStore(): Promise<RunStore>;
  /** Ms since 1970. */
  wallTime(): number;
  /** Once, later. */
  after(milliseconds: number, work: () => void): void;
}

export interface Studio {
  store: StoreApi<StudioState>;
  client: TrainerClient;
  atlas: AtlasClient;
  /** Log-probs of the time line's moments. */
  snapshots: SnapshotStore;
  /** Runs as files. */
  bundles: Bundles;
  /** Runs that are saved in this browser. */
  saved: SavedRuns;
  /** Models that somebody brings. */
  models: Models;
  /** Generations and forgetting records to be looked at. */
  records: Records;
  setMoment(moment: number | null): void;
  /** To a neighbour on the time line, or by more. */
  moveMoment(by: number): void;
  setNeurons(change: Partial<NeuronsChoice>): void;
  /** For the address; called by Inspect. */
  setInspect(inspect: InspectChoice): void;
  setTokens(change: Partial<TokensChoice>): void;
  setCurves(change: Partial<CurvesChoice>): void;
  /** For the address; called by the lab. */
  setLab(lab: LabChoice): void;
  /** Called by the lab. */
  setLabWorking(isLabWorking: boolean): void;
  setCompare(change: Partial<CompareChoice>): void;
  setField(name: FieldName, text: string): void;
  resetField(name: FieldName): void;
  resetFields(): void;
  choosePreset(preset: Preset): void;
  dismissProblems(): void;
  dismissFailure(): void;
  setView(view: ViewName): void;
  setTheme(theme: Theme): void;
  setLeavesRoom(leavesRoom: boolean): void;
  /** Holds at once: what is over it leaves memory. */
  setSnapshotMegabytes(megabytes: number): void;
  setSettingsOpen(open: boolean): void;
  /** With a setting in sight and in hand. */
  openSettingsAt(field: FieldName): void;
  setRecorded(recorded: RecordedRun): void;
  setVerdicts(verdicts: readonly ClaimVerdict[]): void;
  /** A run is to be on a model of one's own: none starts before one is open. */
  wantModel(wanted: boolean): void;
  /** A new run with the settings as they stand. False: something is in its way, which is told. */
  start(options?: { paused?: boolean }): boolean;
  newSeed(): void;
  pause(): void;
  resume(): void;
  step(options?: { anatomy: boolean }): void;
  /** On to the end of the present stage. */
  stageEnd(): void;
  /** One stage of the run that the worker holds, once more from its entry. */
  only(stage: TimedStage): void;
  setLive(settings: LiveSettings): void;
  setSlow(slow: SlowMotion): void;
  stop(): void;
  selectRun(id: string): void;
  /** A data file for the next run, its columns in these parts (null: as their names speak for); without them a file of records is opened instead. */
  importFile(file: File, mapping?: Mapping | null): Promise<void>;
  /** Reads the file of the preview again, its columns in other parts. */
  mapImport(mapping: Mapping): Promise<void>;
  takeImport(): void;
  dropImport(): void;
  useBuiltin(): void;
  checkBackend(): Promise<void>;
}
