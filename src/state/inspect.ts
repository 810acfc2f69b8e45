// The Inspect view's store: files are opened, paired, selected from and compared in the inspect worker; this remembers what is there while somebody looks
// at another view, and says in words what went wrong. Nothing is uploaded and nothing kept beyond the visit.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type InspectClient, InspectError, type JobOptions } from '../worker/inspectClient';
import type { CheckpointRole, InspectJob, InspectOptions } from '../worker/inspectProtocol';
import { labelsBeside } from './inspectLabels';
import { FIRST_INSPECT, type InspectLook, type InspectState, isOpen, lostWith, type Slot } from './inspectState';
import { changeChoice } from './neuronsChoice';

export interface Inspect {
  store: StoreApi<InspectState>;
  client: InspectClient;
  /** Opens files in a place; asks first where work would be lost. Tells in the state what is wrong with them. */
  open(role: CheckpointRole, files: readonly File[]): Promise<void>;
  /** The answer to that question: open them (or close the place, when none were given), or leave everything as it is. */
  goOn(role: CheckpointRole): Promise<void>;
  keep(role: CheckpointRole): void;
  close(role: CheckpointRole): void;
  setOptions(change: Partial<InspectOptions>): void;
  /** Selects, and compares with the mask file where one is open. */
  select(): Promise<void>;
  compare(): Promise<void>;
  count(): Promise<void>;
  cancel(): void;
  look(change: Partial<InspectLook>): void;
  /** Shows one entry, zoomed in. */
  visit(tensor: string, cell: { row: number; column: number }): void;
  /** After the worker is gone: the files have to be opened again. */
  forget(): void;
}

/** What differs must be seen as a cell of its own. */
const VISIT_PIXELS = 16;

const NO_SLOT = FIRST_INSPECT.slots.before;

export function createInspect(client: InspectClient): Inspect {
  const store = createStore<InspectState>(() => FIRST_INSPECT);
  const { getState: get, setState: set } = store;
  let running: AbortController | null = null;
  /** By place: what was given last counts. */
  const turns: Record<CheckpointRole, number> = { before: 0, after: 0, mask: 0 };

  const setSlot = (role: CheckpointRole, change: Partial<Slot>): void =>
    set(({ slots }) => ({ slots: { ...slots, [role]: { ...slots[role], ...change } } }));

  /** What a file had a part in. */
  const dropWork = (role: CheckpointRole): void => {
    const job = get().job?.job;
    if (role !== 'mask' || job === 'count' || job === 'parity') running?.abort();
    if (role === 'mask') {
      set(({ look }) => ({
        ...{ counted: null, parity: null, trouble: null },
        look: look.layer === 'file' || look.layer === 'overlay' ? { ...look, layer: 'mask' } : look,
      }));
    } else set({ pairing: null, selection: null, parity: null, trouble: null });
  };

  /** Does a job with its progress in the state; null when it came to nothing, which is then told there. */
  const work = async <T>(job: InspectJob, start: (options: JobOptions) => Promise<T>): Promise<T | null> => {
    running?.abort();
    const own = new AbortController();
    running = own;
    set({ job: { job, progress: null, isStopping: false }, trouble: null });
    try {
      return await start({
        signal: own.signal,
        onProgress: (progress) => running === own && set({ job: { job, progress, isStopping: own.signal.aborted } }),
      });
    } catch (error) {
      const isStopped = error instanceof InspectError && error.failure.kind === 'cancelled';
      if (running === own) set({ trouble: isStopped ? null : said(error) });
      return null;
    } finally {
      if (running === own) {
        running = null;
        set({ job: null });
      }
    }
  };

  const pair = async (): Promise<void> => {
    if (!isOpen(get(), 'before') || !isOpen(get(), 'after')) return;
    const pairing = await work('pair', (options) => client.pair(options));
    if (!pairing) return;
    set({ pairing });
    if (pairing.pairs.length === 0) set({ trouble: NO_PAIRS });
  };

  const count = async (): Promise<void> => {
    const counted = await work('count', (options) => client.count(options));
    if (counted) set({ counted });
  };

  const load = async (role: CheckpointRole, files: readonly File[]): Promise<void> => {
    const turn = ++turns[role];
    const isLast = () => turn === turns[role];
    setSlot(role, { opening: nameOf(files), error: null, asking: null });
    try {
      const [opened, labels] = await Promise.all([client.open(role, files), labelsBeside(files)]);
      if (!isLast()) return;
      dropWork(role);
      setSlot(role, { held: { opened, files, labels }, opening: null });
      const { band } = opened;
      if (band) set(({ options }) => ({ options: { ...options, ...band }, bandFrom: opened.name }));
      set(({ look }) => ({ look: { ...look, tensor: null, place: null, cell: null } }));
    } catch (error) {
      if (!isLast()) return;
      setSlot(role, { opening: null, error: said(error) });
      return;
    }
    if (role !== 'mask') await pair();
    else if (!running) await readMask();
  };

  const drop = (role: CheckpointRole): void => {
    turns[role]++;
    client.close(role);
    dropWork(role);
    setSlot(role, NO_SLOT);
  };

  const compare = async (): Promise<void> => {
    const parity = await work('parity', (options) => client.parity(options));
    if (parity) set({ parity });
  };

  /** Its counts and, where there is a selection, how it compares. */
  const readMask = async (): Promise<void> => {
    if (get().selection && !get().parity) await compare();
    if (isOpen(get(), 'mask') && !get().counted && !get().trouble) await count();
  };

  return {
    store,
    client,
    async open(role, files) {
      if (files.length === 0) return;
      if (lostWith(get(), role)) setSlot(role, { asking: files, error: null });
      else await load(role, files);
    },
    async goOn(role) {
      const { asking } = get().slots[role];
      if (asking === null) return;
      if (asking.length > 0) await load(role, asking);
      else drop(role);
    },
    keep: (role) => setSlot(role, { asking: null }),
    close(role) {
      if (lostWith(get(), role)) setSlot(role, { asking: [] });
      else drop(role);
    },
    setOptions: (change) =>
      set(({ options, bandFrom }) => ({
        options: { ...options, ...change },
        bandFrom: 'lower' in change || 'upper' in change ? null : bandFrom,
      })),
    async select() {
      const { options } = get();
      const selection = await work('select', (job) => client.select(options, job));
      if (!selection) return;
      set(({ look }) => ({ selection, parity: null, look: { ...look, layer: 'mask' } }));
      if (isOpen(get(), 'mask')) await readMask();
    },
    compare,
    count,
    cancel() {
      running?.abort();
      set(({ job }) => ({ job: job && { ...job, isStopping: true } }));
    },
    look: (change) => set(({ look }) => ({ look: changeChoice(look, change) })),
    visit: (tensor, cell) =>
      set(({ look }) => ({
        look: {
          ...look,
          ...{ tensor, cell, visit: look.visit + 1 },
          place: { ...cell, pixelsARow: VISIT_PIXELS, pixelsAColumn: VISIT_PIXELS },
        },
      })),
    forget() {
      running?.abort();
      set(({ options, look, slots }) => {
        const again = (slot: Slot): Slot =>
          slot.held ? { ...NO_SLOT, error: `${slot.held.opened.name} has to be opened again.` } : slot;
        const { before, after, mask } = slots;
        return {
          ...FIRST_INSPECT,
          ...{ options, look },
          slots: { before: again(before), after: again(after), mask: again(mask) },
        };
      });
    },
  };
}

const NO_PAIRS =
  'These two checkpoints have no tensor of the same name and shape, so there is nothing to compare. Choose two checkpoints of one model.';

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const nameOf = (files: readonly File[]): string =>
  files.length === 1 ? files[0]!.name : `${files[0]!.name} and ${files.length - 1} more`;
