// The Inspect view's store: files are opened, paired, selected from and compared in the inspect worker; this remembers what is there while somebody looks
// at another view, and says in words what went wrong. Nothing is uploaded and nothing kept beyond the visit.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { headWidthOf } from '../core/model/config';
import { type InspectClient, InspectError, type JobOptions } from '../worker/inspectClient';
import {
  type CheckpointRole,
  type InspectJob,
  type InspectOptions,
  type InspectSelection,
  type MaskRole,
  MOST_SELECTIONS,
} from '../worker/inspectProtocol';
import { FIRST_INSPECT_CHOICE, type InspectChoice } from './inspectChoice';
import { labelsBeside } from './inspectLabels';
import { arrangeFiles, type PlacedFile, type Places } from './inspectPlaces';
import {
  FIRST_INSPECT,
  type InspectLook,
  type InspectState,
  inspectMasks,
  isMaskRole,
  isOpen,
  lostWith,
  modelOf,
  ROLES,
  type Slot,
  stateOfLink,
} from './inspectState';
import { changeChoice } from './neuronsChoice';

export interface Inspect {
  store: StoreApi<InspectState>;
  client: InspectClient;
  /** Opens files in a place; asks first where work would be lost. Tells in the state what is wrong with them. */
  open(role: CheckpointRole, files: readonly File[]): Promise<void>;
  /** Opens files where they belong. `onto`: the place they were given to; null beside all. */
  place(files: readonly PlacedFile[], onto: CheckpointRole | null): Promise<void>;
  /** One place after the other, the masks last: they are compared with what the other two give. */
  openAll(places: Places): Promise<void>;
  /** The answer to that question: open them (or close the place, when none were given), or leave everything as it is. */
  goOn(role: CheckpointRole): Promise<void>;
  keep(role: CheckpointRole): void;
  close(role: CheckpointRole): void;
  /** The one from before as the one from after, and the other way round; what was selected is selected again. */
  swap(): Promise<void>;
  setOptions(change: Partial<InspectOptions>): void;
  /** Selects, and compares with the mask file where one is open. */
  select(): Promise<void>;
  compare(): Promise<void>;
  /** Rows, columns and heads of the share last selected. */
  group(): Promise<void>;
  /** Every mask that is there with every other. */
  agree(): Promise<void>;
  cancel(): void;
  look(change: Partial<InspectLook>): void;
  /** Shows one entry, zoomed in. */
  visit(tensor: string, cell: { row: number; column: number }): void;
  /** After the worker is gone: the files are kept to be opened again. */
  forget(why: string): void;
  /** The same files once more, and what had been selected of them. */
  reopen(): Promise<void>;
}

/** What differs must be seen as a cell of its own. */
const VISIT_PIXELS = 16;

const NO_SLOT = FIRST_INSPECT.slots.before;

export function createInspect(client: InspectClient, link: InspectChoice = FIRST_INSPECT_CHOICE): Inspect {
  const store = createStore<InspectState>(() => stateOfLink(link));
  const { getState: get, setState: set } = store;
  let running: AbortController | null = null;
  /** By place: what was given last counts. */
  const turns: Record<CheckpointRole, number> = { before: 0, after: 0, mask: 0, second: 0 };

  const setSlot = (role: CheckpointRole, change: Partial<Slot>): void =>
    set(({ slots }) => ({ slots: { ...slots, [role]: { ...slots[role], ...change } } }));

  /** What a file had a part in. */
  const dropWork = (role: CheckpointRole): void => {
    const job = get().job?.job;
    if (!isMaskRole(role) || job === 'count' || job === 'parity' || job === 'agreement') running?.abort();
    set({ agreement: null, trouble: null });
    if (isMaskRole(role)) {
      const own = role === 'mask' ? 'file' : 'second';
      set(({ look, linked }) => ({
        ...(role === 'mask' ? { counted: null, parity: null } : { secondCounted: null }),
        look: linked ? look : withoutFile(look, role, own),
      }));
    } else set({ pairing: null, selection: null, made: [], groups: null, parity: null });
  };

  /** It is told with the files that were lost by it. */
  const isCrash = (error: unknown): boolean => said(error) === get().lost?.why;

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
      if (running === own) set({ trouble: isStopped || isCrash(error) ? null : said(error) });
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

  const count = async (role: MaskRole): Promise<void> => {
    const counted = await work('count', (options) => client.count(role, options));
    if (!counted) return;
    set(role === 'mask' ? { counted } : { secondCounted: counted });
    // A link about mask files alone is shown.
    if (!get().linked?.before && !get().linked?.after) set({ linked: null });
  };

  /** `keeps`: what is looked at and the band stay as they are. */
  const load = async (role: CheckpointRole, files: readonly File[], keeps = get().linked !== null): Promise<void> => {
    const turn = ++turns[role];
    const isLast = () => turn === turns[role];
    setSlot(role, { opening: nameOf(files), error: null, asking: null });
    try {
      const [opened, labels] = await Promise.all([client.open(role, files), labelsBeside(files)]);
      if (!isLast()) return;
      dropWork(role);
      setSlot(role, { held: { opened, files, labels }, opening: null });
      const { band } = opened;
      if (!keeps) {
        if (band && role === 'mask')
          set(({ options }) => ({ options: { ...options, ...band }, bandFrom: opened.name }));
        if (role !== 'second') set(({ look }) => ({ look: { ...look, tensor: null, place: null, cell: null } }));
      }
    } catch (error) {
      if (!isLast()) return;
      const { lost } = get();
      if (lost && isCrash(error)) set({ lost: { ...lost, files: { ...lost.files, [role]: files } } });
      setSlot(role, { opening: null, error: isCrash(error) ? null : said(error) });
      return;
    }
    if (!isMaskRole(role)) await pair();
    else if (!running) await readMask();
  };

  const drop = (role: CheckpointRole): void => {
    turns[role]++;
    set({ given: null });
    client.close(role);
    dropWork(role);
    setSlot(role, NO_SLOT);
  };

  const compare = async (): Promise<void> => {
    const parity = await work('parity', (options) => client.parity(options));
    if (parity) set({ parity });
  };

  /** Counts of the mask files and, where there is a selection, how the first compares. */
  const readMask = async (): Promise<void> => {
    if (isOpen(get(), 'mask') && get().selection && !get().parity) await compare();
    if (isOpen(get(), 'mask') && !get().counted && !get().trouble) await count('mask');
    if (isOpen(get(), 'second') && !get().secondCounted && !get().trouble) await count('second');
  };

  /** `keeps`: what is looked at stays on show. */
  const select = async (keeps = get().linked !== null): Promise<void> => {
    const { options } = get();
    const selection = await work('select', (job) => client.select(options, job));
    if (!selection) return;
    set(({ look, made, groups }) => ({
      ...{ selection, made: withLatest(made, selection), parity: null, linked: null },
      groups: groups && isSame(groups.options, options) ? groups : null,
      look: keeps ? look : { ...look, layer: 'mask' },
    }));
    await readMask();
  };

  const open = async (role: CheckpointRole, files: readonly File[]): Promise<void> => {
    if (files.length === 0) return;
    if (lostWith(get(), role)) setSlot(role, { asking: files, error: null });
    else await load(role, files);
  };

  const openAll = async (places: Places): Promise<void> => {
    for (const role of ROLES) await open(role, places[role] ?? []);
  };

  return {
    store,
    client,
    open,
    openAll,
    async place(files, onto) {
      set({ given: null });
      const { places, note, isRefused } = await arrangeFiles(files, onto, (role) => isOpen(get(), role));
      set({ given: note === null ? null : { note, isRefused } });
      await openAll(places);
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
    async swap() {
      const { before, after } = get().slots;
      if (!before.held || !after.held) return;
      const hadSelection = get().selection !== null;
      const [first, last] = [after.held.files, before.held.files];
      drop('after');
      await load('before', first, true);
      await load('after', last, true);
      if (hadSelection && get().pairing) await select(true);
    },
    setOptions: (change) =>
      set(({ options, bandFrom }) => ({
        options: { ...options, ...change },
        bandFrom: 'lower' in change || 'upper' in change ? null : bandFrom,
      })),
    select: () => select(),
    compare,
    async group() {
      const model = modelOf(get());
      const groups = await work('groups', (options) => client.groups(model && headWidthOf(model), options));
      if (groups) set({ groups });
    },
    async agree() {
      const masks = inspectMasks(get()).map(({ mask }) => mask);
      const agreement = await work('agreement', (options) => client.agreement(masks, options));
      if (agreement) set({ agreement });
    },
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
    forget(why) {
      running?.abort();
      set(({ options, look, slots, selection, job, linked, lost }) => {
        const files = { ...lost?.files };
        for (const role of ROLES) {
          const { held } = slots[role];
          if (held) files[role] = held.files;
        }
        const hadSelection = selection !== null || job?.job === 'select' || lost?.hadSelection === true;
        return { ...FIRST_INSPECT, options, look, linked, lost: { why, files, hadSelection } };
      });
    },
    async reopen() {
      const { lost } = get();
      if (!lost) return;
      set({ lost: null, trouble: null });
      for (const role of ROLES) {
        const files = lost.files[role];
        if (files && !isOpen(get(), role)) await load(role, files, true);
      }
      if (lost.hadSelection && get().pairing) await select(true);
    },
  };
}

/** What is looked at without a mask file. */
function withoutFile(look: InspectLook, role: MaskRole, own: InspectLook['layer']): InspectLook {
  const free = (name: string | null) => (name === role ? null : name);
  const pair = { a: free(look.pair.a), b: free(look.pair.b) };
  return { ...look, pair, layer: look.layer === own || look.layer === 'overlay' ? 'mask' : look.layer };
}

const isSame = (a: InspectOptions, b: InspectOptions): boolean => JSON.stringify(a) === JSON.stringify(b);

/** As the worker keeps them. */
const withLatest = (made: readonly InspectSelection[], latest: InspectSelection): InspectSelection[] =>
  [...made.filter(({ options }) => !isSame(options, latest.options)), latest].slice(-MOST_SELECTIONS);

const NO_PAIRS =
  'These two checkpoints have no tensor of the same name and shape, so there is nothing to compare. Choose two checkpoints of one model.';

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const nameOf = (files: readonly File[]): string =>
  files.length === 1 ? files[0]!.name : `${files[0]!.name} and ${files.length - 1} more`;
