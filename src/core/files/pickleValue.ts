// What a pickle says, as data: no value in here is an object of the program that wrote it, and nothing has been called to get it.

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleBytes
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PicklePersistent;

export interface PickleBytes {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array;
}

export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** A list or a set. */
export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

/** A dict or an OrderedDict; a key may come more than once. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly keys: PickleValue[];
  readonly values: PickleValue[];
}

/** A function or class by its full name, with dots. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** What the program that wrote the pickle would call to make this value, and with what. */
export interface PickleCall {
  readonly kind: 'call';
  readonly of: string;
  readonly args: readonly PickleValue[];
}

/** Something kept outside the pickle. */
export interface PicklePersistent {
  readonly kind: 'persistent';
  readonly id: PickleValue;
}

type Kind = Exclude<PickleValue, null | boolean | number | bigint | string>['kind'];

/** Whether a value is of that kind. */
export const isKind = <K extends Kind>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { kind: K }> => typeof value === 'object' && value !== null && value.kind === kind;

/** What a value is, for a sentence. */
export function nameOfKind(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value !== 'object') return typeof value;
  return value.kind === 'call' || value.kind === 'global' ? ('of' in value ? value.of : value.name) : value.kind;
}
