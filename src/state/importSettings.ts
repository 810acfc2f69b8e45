// Settings that fit an imported file, as typed into the form.
import { broughtSettings, importedSettings } from '../core/presets';
import type { BroughtModel, ImportPreview } from '../worker/protocol';

const MODEL_SIZE = ['architecture', 'layers', 'width', 'heads', 'mlpWidth', 'vocabularySize'];
const KEPT_WITH_MODEL = ['seed', 'backend', 'arm'];
const KEPT = ['preset', 'seed', 'backend', 'arm', ...MODEL_SIZE];

/**
 * The settings (as typed) for a run on the file; model size, seed, backend and method stay as they are. With a brought model the preset is the
 * default one and its sizes do not count.
 */
export function importInputs(
  preview: ImportPreview,
  inputs: Readonly<Record<string, string>>,
  model: BroughtModel | null = null,
): Record<string, string> {
  const names = model ? KEPT_WITH_MODEL : KEPT;
  const kept = Object.fromEntries(Object.entries(inputs).filter(([name]) => names.includes(name)));
  const { median, longest } = preview.responseTokens;
  const data = {
    longestAnswer: longest,
    sequence: preview.promptTokens.median + median,
    longestPrompt: preview.promptTokens.longest,
  };
  const settings = model ? broughtSettings(model, data) : importedSettings(longest);
  const fitting = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === 'boolean' ? (value ? '1' : '0') : String(value),
  ]);
  return { ...kept, ...Object.fromEntries(fitting) };
}
