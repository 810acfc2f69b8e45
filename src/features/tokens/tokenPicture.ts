// Strips as pictures for a file: tokens as boxes in lines, their values below, one colour bar. Colours of the present theme.
import { fileInks } from '../../components/charts/chartInks';
import { mix, parseColour, type Rgb } from '../../components/legendColours';
import type { Mark, Picture } from '../../components/pictureLayout';
import {
  LAYER_INFO,
  type Layer,
  type LayerScale,
  layerBar,
  layerDivergence,
  layerEnds,
  shortValue,
} from './tokenLayers';
import type { Unit } from './units';

const rgb = ([red, green, blue]: Rgb): string => `rgb(${red}, ${green}, ${blue})`;

/** The colours of a scale as plain numbers, which every program reads. */
export function fileColours(): (scale: LayerScale, value: number) => string {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): Rgb => parseColour(style.getPropertyValue(`--reward-${name}`)) ?? [128, 128, 128];
  const [low, middle, high] = [colour('low'), colour('mid'), colour('high')];
  return (scale, value) => {
    const { side, strength } = layerDivergence(scale, value);
    return rgb(mix(middle, side === 'high' ? high : low, side === 'middle' ? 0 : strength));
  };
}

const WIDTH = 720;
const LETTER = 8;
const BOX = 24;
const LINE = 56;

export interface PicturedSide {
  name: string;
  units: readonly Unit[];
}

/** One block of lines a side, its name before it. `saying`: what low and high mean. */
export function stripPicture(
  sides: readonly PicturedSide[],
  { layer, saying }: { layer: Layer; saying: string },
  scale: LayerScale,
  title: string,
  notes: readonly string[],
): Picture {
  const inks = fileInks();
  const colourOf = fileColours();
  const plot: Mark[] = [];
  const names: { at: number; text: string }[] = [];
  let top = 0;
  for (const { name, units } of sides) {
    names.push({ at: top + BOX / 2, text: name });
    let x = 0;
    for (const unit of units) {
      const value = unit.value === null ? '' : shortValue(unit.value, scale.reach);
      const width = 12 + LETTER * Math.max(unit.text.length, value.length);
      if (x > 0 && x + width > WIDTH) {
        x = 0;
        top += LINE;
      }
      plot.push(...unitMarks(unit, value, { x, top, width }, colourOf(scale, unit.value ?? Number.NaN), inks));
      x += width + 4;
    }
    top += LINE;
  }
  const [low, high] = layerEnds(scale);
  const { ticks } = layerBar(scale);
  return {
    title,
    notes,
    width: WIDTH,
    height: top,
    plot,
    rows: { title: '', marks: names },
    columns: { title: '', marks: [] },
    scale: {
      label: `${LAYER_INFO[layer].label}: ${saying}`,
      colours: Array.from({ length: 33 }, (_, i) => colourOf(scale, low + (i / 32) * (high - low))),
      ticks: ticks.map((text, i) => ({ position: i / (ticks.length - 1), text })),
    },
    swatches: [],
    colours: { ink: inks.ink, quietInk: inks.quietInk, paper: inks.paper },
    font: inks.font,
  };
}

interface Box {
  x: number;
  top: number;
  width: number;
}

function unitMarks(
  unit: Unit,
  value: string,
  { x, top, width }: Box,
  colour: string,
  inks: ReturnType<typeof fileInks>,
): Mark[] {
  const text = { type: 'text', x: x + width / 2, anchor: 'middle' } as const;
  const edge = unit.isUnaligned ? 2 : 1;
  return [
    // The outline as a larger box below.
    {
      type: 'rectangle',
      x: x - edge,
      y: top - edge,
      width: width + 2 * edge,
      height: BOX + 2 * edge,
      colour: unit.isUnaligned ? inks.ink : inks.line,
    },
    { type: 'rectangle', x, y: top, width, height: BOX, colour },
    { ...text, y: top + 17, text: unit.text, size: 13, colour: inks.ink },
    { ...text, y: top + BOX + 15, text: value, size: 11, colour: inks.quietInk },
  ];
}
