// The atlas's questions, answered of two checkpoints and a mask file. What only a run or its whole arrays could tell is refused in a
// sentence. Which cells a layer has: inspectCells.ts; tiles: inspectTiles.ts.
import { pairItems } from '../core/inspect/magnitudeScan';
import { countMask } from '../core/inspect/maskTensors';
import { maskParity } from '../core/inspect/parity';
import { streamBytes } from '../core/inspect/streamChunks';
import type { AtlasAnswer, AtlasAnswers, AtlasQuestion, LayerRef, MaskRef, SelectionSummary } from './atlasProtocol';
import { checkMask, fileRole, type InspectCells, inspectCells } from './inspectCells';
import { exportFile } from './inspectExports';
import { isCounted, streamedFacts, streamedMagnitudes, streamedReference } from './inspectFacts';
import { RefusedError } from './inspectFailure';
import { type InspectHeld, selectionKey } from './inspectHeld';
import { drawnRows } from './inspectJobs';
import { INSPECT_RUN, type MaskRole, MOST_UNASKED_BYTES } from './inspectProtocol';
import { concentrationThrough, histogramThrough, maskHistogram, nextThrough, profileThrough } from './inspectThrough';
import { inspectTiles } from './inspectTiles';
import { assertNever } from './protocol';

type QuestionOf<T extends AtlasQuestion['type']> = Extract<AtlasQuestion, { type: T }>;

export interface InspectAnswersSource {
  /** Takes little reading, so it need not wait for others. */
  isQuick(question: AtlasQuestion): boolean;
  /** Throws RefusedError, OrderError, RangeError, FileError, and the signal's reason. */
  answer(question: AtlasQuestion, signal: AbortSignal): Promise<AtlasAnswer>;
  /** Forgets what was read of files that have gone. */
  clear(): void;
}

const QUICK: ReadonlySet<AtlasQuestion['type']> = new Set(['select', 'cell', 'next']);

export function inspectAnswers(held: InspectHeld, now: () => number): InspectAnswersSource {
  const cells: InspectCells = inspectCells(held);
  const tiles = inspectTiles();

  const fileSummary = async (role: MaskRole, signal: AbortSignal): Promise<SelectionSummary> => {
    const began = now();
    const mask = held.mask(role);
    mask.counts ??= await countMask(mask.file, { signal });
    const { selected, total, tensors } = mask.counts;
    const share = selected / Math.max(1, total);
    return {
      ...{ selected, total, requestedShare: share, achievedShare: share, edges: { lower: null, upper: null } },
      tensors: drawnRows(tensors).map((row) => ({ ...row, inScope: true, edges: null })),
      milliseconds: now() - began,
    };
  };
  const summary = async (ref: MaskRef, signal: AbortSignal): Promise<SelectionSummary> => {
    checkMask(ref);
    return ref.from === 'file' ? fileSummary(fileRole(ref), signal) : cells.selection(ref).answer.summary;
  };
  const lab = (question: QuestionOf<'reference' | 'concentration'>) => {
    const { runId, options } = question;
    return cells.selection({ from: 'lab', runId, options });
  };
  const bytesOf = () => {
    const { pairing } = held.pair();
    return streamBytes(pairItems(pairing, pairing.pairs));
  };

  const histogram = async ({ layer, tensor }: QuestionOf<'histogram'>, signal: AbortSignal) => {
    if (layer.kind === 'mask') {
      const rows = (await summary(layer.mask, signal)).tensors.filter(({ name }) => tensor === null || name === tensor);
      const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
      return maskHistogram(
        sum(({ selected }) => selected),
        sum(({ entries }) => entries),
      );
    }
    const names = tensor === null ? cells.specs(layer).map(({ name }) => name) : [tensor];
    return histogramThrough(
      names.map((name) => cells.tensor(layer, name)),
      signal,
    );
  };

  const cell = async (question: QuestionOf<'cell'>): Promise<AtlasAnswers['cell']> => {
    const { layer, mask: ref, tensor, row, column, block } = question;
    const at = { rowBegin: row, rowEnd: row + 1, columnBegin: column, columnEnd: column + 1 };
    const own = cells.tensor(layer, tensor);
    const value = (await own.area(at))[0]!;
    if (!ref) return { value, selected: null, facts: null, around: null };
    checkMask(ref);
    const mask = cells.tensor({ kind: 'mask', mask: ref }, tensor);
    const selected = (await mask.area(at))[0] === 1;
    const around = await aroundCell(mask, row, column, block);
    if (ref.from === 'file') return { value, selected, facts: null, around };
    const change = (await cells.tensor({ kind: 'change', runId: INSPECT_RUN }, tensor).area(at))[0]!;
    const place = { row, column, flat: row * own.columns + column, value: change, selected };
    return { value, selected, around, ...streamedFacts(cells.selection(ref).selection, tensor, place) };
  };

  const reference = async (question: QuestionOf<'reference'>, signal: AbortSignal) => {
    const { selection, answer } = lab(question);
    const key = selectionKey(answer.options);
    const compared = held.parities.get(key);
    const known = compared?.countedTwice.length === 0 ? compared : held.references.get(key);
    if (known) return streamedReference(selection, known);
    if (bytesOf() > MOST_UNASKED_BYTES) {
      throw new RefusedError(
        'What the released script would take needs one more pass over both files: open its mask file and compare.',
      );
    }
    const nothing = { checkpoint: selection.scan.pairing.before, tensors: [] };
    const parity = await maskParity(selection, nothing, { signal });
    held.references.keep(key, parity);
    return streamedReference(selection, parity);
  };

  return {
    isQuick(question) {
      if (question.type === 'tile') return tiles.isQuick(cells.tensor(question.layer, question.tensor), question);
      if (question.type === 'magnitudes') return isCounted(cells.selection(question.mask).selection, question.tensor);
      return QUICK.has(question.type);
    },
    async answer(question, signal) {
      const { type } = question;
      switch (type) {
        case 'select':
          return { type, value: await summary(question.mask, signal) };
        case 'reference':
          return { type, value: await reference(question, signal) };
        case 'concentration': {
          const { selection } = lab(question);
          if (selection.order === 'least')
            throw new RefusedError('How concentrated the change is ranks the most changed first: choose “most”.');
          return { type, value: await concentrationThrough(selection, selection.rule.upper, bytesOf(), signal) };
        }
        case 'tile':
          return { type, value: await tiles.tile(cells.tensor(question.layer, question.tensor), question, signal) };
        case 'histogram':
          return { type, value: await histogram(question, signal) };
        case 'magnitudes':
          return {
            type,
            value: await streamedMagnitudes(
              cells.selection(question.mask).selection,
              held.pair().pages.pair(question.tensor),
              signal,
            ),
          };
        case 'profile':
          return { type, value: await profileThrough(maskCells(cells, question), signal) };
        case 'cell':
          return { type, value: await cell(question) };
        case 'next': {
          const { from, direction } = question;
          return { type, value: await nextThrough(maskCells(cells, question), from, direction, signal) };
        }
        case 'export':
          return {
            type,
            value: await exportFile(cells, question, (mask) => summary(mask, signal), signal),
          };
        case 'groups':
          throw new RefusedError(
            'Rows, columns and heads take one more pass over both files, under “Coarser selections”.',
          );
        case 'agreement':
        case 'matrix':
          throw new RefusedError('Masks of files are compared in one pass over all of them, under “Agreement”.');
        case 'churn':
          throw new RefusedError('Two checkpoints have no time line.');
        case 'import':
          throw new RefusedError('Open a mask file beside the checkpoints instead.');
        default:
          return assertNever(type);
      }
    },
    clear() {
      cells.clear();
      tiles.clear();
    },
  };
}

const maskCells = (cells: InspectCells, { mask, tensor }: QuestionOf<'profile' | 'next'>) => {
  const layer: LayerRef = { kind: 'mask', mask };
  return cells.tensor(layer, tensor);
};

/** Sides of the block that a cell is told in: beyond it the counting would be a read of many pages for one hover. */
const MOST_AROUND = 512;

/** The aligned block that holds a cell; 16 × 16 where single weights are drawn. */
async function aroundCell(
  { rows, columns, area }: ReturnType<InspectCells['tensor']>,
  row: number,
  column: number,
  drawn: number,
): Promise<AtlasAnswers['cell']['around']> {
  const size = drawn > 1 ? drawn : 16;
  if (size > MOST_AROUND) return null;
  const [rowBegin, columnBegin] = [Math.floor(row / size) * size, Math.floor(column / size) * size];
  const [rowEnd, columnEnd] = [Math.min(rows, rowBegin + size), Math.min(columns, columnBegin + size)];
  const bits = await area({ rowBegin, rowEnd, columnBegin, columnEnd });
  let selected = 0;
  for (let i = 0; i < bits.length; i++) selected += bits[i]!;
  return { rows: rowEnd - rowBegin, columns: columnEnd - columnBegin, selected };
}
