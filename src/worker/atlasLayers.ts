// The values that a picture shows of a tensor, and their tiles at every level. Derived arrays and pyramids are kept while there is room.
import { cutTile, matrixLevels, pyramidTile, type Tile } from '../components/matrix/matrixSource';
import { type Pyramid, pyramidSlices } from '../components/matrix/pyramid';
import { type Mask, matrixShape, type Tensors } from '../core/masks/tensorKinds';
import type { TensorSpec } from '../core/model/config';
import type { AtlasQuestion, LayerRef, MaskRef, UpdateStep } from './atlasProtocol';
import type { AtlasRuns } from './atlasRuns';
import { byteCache } from './byteCache';

/** Weights that are kept as differences: a picture takes them tensor by tensor, so few are enough. */
const REBUILT_BYTES = 16 << 20;
const DERIVED_BYTES = 96 << 20;
const PYRAMID_BYTES = 96 << 20;

export interface AtlasLayers {
  /** Row-major; belongs to the atlas. Throws Error for what is not held. */
  values(layer: LayerRef, tensor: string): Tile;
  names(layer: LayerRef): string[];
  /** Throws Error for a tensor the run does not have. */
  shape(layer: LayerRef, tensor: string): { rows: number; columns: number };
  tile(question: Extract<AtlasQuestion, { type: 'tile' }>): Tile;
  clear(): void;
}

export function createAtlasLayers(runs: AtlasRuns, maskOf: (ref: MaskRef) => Mask): AtlasLayers {
  const rebuilt = byteCache<Float32Array>(REBUILT_BYTES, ({ byteLength }) => byteLength);
  const derived = byteCache<Tile>(DERIVED_BYTES, ({ byteLength }) => byteLength);
  const pyramids = byteCache<Pyramid>(PYRAMID_BYTES, bytesOf);

  const floats = (tensors: Tensors | null | undefined, tensor: string, missing: string): Float32Array => {
    const values = tensors?.get(tensor);
    if (!values) throw new Error(missing);
    return values;
  };
  const bits = (ref: MaskRef, tensor: string): Uint8Array => {
    const found = maskOf(ref).get(tensor);
    if (!found) throw new Error(`The mask has no tensor “${tensor}”.`);
    return found;
  };

  const changeAt = (runId: string, at: UpdateStep | undefined, tensor: string): Float32Array => {
    const { weights, updates } = runs.get(runId);
    if (!at) return floats(weights.update, tensor, 'The change is known when the warm-up is over.');
    const change = updates.get(at, tensor);
    if (!change)
      throw new Error('The change at this moment is not held: models above a million weights do not tell it.');
    return change;
  };

  const weightsAt = (layer: Extract<LayerRef, { kind: 'weight' }>, tensor: string): Float32Array => {
    const { weights } = runs.get(layer.runId);
    const { at } = layer;
    if (at) {
      return rebuilt.get(`${JSON.stringify(layer)} ${tensor}`, () => {
        const before = weights.get('sft', tensor);
        if (!before) throw new Error('These weights are not there yet.');
        const change = changeAt(layer.runId, at, tensor);
        return before.map((value, i) => value + change[i]!);
      });
    }
    const get = (): Float32Array => {
      const found = weights.get(layer.moment, tensor);
      if (!found) throw new Error('These weights are not there yet.');
      return found;
    };
    return weights.isWhole(layer.moment, tensor) ? get() : rebuilt.get(`${JSON.stringify(layer)} ${tensor}`, get);
  };

  const values = (layer: LayerRef, tensor: string): Tile => {
    switch (layer.kind) {
      case 'mask':
        return bits(layer.mask, tensor);
      case 'overlay':
        return derived.get(`${JSON.stringify(layer)} ${tensor}`, () =>
          overlay(bits(layer.a, tensor), bits(layer.b, tensor)),
        );
      case 'change':
        return layer.at
          ? rebuilt.get(`${JSON.stringify(layer)} ${tensor}`, () => changeAt(layer.runId, layer.at, tensor))
          : changeAt(layer.runId, undefined, tensor);
      case 'size':
        return derived.get(`${JSON.stringify(layer)} ${tensor}`, () =>
          changeAt(layer.runId, layer.at, tensor).map(Math.abs),
        );
      case 'gradient':
        return floats(runs.get(layer.runId).gradient, tensor, 'No accumulated gradient was recorded.');
      case 'moment':
        return floats(runs.get(layer.runId).secondMoment, tensor, 'No second moment was recorded.');
      case 'weight':
        return weightsAt(layer, tensor);
    }
  };

  const runOf = (layer: LayerRef): string | null => {
    const ref = layer.kind === 'mask' ? layer.mask : layer.kind === 'overlay' ? layer.a : layer;
    return 'runId' in ref ? ref.runId : null;
  };
  const specsOf = (layer: LayerRef): readonly TensorSpec[] => {
    const runId = runOf(layer) ?? runs.held().at(-1)?.runId;
    if (!runId) throw new Error('There is no run to look at.');
    return runs.get(runId).specs;
  };

  const shape = (layer: LayerRef, tensor: string) => {
    const spec = specsOf(layer).find(({ name }) => name === tensor);
    if (!spec) throw new Error(`There is no tensor “${tensor}”.`);
    return matrixShape(spec);
  };

  return {
    values,
    shape,
    names: (layer) => specsOf(layer).map(({ name }) => name),
    tile({ layer, tensor, statistic, level, row, column }) {
      const { rows, columns } = shape(layer, tensor);
      const cells = values(layer, tensor);
      const size = matrixLevels(rows, columns)[level];
      if (!size) throw new RangeError(`“${tensor}” has no level ${level}.`);
      if (level === 0) return cutTile(cells, columns, size, row, column);
      const pyramid = pyramids.get(`${JSON.stringify(layer)} ${tensor} ${statistic}`, () =>
        finished(pyramidSlices(cells, rows, columns, statistic)),
      );
      return pyramidTile(pyramid, level, row, column);
    },
    clear() {
      rebuilt.clear();
      derived.clear();
      pyramids.clear();
    },
  };
}

/** Bit 0: in A, bit 1: in B. */
function overlay(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length) throw new RangeError('The two masks have other shapes here.');
  const codes = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) codes[i] = a[i]! | (b[i]! << 1);
  return codes;
}

function finished<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

const bytesOf = ({ levels }: Pyramid): number =>
  levels.reduce(
    (sum, { counts, values }) =>
      sum + counts.reduce((own, { byteLength }) => own + byteLength, 0) + (values?.byteLength ?? 0),
    0,
  );
