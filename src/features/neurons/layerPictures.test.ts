import { describe, expect, it } from 'vitest';
import type { Colouring } from '../../components/matrix/colouring';
import { sequentialMap } from '../../components/matrix/colourMaps';
import { matrixPicture } from '../../components/matrix/matrixPicture';
import { histogramOf } from '../../components/matrix/valueHistogram';
import { pictureSvg } from '../../components/pictureExport';
import { captureNotes, legendSwatches } from './layerPictures';

const nonFinite = [176, 0, 255] as const;
const categories = (count: number): Colouring => ({
  type: 'categories',
  colours: Array.from({ length: count }, (_, i) => [i, i, i] as const),
  nonFinite,
});
const map = sequentialMap('light');
const scale = (high: number): Colouring => ({
  type: 'scale',
  domain: { kind: 'linear', low: 0, high, threshold: 1 },
  map,
  zero: null,
});
const sight = { firstRow: 0, endRow: 2, firstColumn: 0, endColumn: 3 };

describe('legends of picture files', () => {
  it('count selected and unselected weights, and the four codes of an overlay', () => {
    const mask = { cells: categories(2), histogram: histogramOf(Uint8Array.of(0, 1, 0, 0, 1)) };
    expect(legendSwatches({ form: 'mask' }, [mask, mask])).toEqual([
      { colour: 'rgb(0 0 0)', text: 'not selected: 6' },
      { colour: 'rgb(1 1 1)', text: 'selected weight: 4' },
    ]);
    const codes = { cells: categories(4), histogram: histogramOf(Uint8Array.of(3, 1, 0, 3, 2, 3)) };
    expect(legendSwatches({ form: 'overlay' }, [codes]).map(({ text }) => text)).toEqual([
      'neither: 1',
      'A only: 1',
      'B only: 1',
      'A and B: 3',
    ]);
  });

  it('count what lies outside, each tensor by its own domain', () => {
    const histogram = histogramOf(Float32Array.of(-1, 0, 1, 2, 4, Number.NaN, Number.POSITIVE_INFINITY));
    const texts = (...highs: number[]) =>
      legendSwatches(
        { form: 'size' },
        highs.map((high) => ({ cells: scale(high), histogram })),
      ).map(({ text }) => text);
    expect(texts(2)).toEqual(['below: 1', 'above: 1', 'not finite: 2']);
    expect(texts(2, 1)).toEqual(['below: 2', 'above: 3', 'not finite: 4']);
    expect(legendSwatches({ form: 'size' }, [])).toEqual([]);
  });

  it('say what a block shows and which part is in sight', () => {
    expect(captureNotes({ block: 1, sight }, 2, 3, 'mean')).toEqual(['Single cells.']);
    expect(captureNotes({ block: 4, sight: { ...sight, firstColumn: 1 } }, 2, 3, 'peak')).toEqual([
      'Rows 0 to 1 of 2, columns 1 to 2 of 3; counts are of the whole tensor.',
      'A block of 4 × 4 cells shows its value farthest from 0.',
    ]);
  });

  it('stand in the SVG with tensor, axes, ticks of the bar and every swatch', () => {
    const image = { toDataURL: () => 'data:image/png;base64,AAAA' } as HTMLCanvasElement;
    const cells = scale(2);
    const svg = pictureSvg(
      matrixPicture({
        title: '|θ′ − θ|: model.layers.0.mlp.up_proj.weight',
        notes: ['Run quiet-otter, 2 × 3 weights.'],
        capture: {
          ...{ image, width: 300, height: 200, block: 1, sight },
          rows: [{ at: 50, text: 'unit 0', line: null }],
          columns: [{ at: 50, text: 'dim 0', line: null }],
        },
        rowAxis: { title: 'MLP units', label: String, groups: [] },
        columnAxis: { title: 'residual dims', label: String, groups: [] },
        colouring: cells,
        scaleLabel: '|θ′ − θ|',
        swatches: legendSwatches({ form: 'size' }, [
          { cells, histogram: histogramOf(Float32Array.of(0, 1, 3, Number.NaN)) },
        ]),
        ink: { ink: '#111', ink2: '#555', ink3: '#777', paper: '#fff', accent: '#00f', font: 'sans-serif' },
      }),
    );
    const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    expect(texts).toEqual([
      '|θ′ − θ|: model.layers.0.mlp.up_proj.weight',
      'Run quiet-otter, 2 × 3 weights.',
      'residual dims',
      'dim 0',
      'unit 0',
      'MLP units',
      '|θ′ − θ|',
      '0',
      '0.5',
      '1',
      '1.5',
      '2',
      'below: 0',
      'above: 1',
      'not finite: 1',
    ]);
    for (const colour of [map.below, map.above, nonFinite])
      expect(svg).toContain(`width="12" height="12" fill="rgb(${colour.join(' ')})"`);
  });
});
