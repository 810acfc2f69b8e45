// What an imported file would give, before anything runs: counts, lengths in tokens, what is dropped, and problems by line.
import type { ParsedFile } from './importCollector';
import { MAX_KEPT_PROBLEMS } from './importLimits';
import { type ImportOptions, prepareImport } from './importPrepare';
import type { ImportKind, ImportProblem } from './importRecord';

const BINS = 20;

/** Distribution of whole numbers; `bins` are equally wide and together cover min…max. */
export interface Distribution {
  readonly min: number;
  readonly median: number;
  /** 95 % of the values are at most this. */
  readonly p95: number;
  readonly max: number;
  readonly mean: number;
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

export interface ImportPreview {
  readonly name: string;
  readonly kind: ImportKind;
  /** Records read from the file. */
  readonly records: number;
  /** Records left out because prompt and response have more tokens than fit; none is ever truncated. */
  readonly tooLong: number;
  /** Records that repeat an earlier one. */
  readonly repeated: number;
  /** Different prompts in each split. */
  readonly train: number;
  readonly validation: number;
  readonly heldOut: number;
  /** Prompts whose gold answer has no `The answer is`; they serve SFT only. Null for ready pairs. */
  readonly withoutAnswer: number | null;
  readonly vocabularySize: number;
  readonly promptTokens: Distribution;
  readonly responseTokens: Distribution;
  readonly sequenceTokens: Distribution;
  /** The first 200 by line; `problemCount` counts all. */
  readonly problems: readonly ImportProblem[];
  readonly problemCount: number;
}

/** Summary of a non-empty list of whole numbers. */
export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
  const [min, max] = [sorted[0]!, sorted.at(-1)!];
  const width = Math.max(1, Math.ceil((max - min + 1) / BINS));
  const bins = Array.from({ length: Math.ceil((max - min + 1) / width) }, (_, i) => ({
    from: min + i * width,
    to: min + (i + 1) * width - 1,
    count: 0,
  }));
  for (const value of values) bins[Math.floor((value - min) / width)]!.count++;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { min, median: at(0.5), p95: at(0.95), max, mean, bins };
}

/** Trains a tokenizer, or takes the model's (`options.tokenizer`), and counts in its tokens; nothing else runs. Throws ImportError like `createImportedDataset`. */
export function previewImport(file: ParsedFile, options: ImportOptions): ImportPreview {
  const prepared = prepareImport(file, options);
  const count = (split: string): number => prepared.questions.filter((one) => one.split === split).length;
  const problems = [...file.problems, ...prepared.dropped].sort((a, b) => a.line - b.line);
  return {
    name: options.name,
    kind: file.kind,
    records: file.records.length,
    tooLong: prepared.dropped.length,
    repeated: prepared.repeated,
    train: count('train'),
    validation: count('validation'),
    heldOut: count('held-out'),
    withoutAnswer: file.kind === 'pairs' ? null : prepared.questions.filter(({ checkable }) => !checkable).length,
    vocabularySize: prepared.tokenizer.vocabulary.length,
    promptTokens: distributionOf(prepared.promptTokens),
    responseTokens: distributionOf(prepared.responseTokens),
    sequenceTokens: distributionOf(prepared.sequenceTokens),
    problems: problems.slice(0, MAX_KEPT_PROBLEMS),
    problemCount: file.problemCount + prepared.dropped.length,
  };
}
