// Pickles opcode by opcode, as text of one letter a byte: for files that PyTorch does not write, or writes no longer.

/** One letter a byte. */
export const latin1 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const littleEndian = (value: number): string =>
  String.fromCharCode(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24);

/** BINUNICODE of ASCII text. */
export const pickledText = (value: string): string => `X${littleEndian(value.length)}${value}`;

/** BININT. */
export const pickledInt = (value: number): string => `J${littleEndian(value)}`;

/** A tuple of two numbers up to 255. */
export const pickledPair = (a: number, b: number): string => `K${String.fromCharCode(a)}K${String.fromCharCode(b)}\x86`;

/** What torch writes for no hooks. */
export const NO_HOOKS = 'ccollections\nOrderedDict\n)R';

/** The persistent id of a storage; `type` is module and name on two lines, `view` the opcodes of a legacy file's view. */
export const pickledStorage = (type: string, elements: number, key = '0', view = ''): string =>
  `(${pickledText('storage')}c${type}\n${pickledText(key)}${pickledText('cpu')}${pickledInt(elements)}${view}tQ`;

/** The arguments of _rebuild_tensor_v2 for a tensor of one dimension, as a tuple. */
export const pickledVector = (storage: string, offset: number, length: number): string =>
  `(${storage}${pickledInt(offset)}${pickledInt(length)}\x85K\x01\x85\x89${NO_HOOKS}t`;
