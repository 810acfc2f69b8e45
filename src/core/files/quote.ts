// Names that come from outside, made fit for a sentence and for a file.

const LONGEST = 80;

/** A name from a file in quotation marks; a very long one is cut. */
export const quote = (name: string): string => `"${name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name}"`;

/** "a, b and c": all of them, as they are. */
export const listAll = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Longer than any file system takes. */
const LONGEST_NAME = 255;
/** Control characters, and those that turn the reading direction of what stands around them. */
const INVISIBLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A name as it may be shown anywhere: in one line, in reading order, no longer than a file's. What is taken out leaves a mark. */
export const plainName = (name: string): string => name.replace(INVISIBLE, '\ufffd').slice(0, LONGEST_NAME);

/** A name that every file system takes, in letters and digits of any script; the ending is kept. */
export function fileNameOf(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '');
  const ending = /(\.\w{1,8}){1,2}$/.exec(plain)?.[0] ?? '';
  return `${plain.slice(0, plain.length - ending.length).slice(0, 120) || 'file'}${ending}`;
}

/** The first few of a list of names, and how many more there are. */
export function listNames(names: readonly string[], shown = 4): string {
  const first = names.slice(0, shown).map(quote).join(', ');
  return names.length > shown ? `${first} and ${names.length - shown} more` : first;
}
