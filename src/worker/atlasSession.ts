// The atlas worker's life without the worker: answers questions about pictures and masks of what runs have handed over. Every answer
// is small; arrays in answers are made for them and may be handed over. Which mask a question means: atlasMasks.ts.
import { histogramOf, mergeHistograms } from '../components/matrix/valueHistogram';
import type { RunEvent } from '../core/events';
import { agreementMatrix, compareMasks } from '../core/masks/agreement';
import { cellFacts } from '../core/masks/cellFacts';
import { churnOfUpdates } from '../core/masks/churn';
import { compareWithReference } from '../core/masks/compareReference';
import { concentration } from '../core/masks/concentration';
import { densityCsv, tensorDensities } from '../core/masks/densities';
import {
  type GroupRanking,
  type GroupRow,
  groupRow,
  rankGroups,
  singleWeights,
  takeGroups,
} from '../core/masks/groups';
import { magnitudeHistogram } from '../core/masks/magnitudeHistogram';
import { type MagnitudeIndex, magnitudeIndex } from '../core/masks/magnitudeIndex';
import { writeMask, writePackedMask } from '../core/masks/maskFile';
import { tensorProfile } from '../core/masks/profiles';
import { quantityOf } from '../core/masks/selectMask';
import { matrixShape } from '../core/masks/tensorKinds';
import { buffersOfAnswer } from './answerBuffers';
import { exportedArrays } from './atlasExports';
import { createAtlasLayers } from './atlasLayers';
import { atlasMasks, specOf } from './atlasMasks';
import type {
  AtlasAnswer,
  AtlasAnswers,
  AtlasCommand,
  AtlasMessage,
  AtlasQuestion,
  Cell,
  Holdings,
  SelectionSummary,
} from './atlasProtocol';
import { atlasRuns, prepareRanks, sourceOf, warmupUpdates } from './atlasRuns';
import { byteCache } from './byteCache';
import { assertNever } from './protocol';

export interface AtlasSession {
  handle(command: AtlasCommand): void;
}

/** The orders of groups that stay. */
const RANKING_BYTES = 16 << 20;
type QuestionOf<T extends AtlasQuestion['type']> = Extract<AtlasQuestion, { type: T }>;

/** Takes commands in order; never throws, every error becomes a message. `later` calls back when there is nothing else to do. */
export function createAtlasSession(
  post: (message: AtlasMessage, transfer: ArrayBuffer[]) => void,
  now: () => number,
  later: (work: () => void) => void = () => {},
): AtlasSession {
  const runs = atlasRuns();
  const masks = atlasMasks(runs);
  /** The order of the groups is the same for every share. */
  const rankings = byteCache<GroupRanking>(
    RANKING_BYTES,
    ({ order, index }) => order.byteLength + index.counts.byteLength,
  );
  const layers = createAtlasLayers(runs, (ref) => masks.of(ref).mask);

  const select = ({ mask: ref }: QuestionOf<'select'>): SelectionSummary => {
    const began = now();
    if (ref.from === 'lab') {
      const { mask: _, ...summary } = masks.selection(ref.runId, ref.options);
      return { ...summary, milliseconds: now() - began };
    }
    const { specs, mask } = masks.of(ref);
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
      const first = takeGroups(ranking, options.upper, single);
      return groupRow(first, first.overlap);
    });
  };

  const magnitudes = ({ runId, mask, tensor }: QuestionOf<'magnitudes'>) => {
    const values = runs.get(runId).weights.update?.get(tensor);
    if (!values) throw new Error('The change of the weights is known when the warm-up is over.');
    return magnitudeHistogram(magnitudeIndex([{ name: tensor, values }]), masks.of(mask).mask);
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
    const held = masks.of(ref);
    const spec = specOf(held, tensor);
    const bits = masks.bits(ref, tensor);
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
    if ('runId' in question) return exportedArrays(runs.get(question.runId), question);
    const { specs, mask } = masks.of(question.mask);
    if (question.what === 'densities') return new TextEncoder().encode(densityCsv(tensorDensities(specs, mask)));
    const metadata = { 'allo.content': 'neuron mask', 'allo.mask': JSON.stringify(question.mask) };
    return question.what === 'packed' ? writePackedMask(specs, mask, metadata) : writeMask(specs, mask, metadata);
  };

  const answer = (question: AtlasQuestion): AtlasAnswer => {
    const { type } = question;
    switch (type) {
      case 'select':
        return { type, value: select(question) };
      case 'reference': {
        const { runId, options } = question;
        return {
          type,
          value: compareWithReference(sourceOf(runs.get(runId)), options, masks.selection(runId, options)),
        };
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
        const spec = specOf(masks.of(question.mask), question.tensor);
        return { type, value: tensorProfile(spec, masks.bits(question.mask, question.tensor)) };
      }
      case 'cell':
        return { type, value: cell(question) };
      case 'next': {
        const { columns } = matrixShape(specOf(masks.of(question.mask), question.tensor));
        return { type, value: nextSet(masks.bits(question.mask, question.tensor), columns, question) };
      }
      case 'agreement':
        return { type, value: compareMasks(masks.of(question.a), masks.of(question.b)) };
      case 'matrix':
        return {
          type,
          value: agreementMatrix(question.masks.map(({ label, mask }) => ({ ...masks.of(mask), label }))),
        };
      case 'churn': {
        const run = runs.get(question.runId);
        return { type, value: churnOfUpdates(run.specs, warmupUpdates(run), question.options) };
      }
      case 'export':
        return { type, value: exported(question) };
      case 'import':
        return { type, value: masks.open(question) };
      default:
        return assertNever(type);
    }
  };

  const holdings = (): Holdings => ({
    runs: runs.held(),
    dropped: [...runs.dropped],
    files: masks.files(),
  });
  const tell = () => post({ type: 'atlas.held', holdings: holdings() }, []);

  return {
    handle(command) {
      if (command.type === 'atlas.events') {
        if (runs.take(command.runId, command.name, command.events)) {
          // What was derived from arrays that have changed or gone is not asked for again.
          layers.clear();
          masks.clearMoments();
          tell();
          if (!command.events.some(isRanked)) return;
          masks.clearSelections();
          rankings.clear();
          later(() => runs.has(command.runId) && prepareRanks(runs.get(command.runId)));
        }
        return;
      }
      const { requestId, question } = command;
      try {
        const given = answer(question);
        if (question.type === 'import') tell();
        post({ type: 'atlas.answer', requestId, answer: given }, buffersOfAnswer(given));
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
