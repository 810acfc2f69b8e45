// The atlas worker's life without the worker: keeps what runs hand over, answers questions about pictures and masks. Every answer is
// small; arrays in answers are made for them and may be handed over.
import { histogramOf, mergeHistograms } from '../components/matrix/valueHistogram';
import type { RunEvent } from '../core/events';
import { agreementMatrix, compareMasks, type LabelledMask } from '../core/masks/agreement';
import { cellFacts } from '../core/masks/cellFacts';
import { churnOfUpdates } from '../core/masks/churn';
import { compareWithReference } from '../core/masks/compareReference';
import { concentration } from '../core/masks/concentration';
import { densityCsv, tensorDensities } from '../core/masks/densities';
import { type GroupRanking, rankGroups, singleWeights, takeGroups } from '../core/masks/groups';
import { magnitudeHistogram } from '../core/masks/magnitudeHistogram';
import { type MagnitudeIndex, magnitudeIndex } from '../core/masks/magnitudeIndex';
import { readMask, writeDeltas, writeMask, writePackedMask } from '../core/masks/maskFile';
import { tensorProfile } from '../core/masks/profiles';
import { type MaskOptions, type MaskSelection, quantityOf, selectMask } from '../core/masks/selectMask';
import { type Mask, matrixShape } from '../core/masks/tensorKinds';
import { createAtlasLayers } from './atlasLayers';
import type {
  AtlasAnswer,
  AtlasAnswers,
  AtlasCommand,
  AtlasMessage,
  AtlasQuestion,
  Cell,
  GroupRow,
  Holdings,
  ImportedMask,
  MaskRef,
  SelectionSummary,
} from './atlasProtocol';
import { atlasRuns, mostMoved, prepareRanks, sourceOf, warmupUpdates } from './atlasRuns';
import { byteCache } from './byteCache';
import { assertNever } from './protocol';

export interface AtlasSession {
  handle(command: AtlasCommand): void;
}

/** Selections of the lab that stay, bytes of their masks. */
const SELECTION_BYTES = 64 << 20;
const RANKING_BYTES = 16 << 20;
const MOMENT_BYTES = 16 << 20;
type QuestionOf<T extends AtlasQuestion['type']> = Extract<AtlasQuestion, { type: T }>;

/** Takes commands in order; never throws, every error becomes a message. `later` calls back when there is nothing else to do. */
export function createAtlasSession(
  post: (message: AtlasMessage, transfer: ArrayBuffer[]) => void,
  now: () => number,
  later: (work: () => void) => void = () => {},
): AtlasSession {
  const runs = atlasRuns();
  const files = new Map<string, LabelledMask>();
  const selections = byteCache<MaskSelection>(SELECTION_BYTES, ({ mask }) => bytesOf(mask.values()));
  const momentMasks = byteCache<Mask>(MOMENT_BYTES, (mask) => bytesOf(mask.values()));
  /** The order of the groups is the same for every share. */
  const rankings = byteCache<GroupRanking>(
    RANKING_BYTES,
    ({ order, index }) => order.byteLength + index.counts.byteLength,
  );
  const layers = createAtlasLayers(runs, (ref) => maskOf(ref).mask);

  const selectionOf = (runId: string, options: MaskOptions): MaskSelection =>
    selections.get(`${runId} ${JSON.stringify(options)}`, () => selectMask(sourceOf(runs.get(runId)), options));

  /** Throws Error for a mask that is not there (any more). */
  function maskOf(ref: MaskRef): LabelledMask {
    if (ref.from === 'file') {
      const file = files.get(ref.fileId);
      if (!file) throw new Error('This file is no longer held: open it again.');
      return file;
    }
    const run = runs.get(ref.runId);
    if (ref.from === 'lab') {
      return { label: 'lab', specs: run.specs, mask: selectionOf(ref.runId, ref.options).mask };
    }
    if (ref.from === 'moment') {
      const mask = momentMasks.get(JSON.stringify(ref), () => mostMoved(run, ref.at, ref.percent).mask);
      return { label: `${ref.at.stage} ${ref.at.step}`, specs: run.specs, mask };
    }
    const mask = run.masks.get(ref.purpose);
    if (!mask) throw new Error(`The ${ref.purpose} mask is not made yet.`);
    return { label: ref.purpose, specs: run.specs, mask };
  }

  const specOf = ({ specs }: Pick<LabelledMask, 'specs'>, tensor: string) => {
    const spec = specs.find(({ name }) => name === tensor);
    if (!spec) throw new Error(`There is no tensor “${tensor}”.`);
    return spec;
  };

  const bitsOf = (ref: MaskRef, tensor: string): Uint8Array => {
    const bits = maskOf(ref).mask.get(tensor);
    if (!bits) throw new Error(`The mask has no tensor “${tensor}”.`);
    return bits;
  };

  const select = ({ mask: ref }: QuestionOf<'select'>): SelectionSummary => {
    const began = now();
    if (ref.from === 'lab') {
      const { mask: _, ...summary } = selectionOf(ref.runId, ref.options);
      return { ...summary, milliseconds: now() - began };
    }
    const { specs, mask } = maskOf(ref);
    const tensors = tensorDensities(specs, mask).map((row) => ({ ...row, inScope: true, edges: null }));
    const selected = tensors.reduce((sum, row) => sum + row.selected, 0);
    const total = tensors.reduce((sum, row) => sum + row.entries, 0);
    const share = selected / Math.max(1, total);
    return {
      ...{ selected, total, requestedShare: share, achievedShare: share, tensors },
      edges: { lower: null, upper: null },
      milliseconds: now() - began,
    };
  };

  const groups = ({ runId, options }: QuestionOf<'groups'>): GroupRow[] => {
    const run = runs.get(runId);
    const quantity = quantityOf(options.rule);
    const singles = new Map<MagnitudeIndex, readonly Uint8Array[]>();
    return (['output', 'input', 'head'] as const).map((by) => {
      const { scope } = options;
      const ranking = rankings.get(`${runId} ${by} ${quantity} ${JSON.stringify(scope)}`, () =>
        rankGroups(sourceOf(run), { by, model: run.model, scope, quantity }),
      );
      const single = singles.get(ranking.index) ?? singleWeights(ranking, options.upper);
      singles.set(ranking.index, single);
      const {
        groups: count,
        taken,
        selected,
        total,
        achievedShare,
        overlap,
      } = takeGroups(ranking, options.upper, single);
      const { iou, chanceIou } = overlap;
      return { by, groups: count, taken, selected, total, achievedShare, iou, chanceIou };
    });
  };

  const magnitudes = ({ runId, mask, tensor }: QuestionOf<'magnitudes'>) => {
    const values = runs.get(runId).weights.update?.get(tensor);
    if (!values) throw new Error('The change of the weights is known when the warm-up is over.');
    return magnitudeHistogram(magnitudeIndex([{ name: tensor, values }]), maskOf(mask).mask);
  };

  const cell = (question: QuestionOf<'cell'>): AtlasAnswers['cell'] => {
    const { layer, mask: ref, tensor, row, column, block } = question;
    if (!ref) {
      const { columns } = layers.shape(layer, tensor);
      return {
        value: layers.values(layer, tensor)[row * columns + column]!,
        selected: null,
        facts: null,
        around: null,
      };
    }
    const held = maskOf(ref);
    const spec = specOf(held, tensor);
    const bits = bitsOf(ref, tensor);
    const flat = row * matrixShape(spec).columns + column;
    const run = ref.from === 'file' ? null : runs.get(ref.runId);
    const options = ref.from === 'lab' ? ref.options : null;
    const source = run?.weights.update ? sourceOf(run) : null;
    const quantity = options ? quantityOf(options.rule) : 'update';
    const values = source?.deltas(quantity, EVERYWHERE).find(({ name }) => name === tensor)?.values;
    const index = source?.index(quantity, options?.scope ?? EVERYWHERE);
    const order = options?.rule === 'least' ? 'least' : 'most';
    return {
      value: layers.values(layer, tensor)[flat]!,
      selected: bits[flat] === 1,
      facts: index && values ? cellFacts(index, { spec, values, row, column }, held.mask, order) : null,
      around: around(bits, matrixShape(spec), { row, column }, block),
    };
  };

  const exported = (question: QuestionOf<'export'>): Uint8Array<ArrayBuffer> => {
    if (question.what === 'update') {
      const { specs, weights } = runs.get(question.runId);
      const { update } = weights;
      if (!update) throw new Error('The change of the weights is known when the warm-up is over.');
      return writeDeltas(specs, update, { 'allo.content': 'warm-up change' });
    }
    const { specs, mask } = maskOf(question.mask);
    if (question.what === 'densities') return new TextEncoder().encode(densityCsv(tensorDensities(specs, mask)));
    const metadata = { 'allo.content': 'neuron mask', 'allo.mask': JSON.stringify(question.mask) };
    return question.what === 'packed' ? writePackedMask(specs, mask, metadata) : writeMask(specs, mask, metadata);
  };

  const imported = ({ runId, fileName, file }: QuestionOf<'import'>): ImportedMask => {
    const { specs } = runs.get(runId);
    const { tensors, specs: found, mismatches, packed } = readMask(file, specs);
    const fileId = found.length > 0 ? `file-${files.size + 1}` : null;
    // A tensor that the file lacks has nothing selected, so that it can be drawn beside the others.
    const mask = new Map(specs.map((spec) => [spec.name, tensors.get(spec.name) ?? new Uint8Array(entriesOf(spec))]));
    if (fileId) files.set(fileId, { label: fileName, specs, mask });
    const { selected, total } = sizesOf({ label: fileName, specs, mask });
    return { fileId, selected, total, packed, mismatches };
  };

  const answer = (question: AtlasQuestion): AtlasAnswer => {
    const { type } = question;
    switch (type) {
      case 'select':
        return { type, value: select(question) };
      case 'reference': {
        const { runId, options } = question;
        return { type, value: compareWithReference(sourceOf(runs.get(runId)), options, selectionOf(runId, options)) };
      }
      case 'groups':
        return { type, value: groups(question) };
      case 'concentration': {
        const { runId, options } = question;
        const index = sourceOf(runs.get(runId)).index(quantityOf(options.rule), options.scope);
        return { type, value: concentration(index, options.upper) };
      }
      case 'tile':
        return { type, value: layers.tile(question) };
      case 'histogram': {
        const { layer, tensor } = question;
        const names = tensor === null ? layers.names(layer) : [tensor];
        return { type, value: mergeHistograms(names.map((name) => histogramOf(layers.values(layer, name)))) };
      }
      case 'magnitudes':
        return { type, value: magnitudes(question) };
      case 'profile': {
        const spec = specOf(maskOf(question.mask), question.tensor);
        return { type, value: tensorProfile(spec, bitsOf(question.mask, question.tensor)) };
      }
      case 'cell':
        return { type, value: cell(question) };
      case 'next': {
        const { columns } = matrixShape(specOf(maskOf(question.mask), question.tensor));
        return { type, value: nextSet(bitsOf(question.mask, question.tensor), columns, question) };
      }
      case 'agreement':
        return { type, value: compareMasks(maskOf(question.a), maskOf(question.b)) };
      case 'matrix':
        return { type, value: agreementMatrix(question.masks.map(({ label, mask }) => ({ ...maskOf(mask), label }))) };
      case 'churn': {
        const run = runs.get(question.runId);
        return { type, value: churnOfUpdates(run.specs, warmupUpdates(run), question.options) };
      }
      case 'export':
        return { type, value: exported(question) };
      case 'import':
        return { type, value: imported(question) };
      default:
        return assertNever(type);
    }
  };

  const holdings = (): Holdings => ({
    runs: runs.held(),
    dropped: [...runs.dropped],
    files: [...files].map(([fileId, file]) => ({ fileId, fileName: file.label, ...sizesOf(file) })),
  });
  const tell = () => post({ type: 'atlas.held', holdings: holdings() }, []);

  return {
    handle(command) {
      if (command.type === 'atlas.events') {
        if (runs.take(command.runId, command.name, command.events)) {
          // What was derived from arrays that have changed or gone is not asked for again.
          layers.clear();
          momentMasks.clear();
          tell();
          if (!command.events.some(isRanked)) return;
          selections.clear();
          rankings.clear();
          later(() => runs.has(command.runId) && prepareRanks(runs.get(command.runId)));
        }
        return;
      }
      const { requestId, question } = command;
      try {
        const given = answer(question);
        if (question.type === 'import') tell();
        post({ type: 'atlas.answer', requestId, answer: given }, transferOf(given));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        post({ type: 'atlas.failed', requestId, message }, []);
      }
    },
  };
}

/** Masks and ranks come from it; not so from the changes along the time line. */
const isRanked = ({ type }: RunEvent): boolean =>
  type === 'run.started' || type === 'weights' || type === 'moments' || type === 'mask';

const EVERYWHERE = { embeddings: true, norms: true, head: true };

const bytesOf = (arrays: Iterable<Uint8Array>): number =>
  [...arrays].reduce((sum, { byteLength }) => sum + byteLength, 0);

const entriesOf = (spec: { shape: readonly number[] }): number => spec.shape.reduce((n, extent) => n * extent, 1);

function sizesOf({ specs, mask }: LabelledMask): { selected: number; total: number } {
  const rows = tensorDensities(specs, mask);
  return {
    selected: rows.reduce((sum, row) => sum + row.selected, 0),
    total: rows.reduce((sum, row) => sum + row.entries, 0),
  };
}

/** Only arrays that were made for the answer: tiles, histograms and files. */
function transferOf({ type, value }: AtlasAnswer): ArrayBuffer[] {
  const array = type === 'tile' || type === 'export' ? value : type === 'histogram' ? value.counts : null;
  return array && array.buffer instanceof ArrayBuffer && array.buffer.byteLength > 0 ? [array.buffer] : [];
}

/** The aligned block that holds a cell; 16 × 16 where single weights are drawn. */
function around(bits: Uint8Array, shape: { rows: number; columns: number }, cell: Cell, drawn: number) {
  const size = drawn > 1 ? drawn : 16;
  const top = Math.floor(cell.row / size) * size;
  const left = Math.floor(cell.column / size) * size;
  const [rows, columns] = [Math.min(size, shape.rows - top), Math.min(size, shape.columns - left)];
  let selected = 0;
  for (let row = top; row < top + rows; row++) {
    for (let column = left; column < left + columns; column++) selected += bits[row * shape.columns + column]!;
  }
  return { rows, columns, selected };
}

/** In reading order. */
function nextSet(bits: Uint8Array, columns: number, { from, direction }: QuestionOf<'next'>): Cell | null {
  const start = from && from.row * columns + from.column;
  const at =
    direction === 1
      ? bits.indexOf(1, start === null ? 0 : start + 1)
      : start === 0
        ? -1
        : bits.lastIndexOf(1, start === null ? bits.length - 1 : start - 1);
  return at < 0 ? null : { row: Math.floor(at / columns), column: at % columns };
}
