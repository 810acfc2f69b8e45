// Settings that fit an imported file: a model from scratch, wide enough for its answers.
import type { ImportPreview } from '../worker/protocol';

/** Longest sequence (prompt + response) of an imported file in tokens; longer lines are left out and counted. */
export const IMPORT_MAX_SEQUENCE = 256;

const KEPT = ['seed', 'backend', 'arm'];

/** The settings (as typed) for a run on the file; seed, backend and method stay as they are. */
export function importInputs(preview: ImportPreview, inputs: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(inputs).filter(([name]) => KEPT.includes(name)));
  // A little longer than the longest known answer, so that an answer is cut only when it runs on.
  const maxNewTokens = Math.min(IMPORT_MAX_SEQUENCE, Math.ceil((preview.responseTokens.longest * 1.25 + 4) / 4) * 4);
  return { ...kept, preset: 'scratch', maxNewTokens: String(maxNewTokens) };
}
