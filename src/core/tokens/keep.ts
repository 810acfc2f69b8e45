// Which rejected tokens the improving loss counts, on plain arrays: ours and the released rule. ALGORITHM §6; golden file `fg_dpo`.

/** How many rejected tokens of a response of n tokens the default rule keeps. */
export const keptCount = (share: number, tokens: number): number => Math.max(1, Math.floor(share * tokens));

/** Per-token log-probs of the rejected responses, row-major [B, T]. */
export interface RejectedLogps {
  policyRejectedLogps: ArrayLike<number>;
  refRejectedLogps: ArrayLike<number>;
  /** 1 on response tokens. */
  rejectedMask: ArrayLike<number>;
  batchSize: number;
}

export interface KeepRule {
  /** ε: the share of rejected tokens to keep; 1 keeps all (plain DPO). */
  share: number;
  /** `valid`: per sample, by its own response length (default). `reference`: as released. `all`: no selection. */
  select: 'valid' | 'reference' | 'all';
  /** For the ablation: keep the largest log-ratios instead of the smallest. Not part of the reference rule. */
  direction?: 'lowest' | 'highest';
}

export interface KeptTokens {
  keep: Float32Array; // [B, T], 0 or 1
  keptCounts: Int32Array; // [B]
  /** Reference rule only: the K-th largest candidate −d of each row. */
  thresholds: Float64Array | null; // [B]
}

/** The reference rule's K is 0 (T·ε < 1), on which the released code stops with an IndexError. */
export class NoKeptTokensError extends Error {
  override readonly name = 'NoKeptTokensError';
}

/**
 * Choose the rejected tokens that the improving loss counts: those with the most negative log-ratio d.
 * `valid`: K = max(1, floor(ε·n)) of each sample's n response tokens, ties to the lower index.
 * `reference`: K = trunc(T·ε) of the padded width T; exact zeros (padding, but also real ones) are candidates of last resort;
 * everything tied with the K-th is kept, padding included. Throws NoKeptTokensError when K is 0.
 */
export function keepRejectedTokens(logps: RejectedLogps, rule: KeepRule): KeptTokens {
  const { policyRejectedLogps, refRejectedLogps, rejectedMask, batchSize } = logps;
  const length = rejectedMask.length / batchSize;
  const keep = new Float32Array(rejectedMask.length);
  const thresholds = rule.select === 'reference' ? new Float64Array(batchSize) : null;
  for (let row = 0; row < batchSize; row++) {
    const start = row * length;
    const valid = (t: number) => rejectedMask[start + t]! > 0;
    const logRatio = (t: number) => (valid(t) ? policyRejectedLogps[start + t]! - refRejectedLogps[start + t]! : 0);
    const keepRow = keep.subarray(start, start + length);
    if (rule.select === 'all') for (let t = 0; t < length; t++) keepRow[t] = valid(t) ? 1 : 0;
    else if (thresholds) thresholds[row] = keepReference(keepRow, logRatio, Math.trunc(length * rule.share));
    else keepLowest(keepRow, valid, logRatio, rule);
  }
  const keptCounts = Int32Array.from({ length: batchSize }, (_, row) =>
    keep.subarray(row * length, (row + 1) * length).reduce((sum, kept) => sum + kept, 0),
  );
  return { keep, keptCounts, thresholds };
}

function keepLowest(
  keepRow: Float32Array,
  valid: (t: number) => boolean,
  logRatio: (t: number) => number,
  rule: KeepRule,
): void {
  const tokens = Array.from(keepRow.keys()).filter(valid);
  if (tokens.length === 0) return;
  const count = keptCount(rule.share, tokens.length);
  const sign = rule.direction === 'highest' ? -1 : 1;
  tokens.sort((a, b) => sign * (logRatio(a) - logRatio(b)) || a - b);
  for (const t of tokens.slice(0, count)) keepRow[t] = 1;
}

function keepReference(keepRow: Float32Array, logRatio: (t: number) => number, count: number): number {
  if (count < 1) throw new NoKeptTokensError(`The reference rule keeps 0 of ${keepRow.length} positions and fails.`);
  const candidates = Float64Array.from(keepRow, (_, t) => (logRatio(t) === 0 ? -1e10 : -logRatio(t)));
  const threshold = candidates.toSorted()[keepRow.length - count]!;
  for (let t = 0; t < keepRow.length; t++) keepRow[t] = candidates[t]! >= threshold ? 1 : 0;
  return threshold;
}

/** `keepRejectedTokens` of one response by the default rule: 0 or 1 a token. */
export const keptTokens = (
  logps: { policy: ArrayLike<number>; reference: ArrayLike<number> },
  share: number,
): Float32Array =>
  keepRejectedTokens(
    {
      policyRejectedLogps: logps.policy,
      refRejectedLogps: logps.reference,
      rejectedMask: new Uint8Array(logps.policy.length).fill(1),
      batchSize: 1,
    },
    { share, select: 'valid' },
  ).keep;
