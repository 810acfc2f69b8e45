// Files out of two checkpoints: a selection's mask, its densities, the change. Written strip by strip into the one array that goes to the
// page; what would be too large for that is refused. The formats are maskFile.ts's.
import { densityCsv } from '../core/masks/densities';
import { FORMAT, PACKED, SHAPES } from '../core/masks/maskFile';
import { packBits } from '../core/masks/packedBits';
import { sizeOf, type TensorSpec } from '../core/model/config';
import { emptySafetensors } from '../core/safetensors';
import type { AtlasQuestion, LayerRef, MaskRef, SelectionSummary } from './atlasProtocol';
import type { InspectCells } from './inspectCells';
import { RefusedError } from './inspectFailure';
import { INSPECT_RUN, MOST_EXPORT_BYTES } from './inspectProtocol';
import { STRIP_CELLS, strips } from './inspectTiles';

type ExportQuestion = Extract<AtlasQuestion, { type: 'export' }>;

/** Throws RefusedError for what there is not or what is too large, and what reading throws. */
export async function exportFile(
  cells: InspectCells,
  question: ExportQuestion,
  summary: (mask: MaskRef) => Promise<SelectionSummary>,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  switch (question.what) {
    case 'densities':
      return new TextEncoder().encode(densityCsv((await summary(question.mask)).tensors));
    case 'mask':
    case 'packed': {
      const layer: LayerRef = { kind: 'mask', mask: question.mask };
      const metadata = { 'allo.content': 'neuron mask', 'allo.mask': JSON.stringify(question.mask) };
      return question.what === 'mask'
        ? written(cells, layer, 'U8', metadata, signal)
        : packed(cells, layer, metadata, signal);
    }
    case 'update': {
      if (question.at) throw new RefusedError('Two checkpoints have no time line.');
      const metadata = { 'allo.content': 'after − before' };
      return written(cells, { kind: 'change', runId: INSPECT_RUN }, 'F32', metadata, signal);
    }
    case 'weights':
      throw new RefusedError('The weights are your own files already.');
    case 'moments':
      throw new RefusedError('Checkpoints hold weights only: no moments of an optimiser.');
  }
}

function checkSize(bytes: number, instead: string): void {
  if (bytes <= MOST_EXPORT_BYTES) return;
  const [size, most] = [bytes, MOST_EXPORT_BYTES].map((count) => `${Math.ceil(count / 2 ** 20)} MiB`);
  throw new RefusedError(`The file would have ${size}; up to ${most} can be written here. ${instead}`);
}

/** One byte an entry of a mask, four of a change. */
async function written(
  cells: InspectCells,
  layer: LayerRef,
  dtype: 'U8' | 'F32',
  metadata: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const specs = cells.specs(layer);
  const width = dtype === 'U8' ? 1 : 4;
  const entries = specs.reduce((sum, spec) => sum + sizeOf(spec), 0);
  const instead =
    dtype === 'U8' ? 'Take the packed mask, which has an eighth of it.' : 'Use the checkpoints themselves.';
  checkSize(width * entries, instead);
  const tensors = specs.map((spec) => ({ ...spec, dtype }));
  const { file, places } = emptySafetensors(tensors, metadata);
  for (const [i, { name }] of specs.entries()) {
    const own = cells.tensor(layer, name);
    for await (const { row, cells: part } of strips(own, signal)) {
      file.set(
        new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
        places[i]![0] + row * own.columns * width,
      );
    }
  }
  return file;
}

/** One bit an entry. */
async function packed(
  cells: InspectCells,
  layer: LayerRef,
  metadata: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const specs = cells.specs(layer);
  const bytesOf = (spec: TensorSpec) => Math.ceil(sizeOf(spec) / 8);
  checkSize(
    specs.reduce((sum, spec) => sum + bytesOf(spec), 0),
    'A mask of so many weights is given by its threshold: take the densities.',
  );
  const shapes = JSON.stringify(specs.map(({ name, shape }) => [name, shape]));
  const tensors = specs.map((spec) => ({ name: spec.name, shape: [bytesOf(spec)], dtype: 'U8' as const }));
  const { file, places } = emptySafetensors(tensors, { ...metadata, [FORMAT]: PACKED, [SHAPES]: shapes });
  for (const [i, spec] of specs.entries()) {
    const { range } = cells.tensor(layer, spec.name);
    const size = sizeOf(spec);
    for (let begin = 0; begin < size; begin += STRIP_CELLS) {
      signal.throwIfAborted();
      const bits = await range(begin, Math.min(size, begin + STRIP_CELLS));
      if (bits instanceof Uint8Array) file.set(packBits(bits), places[i]![0] + begin / 8);
    }
  }
  return file;
}
