// Names that come out of files, made fit for a sentence.

const LONGEST = 80;

/** A name from a file in quotation marks; a very long one is cut. */
export const quote = (name: string): string => `"${name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name}"`;

/** "a, b and c": all of them, as they are. */
export const listAll = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** The first few of a list of names, and how many more there are. */
export function listNames(names: readonly string[], shown = 4): string {
  const first = names.slice(0, shown).map(quote).join(', ');
  return names.length > shown ? `${first} and ${names.length - shown} more` : first;
}
