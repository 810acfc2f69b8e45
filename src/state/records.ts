// Files of the reference repository's records that are open to be looked at: at most one of each kind. They touch no run, no settings and no data
// of the next run; a refused file leaves the one before open.
import type { StoreApi } from 'zustand/vanilla';
import {
  generationPairs,
  type OpenedForgetting,
  type OpenedGenerations,
  type OpenedRecords,
  type RecordsKind,
} from '../core/data/openRecords';
import type { ImportAnswer, WorkerError } from '../worker/protocol';
import type { StudioState } from './studioState';

interface Opened<T> {
  file: File;
  records: T;
  /** The view that can show it does so now, instead of the run. */
  isShown: boolean;
}

export interface RecordsState {
  generations: Opened<OpenedGenerations> | null;
  forgetting: Opened<OpenedForgetting> | null;
  /** The name of a file that is being read. */
  reading: string | null;
  refused: { fileName: string; error: WorkerError } | null;
}

export const NO_RECORDS: RecordsState = { generations: null, forgetting: null, reading: null, refused: null };

/** The view that shows a kind. */
const VIEW_OF = { generations: 'data', forgetting: 'tokens' } as const satisfies Record<RecordsKind, string>;

export interface Records {
  /** Reads a file and shows it; what goes wrong is told in `refused`. */
  open(file: File): Promise<void>;
  /** Shows what has been read. */
  take(file: File, records: OpenedRecords): void;
  show(kind: RecordsKind, isShown: boolean): void;
  close(kind: RecordsKind): void;
  dismiss(): void;
  /** Splits the outputs anew where a tokenizer has come or gone. */
  followModel(): Promise<void>;
  /** The answers' preference pairs as a data file; null where there are none. */
  pairFile(): File | null;
}

export interface RecordsOptions {
  store: StoreApi<StudioState>;
  read(file: File): Promise<ImportAnswer>;
  toError(thrown: unknown): WorkerError;
}

export function createRecords({ store, read, toError }: RecordsOptions): Records {
  const { getState, setState } = store;
  const set = (change: Partial<RecordsState>): void => setState({ records: { ...getState().records, ...change } });
  const put = (file: File, records: OpenedRecords, isShown: boolean): void =>
    records.kind === 'generations'
      ? set({ generations: { file, records, isShown } })
      : set({ forgetting: { file, records, isShown } });
  let reads = 0;
  /** Null where it was refused, or where another file was chosen meanwhile. */
  const readRecords = async (file: File): Promise<OpenedRecords | null> => {
    const mine = ++reads;
    set({ reading: file.name, refused: null });
    try {
      const answer = await read(file);
      if (mine !== reads || answer.status !== 'records') return null;
      set({ reading: null });
      return answer.records;
    } catch (error) {
      if (mine === reads) set({ reading: null, refused: { fileName: file.name, error: toError(error) } });
      return null;
    }
  };
  const take = (file: File, records: OpenedRecords): void => {
    put(file, records, true);
    setState({ view: VIEW_OF[records.kind] });
  };
  return {
    take,
    async open(file) {
      const records = await readRecords(file);
      if (records) take(file, records);
    },
    show(kind, isShown) {
      const opened = getState().records[kind];
      if (opened) put(opened.file, opened.records, isShown);
    },
    close: (kind) => set({ [kind]: null }),
    dismiss: () => set({ refused: null }),
    async followModel() {
      const { forgetting } = getState().records;
      if (!forgetting) return;
      const records = await readRecords(forgetting.file);
      const now = getState().records.forgetting;
      if (records && now?.file === forgetting.file) put(now.file, records, now.isShown);
    },
    pairFile() {
      const { generations } = getState().records;
      if (!generations) return null;
      const { pairs } = generationPairs(generations.records, PAIR_SEED);
      if (pairs.length === 0) return null;
      const name = `${generations.file.name.replace(/\.\w+$/, '')}.pairs.jsonl`;
      return new File(
        pairs.map((pair) => `${JSON.stringify(pair)}\n`),
        name,
        { type: 'application/jsonl' },
      );
    },
  };
}

/** The released pair builder's. */
const PAIR_SEED = 42;
