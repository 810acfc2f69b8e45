// Settings that fit an imported file, as typed into the form.
import { importedSettings } from '../core/presets';
import type { ImportPreview } from '../worker/protocol';

const MODEL_SIZE = ['architecture', 'layers', 'width', 'heads', 'mlpWidth', 'vocabularySize'];
const KEPT = ['preset', 'seed', 'backend', 'arm', ...MODEL_SIZE];

/** The settings (as typed) for a run on the file; model size, seed, backend and method stay as they are. */
export function importInputs(preview: ImportPreview, inputs: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(inputs).filter(([name]) => KEPT.includes(name)));
  const fitting = Object.entries(importedSettings(preview.responseTokens.longest)).map(([name, value]) => [
    name,
    String(value),
  ]);
  return { ...kept, ...Object.fromEntries(fitting) };
}
