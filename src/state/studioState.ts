// What the studio knows at a moment, how that begins, and which of its runs is meant. What changes it: studio.ts, studioUpdates.ts.
import type { FieldName, RunConfig } from '../core/config';
import type { BackendReport } from '../core/events';
import { type ConfigProblem, parseConfig } from '../core/parseConfig';
import type { ClaimVerdict } from '../core/study/experiment';
import type { Isolation } from '../isolation/bringIsolation';
import { EMPTY_HOLDINGS, type Holdings } from '../worker/atlasProtocol';
import type {
  BroughtModel,
  ImportAnswer,
  ImportPreview,
  LongProgress,
  RunFailure,
  WorkerError,
} from '../worker/protocol';
import type { BundleState } from './bundles';
import type { CompareChoice } from './compareChoice';
import type { CurvesChoice } from './curvesChoice';
import type { InspectChoice } from './inspectChoice';
import type { LabChoice } from './labState';
import type { ModelOpening, ModelSaving } from './models';
import type { MomentPlace } from './moments';
import type { NeuronsChoice } from './neuronsChoice';
import type { RecordedRun } from './recorded';
import { NO_RECORDS, type RecordsState } from './records';
import type { RunState } from './runState';
import type { Memory, Theme } from './storage';
import type { TokensChoice } from './tokensChoice';
import { parseUrl, type ViewName } from './urlState';

export type ImportState =
  | { status: 'none' }
  | { status: 'reading'; fileName: string; bytes: number }
  /** `isReading`: the file is read once more under another mapping. */
  | { status: 'preview'; preview: ImportPreview; isReading: boolean }
  | (Extract<ImportAnswer, { status: 'mapping' }> & { isReading: boolean })
  | { status: 'failed'; fileName: string; error: WorkerError };

export type BackendState =
  | { status: 'unknown' }
  | { status: 'checking' }
  | { status: 'known'; report: BackendReport }
  | { status: 'failed'; error: WorkerError };

/** What can be changed while a run is on; it holds from its next update. */
export interface LiveSettings {
  /** Times the scheduled learning rate. */
  learningRateScale: number;
  beta: number;
}

/** Why a run is not there. */
export interface RunTrouble {
  /** The run, as a sentence begins with it. */
  name: string;
  /** With a cause where it was the engine or the storage that failed. */
  error: WorkerError | RunFailure;
  /** The saved run that it is about. */
  savedId?: string;
}

export type SlowMotion = 'off' | 'waiting' | 'going';

export interface StudioState {
  /** Settings as typed: only those that were touched. `config` and `problems` follow from them. */
  inputs: Readonly<Record<string, string>>;
  config: RunConfig;
  problems: readonly ConfigProblem[];
  /** What was wrong in the address, until dismissed. */
  addressProblems: readonly ConfigProblem[];
  view: ViewName;
  theme: Theme;
  /** Training rests between its steps, for page and machine. */
  leavesRoom: boolean;
  /** The most that the time line's log-probs take in memory. */
  snapshotMegabytes: number;
  settingsOpen: boolean;
  /** The setting that somebody is sent to. */
  settingsAt: { field: FieldName } | null;
  /** Oldest first. */
  runs: readonly RunState[];
  selectedId: string | null;
  /** The run that the worker holds: transport and Try act on it. */
  activeId: string | null;
  /** Of a run that failed before it showed anything: beside what is still there. */
  failure: RunTrouble | null;
  importing: ImportState;
  bundle: BundleState;
  /** Files that are open to be looked at. */
  records: RecordsState;
  /** The file the next run trains on; null = the built-in tasks. */
  file: ImportPreview | null;
  /** The model the next run begins with; null = the preset's. */
  model: BroughtModel | null;
  /** “Your own” is chosen, whether one is open yet or not. */
  wantsModel: boolean;
  modelOpening: ModelOpening;
  modelSaving: ModelSaving;
  /** Weights of the brought model on their way to a run that is about to begin. */
  loading: { runId: string; progress: LongProgress } | null;
  backend: BackendState;
  /** Settled before the page was shown. */
  isolation: Isolation;
  recorded: RecordedRun | null;
  /** What the recorded study says of the paper's claims. */
  verdicts: readonly ClaimVerdict[] | null;
  /** The place on the selected run's time line that every view shows; null: the latest. */
  moment: number | null;
  /** The moment that the address asks for, until the run has it. */
  at: MomentPlace | null;
  /** Slow motion: off, or on, and then going from update to update or waiting for a key. */
  slow: SlowMotion;
  /** Settings changed during the active run; null: none were. */
  live: LiveSettings | null;
  /** What the atlas worker has of this session's runs. */
  atlas: Holdings;
  neurons: NeuronsChoice;
  /** What Inspect shows; its own store goes before (state/inspect.ts). */
  inspect: InspectChoice;
  tokens: TokensChoice;
  /** What the lab looks at; the lab's own store goes before (state/lab.ts). */
  lab: LabChoice;
  /** The lab's queue is being worked off in this tab. */
  isLabWorking: boolean;
  /** How Compare looks at it. */
  compare: CompareChoice;
  curves: CurvesChoice;
}

export const isOver = (phase: RunState['phase']): boolean =>
  phase === 'done' || phase === 'stopped' || phase === 'failed';
export const selectedRun = (state: StudioState): RunState | null =>
  state.runs.find((run) => run.id === state.selectedId) ?? null;
export const activeRun = (state: StudioState): RunState | null =>
  state.runs.find((run) => run.id === state.activeId) ?? null;

/** The first state: the address wins over what is remembered, and that over the defaults. */
export function firstState(search: string, memory: Memory, isolation: Isolation): StudioState {
  const url = parseUrl(search);
  const inputs = Object.keys(url.inputs).length > 0 ? url.inputs : memory.settings();
  const { config } = parseConfig(inputs);
  return {
    inputs,
    config,
    problems: [],
    addressProblems: url.problems,
    view: url.view,
    theme: memory.theme(),
    leavesRoom: memory.leavesRoom(),
    snapshotMegabytes: memory.snapshotMegabytes(),
    settingsOpen: false,
    settingsAt: null,
    runs: [],
    selectedId: null,
    activeId: null,
    failure: null,
    importing: { status: 'none' },
    bundle: { status: 'none' },
    records: NO_RECORDS,
    file: null,
    model: null,
    wantsModel: false,
    modelOpening: { status: 'none' },
    modelSaving: { status: 'none' },
    loading: null,
    backend: { status: 'unknown' },
    isolation,
    recorded: null,
    verdicts: null,
    moment: null,
    at: url.at,
    slow: 'off',
    live: null,
    atlas: EMPTY_HOLDINGS,
    neurons: url.neurons,
    inspect: url.inspect,
    tokens: url.tokens,
    lab: url.lab,
    isLabWorking: false,
    compare: url.compare,
    curves: { ...memory.curves(), ...url.curves },
  };
}
