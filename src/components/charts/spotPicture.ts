// A picture of spots as a file: the marks of the page in the current theme's colours, with axes, title, notes and legend. Pure.
import type { Mark, Picture } from '../pictureLayout';
import { tickAnchor } from './axes';
import type { ChartInks } from './chartInks';
import { gridMarks, type SpotSource } from './spots';

/** Of the plot inside its axes, CSS pixels. */
export const FILE_WIDTH = 720;
/** Room for ticks and title of the axis below. */
const FOOT = 40;

interface PictureWords {
  title: string;
  notes: readonly string[];
}

export function spotPicture(
  source: SpotSource,
  { title, notes }: PictureWords,
  inks: ChartInks,
  colourOf: (css: string) => string,
): Picture {
  const size = { width: FILE_WIDTH, height: source.height(FILE_WIDTH) };
  const drawing = source.draw(size);
  const below = (position: number, down: number, text: string): Mark => ({
    type: 'text',
    x: position * size.width,
    y: size.height + down,
    ...{ text, size: 12, colour: inks.quietInk, anchor: tickAnchor(position) },
  });
  const coloured = (mark: Mark): Mark => (mark.type === 'image' ? mark : { ...mark, colour: colourOf(mark.colour) });
  return {
    ...{ title, notes, width: size.width, height: size.height + FOOT },
    plot: [
      ...gridMarks(drawing, size, inks.line),
      ...drawing.marks.map(coloured),
      ...drawing.x.ticks.map(({ position, text }) => below(position, 16, text)),
      below(0.5, 34, drawing.x.title),
    ],
    rows: {
      title: drawing.y?.title ?? '',
      marks: (drawing.y?.ticks ?? []).map(({ position, text }) => ({ at: (1 - position) * size.height, text })),
    },
    columns: { title: '', marks: [] },
    scale: null,
    swatches: source.swatches.map((swatch) => ({ ...swatch, colour: colourOf(swatch.colour) })),
    colours: { ink: inks.ink, quietInk: inks.quietInk, paper: inks.paper },
    font: inks.font,
  };
}
