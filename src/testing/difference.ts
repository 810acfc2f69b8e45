// How far two arrays are apart, in units of the tolerance that all backends must meet.

/** |difference| may be this much, plus this share of the expected value. */
export const ABSOLUTE_TOLERANCE = 1e-5;
export const RELATIVE_TOLERANCE = 1e-4;

export interface Difference {
  /** Largest |got − expected| / tolerance; at most 1 when they agree, Infinity for other lengths or what is not finite. */
  worst: number;
  /** Where, with both numbers. */
  text: string;
}

export function worstDifference(got: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  if (got.length !== expected.length)
    return { worst: Infinity, text: `${got.length} values, expected ${expected.length}` };
  let worst = 0;
  let text = '';
  for (let i = 0; i < expected.length; i++) {
    const tolerance = ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * Math.abs(expected[i]!);
    const ratio = Math.abs(got[i]! - expected[i]!) / tolerance;
    const size = Number.isNaN(ratio) ? Infinity : ratio;
    if (size > worst) {
      worst = size;
      text = `[${i}] is ${got[i]}, expected ${expected[i]}`;
    }
  }
  return { worst, text };
}
