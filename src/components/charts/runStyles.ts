// How a line is drawn among others, runs or arms: its slot decides colour and dash.
import './runStyles.css';

export const RUN_DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [10, 3, 2, 3], [4, 2], [12, 4]];
export const runColour = (slot: number): string => `var(--run-${(slot % RUN_DASHES.length) + 1})`;
