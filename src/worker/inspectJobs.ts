// The inspect worker's long work: opening, pairing, the passes of a selection, of a count and of a comparison. What is kept of them is
// inspectHeld.ts's, how far and how fast they are inspectPace.ts's.
import type { ByteSource } from '../core/files/byteSource';
import type { Checkpoint } from '../core/files/checkpoint';
import { openCheckpoint } from '../core/files/openCheckpoint';
import { streamedBlobSource } from '../core/files/streamedBlob';
import { pairItems } from '../core/inspect/magnitudeScan';
import { countMask } from '../core/inspect/maskTensors';
import { bandOfFileName, maskParity } from '../core/inspect/parity';
import { streamBytes } from '../core/inspect/streamChunks';
import { type StreamedSelection, streamSelect } from '../core/inspect/streamSelect';
import type { TensorDensity } from '../core/masks/densities';
import type { SelectionSummary } from './atlasProtocol';
import { type InspectHeld, madeSelection, scopeKey, selectionKey } from './inspectHeld';
import { type JobWatch, onePass, paceOf } from './inspectPace';
import type {
  CheckpointRole,
  CountedMask,
  InspectOptions,
  InspectParity,
  InspectSelection,
  MaskRole,
  OpenedCheckpoint,
  PairAnswer,
} from './inspectProtocol';

export async function openFiles(
  held: InspectHeld,
  role: CheckpointRole,
  files: readonly File[],
  { signal }: JobWatch,
): Promise<OpenedCheckpoint> {
  const sources = files.map((file) => streamedBlobSource(file.name, file));
  const checkpoint = await openCheckpoint(sources);
  signal.throwIfAborted();
  held.set(role, checkpoint);
  return describe(held, role, checkpoint, sources);
}

function describe(
  held: InspectHeld,
  role: CheckpointRole,
  { name, format, tensors: listed }: Checkpoint,
  sources: readonly ByteSource[],
): OpenedCheckpoint {
  const mask = role === 'mask' || role === 'second' ? held.mask(role) : null;
  const shapes = mask && new Map(mask.file.tensors.map((tensor) => [tensor.name, tensor]));
  const tensors = listed.map((tensor) => {
    const { shape, size } = shapes?.get(tensor.name) ?? tensor;
    return { ...tensor, shape, size };
  });
  return {
    ...{ role, name, format, tensors },
    files: sources.map((source) => ({ name: source.name, bytes: source.size })),
    entries: tensors.reduce((sum, { size, sameAs }) => sum + (sameAs === null ? size : 0), 0),
    specs: mask?.specs ?? [],
    band: mask && bandOfFileName(name),
  };
}

export function pairFiles(held: InspectHeld): PairAnswer {
  const { pairing, specs } = held.pair();
  const { pairs, tied, problems } = pairing;
  return {
    pairs: pairs.map(({ name, shape, size, before, after }) => {
      return { name, shape, size, before: before.dtype, after: after.dtype };
    }),
    ...{ tied, problems, specs },
    entries: pairs.reduce((sum, { size }) => sum + size, 0),
    bytes: streamBytes(pairItems(pairing, pairs)),
  };
}

const DOING = { 1: 'counting magnitudes', 2: 'finding the threshold', 3: 'counting its ties' } as const;

/** What is kept is given again. Throws what streamSelect throws. */
export async function selectFiles(
  held: InspectHeld,
  options: InspectOptions,
  watch: JobWatch,
): Promise<InspectSelection> {
  const made = held.selections.get(selectionKey(options));
  if (made) {
    held.selections.keep(selectionKey(options), made);
    return made.answer;
  }
  const { lower, upper, rule } = options;
  const pairing = held.pairingOf(options.scope);
  const known = held.scans.get(scopeKey(options.scope));
  const pace = paceOf('select', watch);
  const selection = await streamSelect(
    pairing,
    { lower, upper, order: rule },
    {
      signal: watch.signal,
      ...(known ? { scan: known } : {}),
      onProgress: (progress) => pace.pass(progress, DOING[progress.pass]),
    },
  );
  watch.signal.throwIfAborted();
  held.scans.keep(scopeKey(options.scope), selection.scan);
  const answer: InspectSelection = {
    options,
    summary: summaryOf(selection, pace.end().milliseconds),
    threshold: selection.threshold,
    tiesAtThreshold: selection.tiesAtThreshold,
    passes: pace.passes(),
    pace: pace.end(),
  };
  held.selections.keep(selectionKey(options), madeSelection(selection, held.pair(), answer));
  return answer;
}

/** As the atlas sums a selection up. */
function summaryOf(selection: StreamedSelection, milliseconds: number): SelectionSummary {
  const { selected, total, requestedShare, achievedShare, edges } = selection;
  const tensors = drawnRows(selection.tensors).map(({ ties: _, ...row }) => ({ ...row, edges: null }));
  return { selected, total, requestedShare, achievedShare, edges, tensors, milliseconds };
}

/** As drawnSpecs of inspectHeld.ts has them. */
export const drawnRows = <T extends TensorDensity>(rows: readonly T[]): T[] =>
  rows.filter(({ entries }) => entries > 0).map((row) => ({ ...row, rows: row.entries / row.columns }));

/** Throws FileError for what is no mask. */
export async function countFile(held: InspectHeld, role: MaskRole, watch: JobWatch): Promise<CountedMask> {
  const mask = held.mask(role);
  const pace = paceOf('count', watch);
  const counts =
    mask.counts ??
    (await countMask(mask.file, {
      signal: watch.signal,
      onProgress: (progress) => pace.pass(onePass(progress), 'counting the mask'),
    }));
  mask.counts = counts;
  return { ...counts, tensors: drawnRows(counts.tensors), pace: pace.end() };
}

/** Throws what maskParity throws. */
export async function compareFile(held: InspectHeld, watch: JobWatch): Promise<InspectParity> {
  const { selection, answer } = held.selection();
  const { file } = held.mask('mask');
  const pace = paceOf('parity', watch);
  const parity = await maskParity(selection, file, {
    signal: watch.signal,
    onProgress: (progress) => pace.pass(onePass(progress), 'comparing bit by bit'),
  });
  watch.signal.throwIfAborted();
  held.parities.keep(selectionKey(answer.options), parity);
  return { options: answer.options, parity, pace: pace.end() };
}
