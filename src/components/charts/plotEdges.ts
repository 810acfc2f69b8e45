// Room for the axes around a plot on the page, CSS pixels.
import { BAND_ROOM } from './plot';

export const PLOT_EDGES = { left: 46, right: 10, top: BAND_ROOM + 4, topWithoutBands: 8, bottom: 22 } as const;
