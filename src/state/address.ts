// The address of what is on show, and of one figure of it. Pure.
import type { MomentPlace } from './moments';
import { type StudioState, selectedRun } from './studioState';
import { formatUrl, type ViewName } from './urlState';

/** The moment that is looked at, or that the address waits for; null: the latest. */
const placeOf = (state: StudioState): MomentPlace | null =>
  state.moment === null ? state.at : (selectedRun(state)?.moments[state.moment] ?? null);

/** Query string of settings, view and moment. */
export const addressOf = (state: StudioState): string => formatUrl(state.config, state.view, state, placeOf(state));

/** The hash of a figure's address; others, such as that of the skip link, are left to the browser. */
export const isFigureHash = (hash: string): boolean => /^#(curve|lab)-[a-z-]+$/.test(hash);

/** Query string and hash that show a figure: with the settings of the selected run, which may not be those of the next. */
export const figureAddress = (state: StudioState, view: ViewName, id: string): string =>
  `${formatUrl(selectedRun(state)?.config ?? state.config, view, state, placeOf(state))}#${id}`;
