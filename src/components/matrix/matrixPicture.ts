// From a captured matrix to a picture for a file: its axes, its colour bar, its swatches.
import { formatCount } from '../format';
import type { Picture } from '../pictureLayout';
import type { Colouring } from './colouring';
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
  /** Values outside the scale, named with their counts. */
  outside: OutsideCounts | null;
  /** Swatches beside those of the scale: "selected weight", or the names of the categories. */
  swatches: Picture['swatches'];
  ink: InkColours;
}

/** The picture that `pictureAsPng` and `pictureAsSvg` write. */
export function matrixPicture(parts: MatrixPictureParts): Picture {
  const { capture, colouring, outside, ink } = parts;
  const swatches = [...parts.swatches];
  if (colouring.type === 'scale' && outside) {
    const { map } = colouring;
    const named = [
      { colour: map.below, text: 'below', count: outside.below },
      { colour: map.above, text: 'above', count: outside.above },
      { colour: map.nonFinite, text: 'not finite', count: outside.nonFinite },
    ];
    for (const { colour, text, count } of named)
      swatches.push({ colour: cssColour(colour), text: `${text}: ${formatCount(count)}` });
  }
  return {
    title: parts.title,
    notes: parts.notes,
    width: capture.width,
    height: capture.height,
    rows: { title: parts.rowAxis.title, marks: capture.rows },
    columns: {
      title: parts.columnAxis.title,
      marks: capture.columns.map(({ at, line, text }) => ({ at: line ?? at, text })),
    },
    scale:
      colouring.type === 'scale'
        ? {
            label: parts.scaleLabel,
            colours: rampCss(colouring.map.ramp, 64),
            ticks: domainTicks(colouring.domain, 0.2).map(({ value, position }) => ({
              position,
              text: tickText(value),
            })),
          }
        : null,
    swatches,
    colours: { ink: ink.ink, quietInk: ink.ink2, paper: ink.paper },
    font: ink.font,
  };
}
