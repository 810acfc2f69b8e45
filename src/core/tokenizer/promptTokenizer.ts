// What a data set of texts asks of a tokenizer: prompts, answers and rewriting prompts as ids. Two makers: our own BPE here, a real model's in
// hfPrompts.ts.
import type { BpeTokenizer } from './bpe';
import { BOS, EOS, PAD, SPECIAL, wrapPrompt, wrapRewriting } from './special';
import { mergesFile, type TokenizerFile } from './tokenizerFiles';

export interface PromptTokenizer {
  /** id → text as shown to people. */
  readonly vocabulary: readonly string[];
  readonly padId: number;
  readonly eosId: number;
  /** All ids that end an answer, `eosId` first. */
  readonly endIds: readonly number[];
  /** Null for models that have no start token. */
  readonly bosId: number | null;
  /** Ids that stand for no text. */
  readonly specialIds: readonly number[];
  /** The whole prompt of what a user says: where it ends, the answer begins. */
  wrapPrompt(text: string): number[];
  /** An answer as it follows a prompt, without its end. Never makes a special token. */
  encodeResponse(text: string): number[];
  /**
   * The reward model's prompt (RECIPE §4): the question, a right solution and the prediction to be rewritten. Both are ids without end and stay
   * the ids they are, so that what is scored is what was sampled.
   */
  wrapRewriting(question: string, solution: readonly number[], prediction: readonly number[]): number[];
  /** Text of ids; special tokens stand for no text. */
  decode(ids: readonly number[]): string;
  /** What it is made of, as files that travel with a run. Rejects with FileError where they can no longer be read. */
  files(): Promise<TokenizerFile[]>;
}

/** Our own byte-level BPE with its nine special tokens. */
export function createOwnTokenizer({ vocabulary, merges, encode, decode }: BpeTokenizer): PromptTokenizer {
  return {
    ...{ vocabulary, decode, padId: PAD, bosId: BOS, eosId: EOS, endIds: [EOS] },
    specialIds: SPECIAL.map((_, id) => id),
    wrapPrompt: (text) => wrapPrompt(encode(text)),
    encodeResponse: encode,
    files: async () => [mergesFile(merges)],
    wrapRewriting: (question, solution, prediction) =>
      wrapRewriting(wrapPrompt(encode(question)), solution, prediction),
  };
}
