// The Inspect view in words: what is open, what will be read and how long that takes, what came of it. Pure.
import { duration, roughly } from '../../components/duration';
import { countOf, formatBytes, formatCount, formatNumber, formatShare } from '../../components/format';
import { BYTES_OF, type CheckpointTensor } from '../../core/files/checkpoint';
import { listAll } from '../../core/files/quote';
import { headAxis } from '../../core/masks/groups';
import { inScope } from '../../core/masks/tensorKinds';
import type { ModelConfig } from '../../core/model/config';
import { type InspectState, type Labels, type LostFiles, ROLES, stillMissing } from '../../state/inspectState';
import type {
  CheckpointRole,
  CountedMask,
  InspectProgress,
  InspectSelection,
  OpenedCheckpoint,
  Pace,
  PairAnswer,
} from '../../worker/inspectProtocol';

export const ROLE_NAMES: Readonly<Record<CheckpointRole, string>> = {
  before: 'Before',
  after: 'After',
  mask: 'Mask file',
  second: 'Second mask file',
};

/** What belongs into an empty place. */
export const ROLE_HINTS: Readonly<Record<CheckpointRole, string>> = {
  before: 'The checkpoint before training: safetensors, .bin or .pt; all shards together, or the model’s folder.',
  after: 'The same model after training.',
  mask: 'A mask of 0s and 1s, such as lper0_rper5.bin: alone, or to be compared with ours.',
  second: 'Another mask, to be compared with the first.',
};

export const tensorBytes = ({ dtype, size }: Pick<CheckpointTensor, 'dtype' | 'size'>): number =>
  size * BYTES_OF[dtype];

/** "safetensors, 2 files, 291 tensors, 6.74 billion …": one line under the file's name. */
export function openedText({ format, files, tensors, entries }: OpenedCheckpoint): string {
  const shards = new Set(tensors.map(({ file }) => file));
  // Of a folder, not what lies beside the tensors.
  const bytes = files.reduce((sum, file) => sum + (shards.has(file.name) ? file.bytes : 0), 0);
  const types = [...new Set(tensors.map(({ dtype }) => dtype))].join(', ');
  const many = shards.size > 1 ? `, ${shards.size} shards` : '';
  return `${format}${many}: ${countOf(tensors.length, 'tensor')} of ${types || 'no type'}, ${formatCount(entries)} weights, ${formatBytes(bytes)}`;
}

const ARCHITECTURES: Readonly<Record<ModelConfig['architecture'], string>> = {
  llama: 'Llama',
  gpt2: 'GPT-2',
  gpt_neox: 'GPT-NeoX',
};

/** What names rows and columns, told of all files together; null while there is no checkpoint. */
export function labelsText({ slots }: Pick<InspectState, 'slots'>): string | null {
  const all = (['before', 'after'] as const).flatMap((role) => slots[role].held?.labels ?? []);
  const found = all.find(({ model }) => model) ?? all.find(({ why }) => why) ?? all[0];
  return found ? labelsSentence(found) : null;
}

function labelsSentence({ model, why }: Labels): string {
  if (model) {
    const { architecture, layers, heads, width } = model;
    return `config.json tells heads apart: ${ARCHITECTURES[architecture]}, ${countOf(layers, 'layer')}, ${countOf(heads, 'head')}, width ${formatCount(width)}.`;
  }
  if (why) return `${why} So attention heads are not told apart.`;
  return 'Attention heads are not told apart: for that, choose the config.json together with the checkpoint.';
}

/** 250 MB/s is what two passes reach on a machine of two cores; a measured pace goes before. */
const USUAL_PACE = 250;

/** What Select will read, and about how long that takes. `passes`: a scope whose magnitudes are counted already takes one. */
export function readingText({ bytes }: Pick<PairAnswer, 'bytes'>, passes: 1 | 2, last: Pace | null): string {
  return `${passes === 1 ? 'One pass reads' : 'Two passes read'} ${costText(bytes * passes, last)}.`;
}

/** "2.1 GB: about 8 s". */
function costText(bytes: number, last: Pace | null): string {
  const pace = last && last.bytes > 50e6 ? last.megabytesPerSecond : USUAL_PACE;
  const seconds = bytes / 1e6 / Math.max(1, pace);
  return `${formatBytes(bytes)}: ${seconds < 2 ? 'a moment' : roughly(seconds)}`;
}

const pairedBytes = (pairs: PairAnswer['pairs']): number =>
  pairs.reduce((sum, { size, before, after }) => sum + size * (BYTES_OF[before] + BYTES_OF[after]), 0);

/** What counting rows, columns and heads will read: one pass over what the selection ranks, and what else it takes. */
export function groupsText(
  { pairs }: PairAnswer,
  { options, pace }: Pick<InspectSelection, 'options' | 'pace'>,
  model: ModelConfig | null,
): string {
  const ranked = pairs.filter(({ name }) => inScope(name, options.scope));
  const all = pairedBytes(ranked);
  const isMade = options.rule === 'most' && options.lower === 0;
  const attention = model ? 2 * pairedBytes(ranked.filter((pair) => headAxis(pair) !== null)) : 0;
  const passes = isMade ? 'One pass' : 'Two passes';
  const heads = model ? ', and two over its attention tensors, read' : `${isMade ? ' reads' : ' read'}`;
  const without = model ? '' : ' Heads are left out: choose the config.json together with the checkpoint.';
  return `${passes} over both files${heads} ${costText(all * (isMade ? 1 : 2) + attention, pace)}.${without}`;
}

/** What comparing all masks will read: both checkpoints where a selection is among them, and each mask file. */
export function agreementText({ slots, made, pairing }: Pick<InspectState, 'slots' | 'made' | 'pairing'>): string {
  const files = (['mask', 'second'] as const).flatMap((role) => slots[role].held?.opened.files ?? []);
  const bytes = files.reduce((sum, file) => sum + file.bytes, made.length > 0 ? (pairing?.bytes ?? 0) : 0);
  return `One pass reads ${costText(bytes, made.at(-1)?.pace ?? null)}.`;
}

/** What a link is about while its files are not all open; null otherwise. */
export function linkedText(state: Pick<InspectState, 'linked' | 'slots'>): string | null {
  const { linked } = state;
  const missing = stillMissing(state);
  if (linked === null || missing.length === 0) return null;
  const names = missing.map((role) => `${linked[role]} (${ROLE_NAMES[role].toLowerCase()})`);
  return `This link is about ${listAll(names)}. Files do not travel with links: open ${names.length < 2 ? 'it' : 'them'} here, and rule, share and place are as the link has them.`;
}

/** After the worker has crashed. */
export function lostText({ why, files, hadSelection }: LostFiles): string {
  const given = ROLES.flatMap((role) => files[role]?.[0]?.name ?? []);
  const again = hadSelection ? 'opens them and selects again' : 'opens them again';
  return `${why} ${given.join(', ')}: still at hand, one press ${again}.`;
}

/** "Pass 1 of 2, counting magnitudes: 1.2 GB of 2.1 GB". */
export function progressText({ doing, pass, passes, bytes, totalBytes }: InspectProgress): string {
  const which = passes > 1 ? `Pass ${pass} of ${passes}, ${doing}` : capital(doing);
  return `${which}: ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
}

export function paceText({ megabytesPerSecond, secondsLeft }: InspectProgress): string {
  const speed = megabytesPerSecond === null ? null : `${formatNumber(megabytesPerSecond)}\u202fMB/s`;
  const left = secondsLeft === null ? null : `${duration(secondsLeft)} left`;
  return [speed, left].filter((part) => part !== null).join(', ');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "2 passes over 4.3 GB in 12 s, 358 MB/s." */
export function paceSentence({ milliseconds, bytes, megabytesPerSecond }: Pace, passes: number): string {
  const time = milliseconds < 1000 ? `${formatCount(Math.max(1, milliseconds))} ms` : duration(milliseconds / 1000);
  return `${countOf(passes, 'pass', 'passes')} over ${formatBytes(bytes)} in ${time}, ${formatNumber(megabytesPerSecond)}\u202fMB/s.`;
}

/** "the 5 % that changed most", "the 5 % after the first 5 % that changed least". */
export function bandText({ rule, lower, upper }: InspectSelection['options']): string {
  const share = formatShare((upper - lower) / 100);
  const skipped = lower > 0 ? ` after the first ${formatShare(lower / 100)}` : '';
  return `the ${share}${skipped} that changed ${rule}`;
}

/** Where the selection had to take weights that did not change at all; null where it did not. */
export function unchangedText({
  options,
  summary,
  threshold,
  tiesAtThreshold,
}: Pick<InspectSelection, 'options' | 'threshold' | 'tiesAtThreshold'> & {
  summary: Pick<InspectSelection['summary'], 'total'>;
}): string | null {
  if (options.rule !== 'most' || threshold !== 0) return null;
  const changed = summary.total - tiesAtThreshold;
  if (changed === 0)
    return `Nothing changed: all ${formatCount(summary.total)} weights are the same in both checkpoints, and the selection is only the first of them.`;
  return `Only ${formatCount(changed)} of ${formatCount(summary.total)} weights changed at all, fewer than were asked for: the selection is filled up with unchanged ones, in the order of the file.`;
}

/** The view's title sentence. */
export function titleText({ selection, counted, slots }: InspectState): string {
  if (selection) {
    const { selected, total } = selection.summary;
    return `${formatCount(selected)} of ${formatCount(total)} weights: ${bandText(selection.options)}`;
  }
  const isPair = slots.before.held && slots.after.held;
  if (counted && !isPair && slots.mask.held) {
    const { selected, total } = counted;
    const share = total > 0 ? ` (${formatShare(selected / total)})` : '';
    return `${slots.mask.held.opened.name} selects ${formatCount(selected)} of ${formatCount(total)} weights${share}`;
  }
  return 'What changed between two checkpoints';
}

/** One sentence under a counted mask. */
export const countedText = ({ pace }: CountedMask): string => paceSentence(pace, 1);

/** How the tensors of both pair up. */
export function pairingText({ pairs, tied, problems, entries }: PairAnswer): string {
  const said = [`${countOf(pairs.length, 'tensor pairs up', 'tensors pair up')}, ${formatCount(entries)} weights`];
  if (tied.length > 0) said.push(`${formatCount(tied.length)} tied and counted once`);
  const kinds = [
    ['missing', 'missing after'],
    ['extra', 'only after'],
    ['shape', 'of another shape'],
    ['type', 'of a type that is not compared'],
  ] as const;
  for (const [kind, words] of kinds) {
    const count = problems.filter(({ problem }) => problem === kind).length;
    if (count > 0) said.push(`${formatCount(count)} ${words}`);
  }
  return `${said.join('; ')}.`;
}
