// Which place of Inspect each of the files is for that were given together: what the eye would do, or a sentence that says what to do instead.
import { blobSource } from '../core/files/byteSource';
import { listAll } from '../core/files/quote';
import { type SeparateCheckpoint, separateCheckpoints } from '../core/inspect/separateCheckpoints';
import type { CheckpointRole } from '../worker/inspectProtocol';

export type Places = Partial<Record<CheckpointRole, readonly File[]>>;

export interface PlacedFile {
  /** Folders on the way and the name, with slashes; only the name at the top. */
  path: string;
  file: File;
}

export interface Arrangement {
  places: Places;
  /** How several files were told apart, or why they were not; null where nothing needs saying. */
  note: string | null;
  /** Nothing was placed: the note says what to do. */
  isRefused: boolean;
}

/** `onto`: the place they were given to; null beside all. `isOpen`: places that hold files. */
export async function arrangeFiles(
  files: readonly PlacedFile[],
  onto: CheckpointRole | null,
  isOpen: (role: CheckpointRole) => boolean,
): Promise<Arrangement> {
  // A single one goes where it was given, whatever it is.
  if (onto !== null && files.length === 1)
    return { places: { [onto]: files.map(({ file }) => file) }, note: null, isRefused: false };
  const given = files.map(({ path, file }) => ({ path, file, source: blobSource(file.name, file) }));
  return arrange(await separateCheckpoints(given), onto, isOpen);
}

type Separate = Pick<SeparateCheckpoint<never>, 'name' | 'isMask'> & { files: readonly { file: File }[] };

const AFTER = /after|align|tuned|dpo|allo|final|new/i;
const BEFORE = /before|base|sft|ref|init|orig|old|pretrain/i;

/** Of the pair in order, whether the first is the later one by its name. */
const isTurned = ([a, b]: readonly Separate[]): boolean =>
  a !== undefined && b !== undefined && said(a.name) > said(b.name);
/** −1: says it is the one before; 1: after; 0: neither, or both. */
const said = (name: string): number => Number(AFTER.test(name)) - Number(BEFORE.test(name));

/** The same for files that are told apart already. */
export function arrange(
  separate: readonly Separate[],
  onto: CheckpointRole | null,
  isOpen: (role: CheckpointRole) => boolean,
): Arrangement {
  const [only] = separate;
  if (!only) return { places: {}, note: null, isRefused: false };
  const filesOf = (one: Separate) => one.files.map(({ file }) => file);
  const free = <Role extends CheckpointRole>(first: Role, second: Role) =>
    isOpen(first) && !isOpen(second) ? second : first;
  if (separate.length === 1) {
    const role = onto ?? (only.isMask ? free('mask', 'second') : isOpen('before') ? 'after' : 'before');
    return { places: { [role]: filesOf(only) }, note: null, isRefused: false };
  }
  const masks = separate.filter(({ isMask }) => isMask);
  const pair = separate.filter(({ isMask }) => !isMask);
  if (pair.length > 2 || masks.length > 2) {
    const [many, what] = pair.length > 2 ? [pair, 'checkpoints'] : [masks, 'masks'];
    const names = listAll(many.map(({ name }) => name));
    const ask = pair.length > 2 ? 'the one from before training and the one from after it' : 'one or two of them';
    return { places: {}, note: `These are ${many.length} ${what}: ${names}. Give ${ask}.`, isRefused: true };
  }
  if (isTurned(pair)) pair.reverse();
  const [before, after] = pair;
  const [mask, second] = masks;
  const single = onto === 'after' || (onto === null && isOpen('before')) ? 'after' : 'before';
  const pairRoles = after ? (['before', 'after'] as const) : ([single] as const);
  const maskRoles = second
    ? (['mask', 'second'] as const)
    : ([onto === 'second' ? onto : free('mask', 'second')] as const);
  const placed = [
    ...pairRoles.flatMap((role, i) => (pair[i] ? [[role, pair[i]] as const] : [])),
    ...maskRoles.flatMap((role, i) => (masks[i] ? [[role, masks[i]] as const] : [])),
  ];
  const words = { before: 'before', after: 'after', mask: 'mask', second: 'second mask' };
  const note = `Taken as ${listAll(placed.map(([role, { name }]) => `${name} (${words[role]})`))}${before && after ? ', by their names' : ''}.`;
  return {
    places: Object.fromEntries(placed.map(([role, one]) => [role, filesOf(one)])),
    note: mask || after ? note : null,
    isRefused: false,
  };
}
