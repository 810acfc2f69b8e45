// The nine special tokens that both tokenizers start their vocabulary with, in the order of their ids (RECIPE §2).

export const SPECIAL = ['<pad>', '<bos>', '<eos>', '<user>', '<bot>', '<fix>', '<gold>', '<pred>', '<out>'] as const;

export const PAD = 0;
export const BOS = 1;
export const EOS = 2;
export const USER = 3;
export const BOT = 4;
export const FIX = 5;
export const GOLD = 6;
export const PRED = 7;
export const OUT = 8;

/** True for the ids 0…8; they stand for no text. */
export const isSpecial = (id: number): boolean => id < SPECIAL.length;

/** `<bos> <user> … <bot>`: the last special token separates prompt and response alike in sampling and training. */
export const wrapPrompt = (text: readonly number[]): number[] => [BOS, USER, ...text, BOT];

/** The text ids inside a wrapped prompt. */
export const unwrapPrompt = (prompt: readonly number[]): readonly number[] => prompt.slice(2, -1);

/** A response without its closing end token, one of `endIds`; null when it has none or holds one earlier. */
export function withoutEnd(response: readonly number[], endIds: readonly number[]): readonly number[] | null {
  const end = response.findIndex((id) => endIds.includes(id));
  return end === response.length - 1 && response.length > 0 ? response.slice(0, -1) : null;
}

/** Does the response end, with one of `endIds`? */
export const hasEnd = (response: readonly number[], endIds: readonly number[]): boolean =>
  response.length > 0 && endIds.includes(response.at(-1)!);

/** RECIPE §4: `<bos> <fix> PROMPT <gold> SOLUTION <pred> PREDICTION <out>`, from a wrapped prompt and bodies without EOS. */
export function wrapRewriting(
  prompt: readonly number[],
  gold: readonly number[],
  prediction: readonly number[],
): number[] {
  return [BOS, FIX, ...unwrapPrompt(prompt), GOLD, ...gold, PRED, ...prediction, OUT];
}
