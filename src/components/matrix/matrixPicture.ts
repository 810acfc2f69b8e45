// From a captured matrix to a picture for a file: its axes, its colour bar, its swatches.
import { formatCount } from '../format';
import type { Picture, PictureScale } from '../pictureLayout';
import type { Colouring, ScaleColouring } from './colouring';
import { cssColour, rampCss } from './colourMaps';
import { domainTicks, tickText } from './domain';
import type { InkColours, MatrixAxis } from './matrixAxes';
import type { PlotCapture } from './matrixStage';
import type { OutsideCounts } from './valueHistogram';

export interface MatrixPictureParts {
  title: string;
  notes: readonly string[];
  capture: PlotCapture;
  rowAxis: MatrixAxis;
  columnAxis: MatrixAxis;
  colouring: Colouring;
  /** What the colours measure. */
  scaleLabel: string;
  /** Colours with a meaning of their own: what lies outside the scale, or the names of the categories. */
  swatches: Picture['swatches'];
  ink: InkColours;
}

/** The colours of what has no place on the bar, with how many cells have them. */
export const outsideSwatches = ({ map }: ScaleColouring, { below, above, nonFinite }: OutsideCounts) => [
  { colour: cssColour(map.below), text: `below: ${formatCount(below)}` },
  { colour: cssColour(map.above), text: `above: ${formatCount(above)}` },
  { colour: cssColour(map.nonFinite), text: `not finite: ${formatCount(nonFinite)}` },
];

/** The bar with ticks at round values. */
export const scalePicture = ({ map, domain }: ScaleColouring, label: string): PictureScale => ({
  label,
  colours: rampCss(map.ramp, 64),
  ticks: domainTicks(domain, 0.2).map(({ value, position }) => ({ position, text: tickText(value) })),
});

/** The picture that `pictureAsPng` and `pictureAsSvg` write. */
export function matrixPicture(parts: MatrixPictureParts): Picture {
  const { capture, colouring, ink } = parts;
  const scale = colouring.type === 'scale' ? colouring : null;
  return {
    title: parts.title,
    notes: parts.notes,
    width: capture.width,
    height: capture.height,
    plot: [
      {
        type: 'image',
        x: 0,
        y: 0,
        width: capture.width,
        height: capture.height,
        image: capture.image,
        name: parts.title,
      },
    ],
    rows: { title: parts.rowAxis.title, marks: capture.rows },
    columns: {
      title: parts.columnAxis.title,
      marks: capture.columns.map(({ at, line, text }) => ({ at: line ?? at, text })),
    },
    scale: scale && scalePicture(scale, parts.scaleLabel),
    swatches: parts.swatches,
    colours: { ink: ink.ink, quietInk: ink.ink2, paper: ink.paper },
    font: ink.font,
  };
}
