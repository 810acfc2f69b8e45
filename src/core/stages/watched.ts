// Which steps of a training stage, and which of many answers, the time line looks at: the same ones in every run.

/** About eight steps, evenly spaced on a logarithmic axis, the last one among them. */
export function watchedSteps(steps: number): number[] {
  const wanted: number[] = [];
  for (let step = steps; step >= 1 && wanted.length < 8; step = Math.floor(step * 0.6)) wanted.push(step);
  return wanted.reverse();
}

/** At about every quarter of a stage, the last step among them: where a path is measured. */
export const pathSteps = (steps: number): number[] =>
  [...new Set([1, 2, 3, 4].map((quarter) => Math.round((quarter * steps) / 4)))].filter((step) => step > 0);

/** At most `most` of the places 0…count−1, spread evenly, the first one among them. */
export const spread = (count: number, most: number): number[] =>
  Array.from({ length: Math.min(count, most) }, (_, i) => Math.floor((i * count) / Math.min(count, most)));
