// Where each tensor stands in the atlas as a picture file: layers as rows and kinds as columns, or a list that wraps. Pure.
import { placeOf } from '../../core/masks/tensorKinds';
import type { TensorSpec } from '../../core/model/config';
import type { Order } from './atlasOrder';
import { type ThumbSize, tensorGrid } from './tensorGrid';

export interface PlacedTensor {
  spec: TensorSpec;
  x: number;
  y: number;
  size: ThumbSize;
  /** What stands under it, the name first. */
  lines: readonly string[];
}

export interface AtlasPlaces {
  width: number;
  height: number;
  tensors: readonly PlacedTensor[];
  /** Names of the rows, at the middle of each. */
  rows: readonly { at: number; text: string }[];
}

/** Height of a line of text under a tensor, CSS pixels. */
export const LINE = 14;
const GAP = 16;
/** A 12-pixel letter is about this wide. */
const LETTER = 6.6;
/** A list, and what stands before and after the layers, wraps here at the latest. */
const LIST_WIDTH = 960;

interface Box {
  spec: TensorSpec;
  size: ThumbSize;
  lines: readonly string[];
  width: number;
  height: number;
}

/** `specs` as listed; `sizeOf` in CSS pixels; `said`: what is told of a tensor besides its name. */
export function atlasPlaces(
  specs: readonly TensorSpec[],
  order: Order,
  sizeOf: (spec: TensorSpec) => ThumbSize,
  said: (spec: TensorSpec) => readonly string[],
): AtlasPlaces {
  const box = (spec: TensorSpec): Box => {
    const { layer, kind } = placeOf(spec.name);
    const lines = [order !== 'layer' && layer !== null ? `layer ${layer} ${kind}` : kind, ...said(spec)];
    const size = sizeOf(spec);
    const width = Math.max(size.width, ...lines.map((line) => Math.ceil(line.length * LETTER)));
    return { spec, size, lines, width, height: size.height + lines.length * LINE };
  };
  const tensors: PlacedTensor[] = [];
  const rows: AtlasPlaces['rows'][number][] = [];
  const put = ({ spec, size, lines }: Box, x: number, y: number) => tensors.push({ spec, x, y, size, lines });
  let y = 0;
  const flow = (list: readonly TensorSpec[], width: number): void => {
    let [x, tallest] = [0, 0];
    for (const one of list.map(box)) {
      if (x > 0 && x + one.width > width) {
        y += tallest + GAP;
        [x, tallest] = [0, 0];
      }
      put(one, x, y);
      x += one.width + GAP;
      tallest = Math.max(tallest, one.height);
    }
    if (list.length > 0) y += tallest + GAP;
  };
  const named = (text: string, draw: () => void): void => {
    const top = y;
    draw();
    if (y > top) rows.push({ at: (top + y - GAP) / 2, text });
  };

  if (order !== 'layer') flow(specs, LIST_WIDTH);
  else {
    const grid = tensorGrid(specs);
    const layers = grid.layers.map(({ layer, cells }) => ({ layer, cells: cells.map((stack) => stack.map(box)) }));
    const widths = grid.kinds.map((_, i) =>
      Math.max(...layers.flatMap(({ cells }) => cells[i]!.map(({ width }) => width))),
    );
    const across = widths.reduce((sum, width) => sum + width + GAP, 0);
    const wrap = Math.max(LIST_WIDTH, across);
    named('before', () => flow(grid.before, wrap));
    for (const { layer, cells } of layers) {
      named(`layer ${layer}`, () => {
        const top = y;
        let x = 0;
        for (const [i, stack] of cells.entries()) {
          let down = top;
          for (const one of stack) {
            put(one, x, down);
            down += one.height + GAP;
          }
          y = Math.max(y, down);
          x += widths[i]! + GAP;
        }
      });
    }
    named('after', () => flow(grid.after, wrap));
  }
  const right = tensors.map(({ x, size, lines }) =>
    Math.max(x + size.width, ...lines.map((line) => x + line.length * LETTER)),
  );
  return { width: Math.ceil(Math.max(0, ...right)), height: Math.max(0, y - GAP), tensors, rows };
}
