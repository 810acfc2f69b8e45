// One unit of an experiment: an arm that is trained and measured, or a measurement of the SFT model, of an aligned model or of a warm-up.
// A job is its settings: the same settings have the same key, and are never computed twice.
import type { RunConfig } from '../config';
import { sha256 } from '../sha256';

/** Which prompts the numbers are of: tuning looks at 'validation' only. */
export type ReportedSplit = 'held-out' | 'validation';

export type Job =
  /** Trains the arm and evaluates it. */
  | { kind: 'arm'; config: RunConfig; split: ReportedSplit }
  /** The SFT model's best of n sampled answers, n = 1, 2, 4, 8, 16, picked by the checker. */
  | { kind: 'best-of-n'; config: RunConfig; split: ReportedSplit }
  /** θ = (1 − λ) θ_SFT + λ θ_aligned of the arm, λ = 0, ¼, ½, ¾, 1, 1¼. */
  | { kind: 'interpolation'; config: RunConfig; split: ReportedSplit }
  /** How concentrated the warm-up's change and its summed gradient are, and in which tensors. */
  | { kind: 'change'; config: RunConfig; split: ReportedSplit }
  /** The family's own masks against those of every other family, and of the next seed. */
  | { kind: 'agreement'; config: RunConfig; split: ReportedSplit };

export type JobKind = Job['kind'];

/** Changes when the engine computes other numbers from the same settings: results of another version are not mixed with ours. */
export const ENGINE_VERSION = 1;

/**
 * Sixteen hex digits of all settings, not only of those that differ from the defaults: a default that changes makes other jobs. The backend is
 * no part of it, since a result says itself where it was computed.
 */
export function jobKey({ kind, config, split }: Job): string {
  const { backend: _, ...settings } = config;
  const text = JSON.stringify([ENGINE_VERSION, kind, split, Object.entries(settings).sort()]);
  return sha256(new TextEncoder().encode(text)).slice(0, 16);
}
