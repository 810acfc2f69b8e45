// The table as a picture for a file: the shown rows and columns in their order, title and what the numbers are above them. Pure: how wide
// letters are is asked for.
import type { ChartInks } from '../../components/charts/chartInks';
import type { Anchor, Mark, Picture } from '../../components/pictureLayout';
import {
  againstText,
  failureText,
  intervalText,
  NOTHING,
  noDifferenceText,
  numberText,
  originText,
  overText,
  partsText,
} from './cellText';
import type { Column } from './columns';
import { placeOf, reachOf } from './intervalScale';
import { isInGroups } from './latexTable';
import { fixed, seedsText, signed } from './numberText';
import type { Table, TableRow } from './table';
import { tableNote } from './tableFiles';
import { VERDICT_SIGN } from './verdicts';

/** More would make a file that no program opens; the note says so. */
export const MOST_PICTURED = 200;

const SIZE = 13;
const NOTE_SIZE = 11;
const LINE = 18;
/** Above and below a row. */
const PAD = 6;
const GAP = 20;
const BAR = 72;

/** Width in pixels of a text of this size. */
export type Measure = (text: string, size: number, isBold: boolean) => number;

export interface PictureInput {
  table: Table;
  rows: readonly TableRow[];
  title: string;
  /** Family and preset in words. */
  place: string;
  inks: ChartInks;
  /** Of the signs of verdicts. */
  colours: { right: string; wrong: string };
  measure: Measure;
}

interface Cell {
  main: string;
  note: string;
  isBold?: boolean;
  sign?: { text: string; colour: string };
  bar?: NonNullable<TableRow['difference']>;
}

const plain = (main: string, note = ''): Cell => ({ main, note });

const isText = ({ kind }: Column): boolean => kind === 'verdict' || kind === 'origin';

function cellOf({ table, inks, colours }: PictureInput, one: TableRow, column: Column): Cell {
  switch (column.kind) {
    case 'number': {
      const cell = one.cells.get(column.id);
      if (!cell) return plain(NOTHING);
      const isOdd = cell.seeds !== one.row.known.length || column.id === 'accuracy';
      const notes = [isOdd ? seedsText(cell.seeds) : '', partsText(one.row, column)?.short ?? ''];
      const isBold = table.best.get(column.id) === one.row.id;
      return { ...plain(numberText(cell, column), notes.filter(Boolean).join(', ')), isBold };
    }
    case 'difference': {
      const { difference } = one;
      if (!difference) return plain(noDifferenceText(one, table.baseline) ?? NOTHING);
      const text = `${signed(difference.mean, 1)} (${intervalText(difference) ?? 'no interval'})`;
      const notes = [againstText(one, table.baseline), overText(difference)];
      return { ...plain(text, notes.filter(Boolean).join(', ')), bar: difference };
    }
    case 'paper':
      return plain(one.paper === null ? NOTHING : fixed(one.paper, 1));
    case 'paper difference':
      return plain(one.paperDifference === null ? NOTHING : signed(one.paperDifference, 1));
    case 'verdict': {
      const [first, ...more] = one.verdicts ?? [];
      if (!first) return plain(NOTHING);
      const { verdict } = first.judgement;
      const colour = { reproduced: colours.right, 'not reproduced': colours.wrong }[verdict as string] ?? inks.ink;
      const text = plain(`${first.short}: ${verdict}`, more.length > 0 ? `and ${more.length} more` : '');
      return { ...text, sign: { text: VERDICT_SIGN[verdict], colour } };
    }
    case 'origin':
      return plain(originText(one.row));
  }
}

/** What stands in the picture's columns: their left edge, and how wide they are. */
interface Place {
  left: number;
  width: number;
  isText: boolean;
}

const SIGN_ROOM = 16;
const BAR_ROOM = BAR + 10;

function widthOf({ main, note, isBold = false, sign, bar }: Cell, measure: Measure): number {
  const beside = (sign ? SIGN_ROOM : 0) + (bar ? BAR_ROOM : 0);
  return Math.ceil(beside + Math.max(measure(main, SIZE, isBold), measure(note, NOTE_SIZE, false)));
}

function placesOf(lines: readonly (readonly Cell[])[], areText: readonly boolean[], measure: Measure): Place[] {
  let left = 0;
  return areText.map((text, i) => {
    const width = Math.max(...lines.map((cells) => widthOf(cells[i]!, measure)));
    const place = { left, width, isText: text };
    left += width + GAP;
    return place;
  });
}

/** The picture that `pictureAsPng` and `pictureAsSvg` write. */
export function tablePicture(input: PictureInput): Picture {
  const { table, title, place, inks, measure } = input;
  const { columns } = table;
  const rows = input.rows.slice(0, MOST_PICTURED);
  const head: Cell[] = [plain('Arm'), ...columns.map((column) => plain(column.head, column.unit))];
  const body = rows.map((one): Cell[] => [
    plain(one.row.label, failureText(one.row) && 'failed'),
    ...columns.map((column) => cellOf(input, one, column)),
  ]);
  const places = placesOf([head, ...body], [true, ...columns.map(isText)], measure);
  const reach = reachOf(table.rows);
  const draft = new Draft(inks, places, reach);
  draft.row(head, inks.quietInk);
  const hasGroups = isInGroups(rows);
  for (const [i, { row }] of rows.entries()) {
    if (hasGroups && row.group !== rows[i - 1]?.row.group) draft.group(row.group);
    draft.row(body[i]!, inks.ink);
  }
  const bars = ` Bars within ± ${reach} points, what lies beyond at their ends.`;
  const hasBars = columns.some(({ kind }) => kind === 'difference');
  const left = rows.length < input.rows.length ? [`The first ${rows.length} of ${input.rows.length} arms.`] : [];
  return {
    title,
    notes: [tableNote(table, rows, place) + (hasBars ? bars : ''), ...left],
    width: Math.max(draft.width, Math.ceil(measure(title, 15, false))),
    height: draft.height,
    plot: draft.marks,
    left: 16,
    rows: { title: '', marks: [] },
    columns: { title: '', marks: [] },
    scale: null,
    swatches: [],
    colours: { ink: inks.ink, quietInk: inks.quietInk, paper: inks.paper },
    font: inks.font,
  };
}

/** Marks, row under row. */
class Draft {
  readonly marks: Mark[] = [];
  height = 0;
  readonly width: number;

  constructor(
    private readonly inks: ChartInks,
    private readonly places: readonly Place[],
    private readonly reach: number,
  ) {
    const last = places.at(-1)!;
    this.width = last.left + last.width;
  }

  group(name: string): void {
    this.height += LINE;
    this.write(0, this.height + PAD, name, 'start', { colour: this.inks.quietInk });
    this.height += PAD + 2;
    this.rule();
  }

  row(cells: readonly Cell[], colour: string): void {
    const top = this.height + PAD + SIZE;
    for (const [i, cell] of cells.entries()) this.cell(cell, this.places[i]!, top, colour);
    this.height += 2 * PAD + LINE + (cells.some(({ note }) => note) ? LINE - 4 : 0);
    this.rule();
  }

  private cell(
    { main, note, isBold, sign, bar }: Cell,
    { left, width, isText: atLeft }: Place,
    top: number,
    colour: string,
  ) {
    const x = atLeft ? left + (sign ? SIGN_ROOM : 0) : left + width;
    const anchor = atLeft ? 'start' : 'end';
    if (sign) this.write(left, top, sign.text, 'start', { colour: sign.colour });
    if (bar) this.bar(bar, left, top - 4);
    this.write(x, top, main, anchor, { colour, ...(isBold && { isBold }) });
    if (note) this.write(x, top + LINE - 3, note, anchor, { colour: this.inks.quietInk, size: NOTE_SIZE });
  }

  /** As IntervalBar on the page: a mark on its interval, about zero. */
  private bar({ mean, interval }: NonNullable<Cell['bar']>, left: number, y: number): void {
    const x = (value: number) => left + placeOf(value, this.reach) * BAR;
    const { faintInk, ink } = this.inks;
    this.marks.push({
      type: 'line',
      points: [
        [x(0), y - 8],
        [x(0), y + 8],
      ],
      colour: faintInk,
      width: 1,
      dash: [2, 2],
    });
    if (interval)
      this.marks.push({
        type: 'line',
        points: [
          [x(interval.low), y],
          [x(interval.high), y],
        ],
        colour: ink,
        width: 2,
      });
    this.marks.push({ type: 'dot', x: x(mean), y, radius: 3, colour: ink });
  }

  private rule(): void {
    const points = [
      [0, this.height],
      [this.width, this.height],
    ] as const;
    this.marks.push({ type: 'line', points, colour: this.inks.line, width: 1 });
  }

  private write(
    x: number,
    y: number,
    text: string,
    anchor: Anchor,
    more: { colour: string; size?: number; isBold?: true },
  ) {
    if (text) this.marks.push({ type: 'text', x, y, text, anchor, size: SIZE, ...more });
  }
}
