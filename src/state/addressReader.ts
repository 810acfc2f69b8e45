// How the views read their parts of the address: value by value; what cannot be used is left out, and named in a sentence.

export interface AddressProblem {
  field: string;
  message: string;
}

/** Reads the value of a parameter; null: it is no such thing. */
export type Reader<T> = (text: string) => T | null;

export const oneOf =
  <T extends string>(values: readonly T[]): Reader<T> =>
  (text) =>
    values.find((value) => value === text) ?? null;

/**
 * `read` gives a parameter's value, null where it is not in the address or cannot be used; the latter adds a sentence to `problems`, in which
 * `what` says what the value should be. Neither throws.
 */
export function addressReader<P extends string>(
  given: Readonly<Partial<Record<P, string>>>,
  instead = 'using the default',
) {
  const problems: AddressProblem[] = [];
  const read = <T>(field: P, reader: Reader<T>, what: string): T | null => {
    const text = given[field];
    if (text === undefined) return null;
    const value = reader(text);
    if (value === null) problems.push({ field, message: `“${text.slice(0, 40)}” is no ${what}; ${instead}.` });
    return value;
  };
  return { read, problems };
}
