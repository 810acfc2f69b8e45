// The linked cursor of a plot: a hairline, a dot on each line, and the values in words. Written into the page directly, once a frame.
import { useCallback, useEffect, useRef } from 'react';
import { positionOf } from './axes';
import type { ChartGroup } from './chartGroup';
import type { DrawnLine, Plot, PlotInput } from './plot';
import { placeText, valueNear } from './plotReading';

type Near = NonNullable<ReturnType<typeof valueNear>>;

const SVG = 'http://www.w3.org/2000/svg';
/** More lines are said as a count. */
const MOST_ROWS = 8;

export function usePlotCursor(
  group: ChartGroup,
  plot: Plot | null,
  input: PlotInput | null,
  format: (value: number) => string,
) {
  const hairline = useRef<SVGGElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const spoken = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const [marks, words] = [hairline.current, readout.current];
    if (!plot || !input || !marks || !words) return;
    const show = (x: number | null): void => {
      const at = x === null ? Number.NaN : positionOf(plot.x, x);
      const isSeen = at >= 0 && at <= 1;
      words.hidden = !isSeen;
      marks.replaceChildren();
      if (x === null || !isSeen) return;
      const near = nearest(plot, input, x);
      marks.append(line(at * input.width, input.height), ...near.flatMap((one) => dots(one.near, plot, input)));
      words.hidden = near.length === 0;
      words.replaceChildren(...readoutRows(x, near, input, format));
      words.dataset.side = at > 0.5 ? 'left' : 'right';
    };
    show(group.hover());
    return group.onHover(show);
  }, [group, plot, input, format]);
  /** Says what stands at an update, for those who move the cursor by keys. */
  const say = useCallback(
    (x: number): void => {
      if (!plot || !input || !spoken.current) return;
      const values = nearest(plot, input, x).map(({ line: { label, runName }, near }) => {
        const whose = [input.lines.length > 1 ? runName : '', label].filter(Boolean).join(' ');
        return `${whose} ${valueText(near, format)}`.trim();
      });
      spoken.current.textContent = `${placeText(input.bands, x)}: ${values.join('; ') || 'no value'}`;
    },
    [plot, input, format],
  );
  return { hairline, readout, spoken, say };
}

const nearest = (plot: Plot, { bands }: PlotInput, x: number): { line: DrawnLine; near: Near }[] =>
  plot.lines.flatMap((line) => {
    const near = valueNear(line, bands, x);
    return near ? [{ line, near }] : [];
  });

function valueText({ value, smoothed }: Near, format: (value: number) => string): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  return smoothed === null ? format(value) : `${format(value)} (smoothed ${format(smoothed)})`;
}

function line(x: number, height: number): SVGElement {
  const mark = document.createElementNS(SVG, 'line');
  for (const [name, value] of [
    ['x1', x],
    ['x2', x],
    ['y1', 0],
    ['y2', height],
  ] as const) {
    mark.setAttribute(name, String(value));
  }
  return mark;
}

function dots({ x, value, smoothed, colour }: Near, plot: Plot, { width, height }: PlotInput): SVGElement[] {
  const shown = smoothed ?? value;
  const [across, up] = [positionOf(plot.x, x), plot.y ? positionOf(plot.y, shown) : Number.NaN];
  if (!(across >= 0 && across <= 1 && up >= 0 && up <= 1)) return [];
  const mark = document.createElementNS(SVG, 'circle');
  mark.setAttribute('cx', String(across * width));
  mark.setAttribute('cy', String((1 - up) * height));
  mark.setAttribute('r', '3');
  mark.style.fill = colour;
  return [mark];
}

function readoutRows(
  x: number,
  near: readonly { line: DrawnLine; near: Near }[],
  { bands, lines }: PlotInput,
  format: (value: number) => string,
): HTMLElement[] {
  const head = document.createElement('div');
  head.textContent = placeText(bands, x);
  const rows = near.slice(0, MOST_ROWS).map(({ line: { label, runName, run }, near: one }) => {
    const row = document.createElement('div');
    const whose = [lines.some((other) => other.run !== run) ? runName : '', label].filter(Boolean).join(' ');
    row.append(sample(one.colour), `${whose ? `${whose} ` : ''}${valueText(one, format)}`);
    return row;
  });
  if (near.length > MOST_ROWS)
    rows.push(Object.assign(document.createElement('div'), { textContent: `and ${near.length - MOST_ROWS} more` }));
  return [head, ...rows];
}

function sample(colour: string): HTMLElement {
  const mark = document.createElement('i');
  mark.style.background = colour;
  return mark;
}
