// A picture for a file as a list of marks: title, plot (images, lines, bars), axes, colour bar and swatches. One layout for PNG and
// SVG, for matrices, atlases and charts. Pure.

export interface PictureAxis {
  title: string;
  /** Labels, pixels from the plot's edge. */
  marks: readonly { at: number; text: string }[];
}

export interface PictureScale {
  /** What the colours measure. */
  label: string;
  /** CSS colours from low to high, evenly spaced. */
  colours: readonly string[];
  ticks: readonly { position: number; text: string }[];
}

export interface Picture {
  title: string;
  /** Lines under the title: where the data come from, what a block shows. */
  notes: readonly string[];
  /** The plot's size, CSS pixels. */
  width: number;
  height: number;
  /** What the plot shows; places from its top left corner. */
  plot: readonly Mark[];
  /** Room for the rows' labels at the left of the plot; 96 where nothing is said. */
  left?: number;
  rows: PictureAxis;
  columns: PictureAxis;
  scale: PictureScale | null;
  /** Colours with a meaning of their own: below, above, not finite, categories. */
  swatches: readonly Swatch[];
  colours: { ink: string; quietInk: string; paper: string };
  font: string;
}

export interface Swatch {
  colour: string;
  text: string;
  /** Shown as a line with this pattern, as its curve is drawn. */
  dash?: readonly number[];
}

export type Mark =
  | {
      type: 'text';
      x: number;
      y: number;
      text: string;
      size: number;
      colour: string;
      anchor: Anchor;
      turned?: boolean;
      isBold?: boolean;
    }
  | { type: 'rectangle'; x: number; y: number; width: number; height: number; colour: string }
  /** Pixels, drawn without smoothing. `name`: what it shows, for those who cannot see it. */
  | { type: 'image'; x: number; y: number; width: number; height: number; image: HTMLCanvasElement; name: string }
  | ({ type: 'line'; points: readonly Point[]; colour: string; width: number; opacity?: number } & Dashes)
  /** A filled polygon. */
  | { type: 'area'; points: readonly Point[]; colour: string; opacity: number }
  | { type: 'dot'; x: number; y: number; radius: number; colour: string };

/** `dash`: pixels on and off in turn; `dashed` for the usual pattern. */
interface Dashes {
  dashed?: boolean;
  dash?: readonly number[];
}

export const dashOf = ({ dashed, dash }: Dashes): readonly number[] => dash ?? (dashed ? [4, 4] : []);

export type Point = readonly [x: number, y: number];

export type Anchor = 'start' | 'middle' | 'end';

export interface PictureLayout {
  width: number;
  height: number;
  marks: readonly Mark[];
}

const MARGIN = 16;
const LINE = 18;
const LEFT = 96;
const BAR_WIDTH = 240;
const BAR_PARTS = 64;
const LEAST_WIDTH = 420;
/** A 12-pixel letter is about this wide: enough to break lines of swatches, where nothing can be measured. */
const LETTER = 6.6;

/** Places everything; the plot keeps its size. */
export function pictureLayout(picture: Picture): PictureLayout {
  const { colours, rows, columns, left = LEFT } = picture;
  const width = Math.max(LEAST_WIDTH, left + picture.width + MARGIN);
  const marks: Mark[] = [];
  const write = (x: number, y: number, text: string, more: Partial<Extract<Mark, { type: 'text' }>> = {}) =>
    marks.push({ type: 'text', x, y, text, size: 12, colour: colours.quietInk, anchor: 'start', ...more });

  let y = MARGIN + 14;
  write(MARGIN, y, picture.title, { size: 15, colour: colours.ink });
  for (const note of picture.notes.flatMap((text) => wrapped(text, (width - 2 * MARGIN) / LETTER))) {
    y += LINE;
    write(MARGIN, y, note);
  }
  y += LINE + 4;
  if (columns.title) write(left, y, columns.title);
  y += LINE;
  for (const { at, text } of columns.marks) write(left + at, y, text);
  y += 6;
  for (const mark of picture.plot) marks.push(moved(mark, left, y));
  for (const { at, text } of rows.marks) write(left - 8, y + at + 4, text, { anchor: 'end' });
  if (rows.title) write(MARGIN, y + picture.height / 2, rows.title, { anchor: 'middle', turned: true });
  y += picture.height + 24;
  if (picture.scale) y = placeScale(marks, picture.scale, left, y, colours, write);
  y = placeSwatches(marks, picture, left, y, width - MARGIN, write);
  marks.unshift({ type: 'rectangle', x: 0, y: 0, width, height: y + MARGIN, colour: colours.paper });
  return { width, height: y + MARGIN, marks };
}

/** The same mark somewhere else. */
function moved(mark: Mark, x: number, y: number): Mark {
  if (mark.type !== 'line' && mark.type !== 'area') return { ...mark, x: mark.x + x, y: mark.y + y };
  return { ...mark, points: mark.points.map(([px, py]): Point => [px + x, py + y]) };
}

/** Lines of at most `letters` letters, broken between words. */
function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

type Write = (x: number, y: number, text: string, more?: Partial<Extract<Mark, { type: 'text' }>>) => void;

function placeScale(
  marks: Mark[],
  scale: PictureScale,
  x: number,
  top: number,
  colours: Picture['colours'],
  write: Write,
): number {
  write(x, top, scale.label, { colour: colours.ink });
  const part = BAR_WIDTH / BAR_PARTS;
  for (let i = 0; i < BAR_PARTS; i++) {
    const colour = scale.colours[Math.round((i / (BAR_PARTS - 1)) * (scale.colours.length - 1))] ?? colours.ink;
    // A little wider than its part, so that no seam shows between two.
    marks.push({
      type: 'rectangle',
      x: x + i * part,
      y: top + 8,
      width: part + (i < BAR_PARTS - 1 ? 0.5 : 0),
      height: 10,
      colour,
    });
  }
  for (const { position, text } of scale.ticks) {
    marks.push({
      type: 'rectangle',
      x: x + position * BAR_WIDTH - 0.5,
      y: top + 18,
      width: 1,
      height: 4,
      colour: colours.quietInk,
    });
    write(x + position * BAR_WIDTH, top + 35, text, { anchor: 'middle' });
  }
  return top + 35 + LINE;
}

const sampleLine = (x: number, y: number, long: number, colour: string, dash: readonly number[]): Mark => ({
  type: 'line',
  points: [
    [x, y],
    [x + long, y],
  ],
  colour,
  width: 2,
  dash,
});

function placeSwatches(
  marks: Mark[],
  { swatches }: Picture,
  left: number,
  top: number,
  right: number,
  write: Write,
): number {
  let x = left;
  let y = top;
  for (const { colour, text, dash } of swatches) {
    const long = dash ? 30 : 12;
    const wide = long + 6 + text.length * LETTER + 16;
    if (x > left && x + wide > right) {
      x = left;
      y += LINE;
    }
    if (dash) marks.push(sampleLine(x, y - 4, long, colour, dash));
    else marks.push({ type: 'rectangle', x, y: y - 10, width: long, height: 12, colour });
    write(x + long + 6, y, text);
    x += wide;
  }
  return swatches.length > 0 ? y + LINE / 2 : y;
}
