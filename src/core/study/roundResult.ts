// Results are kept with six significant digits: more is not known, and files stay small.
import { parseResult, type StudyResult } from './result';

const DIGITS = 6;

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, rounded(inner)]));
}

/** The result as it is kept. Throws Error naming the field that is no result's (a number that is not finite). */
export const toResult = (found: StudyResult): StudyResult => parseResult(rounded(found));
