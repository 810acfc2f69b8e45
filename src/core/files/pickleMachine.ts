// The stack, the marks and the memo of a pickle machine, and what opcodes do to them. Everything a pickle can make large is capped;
// what a real one would call or import is noted (pickleValue.ts). Which opcodes there are is pickle.ts.
import { FileError } from './byteSource';
import { isKind, nameOfKind, type PickleDict, type PicklePersistent, type PickleValue } from './pickleValue';
import { quote } from './quote';

export interface UnpickleOptions {
  /** The file's name, for what is refused. */
  file: string;
  /** Whether a function or class of this full name may be mentioned. */
  allows(name: string): boolean;
}

export type PickleStep = (machine: PickleMachine) => void;

/** The largest pickle that is read. */
export const MOST_PICKLE_BYTES = 32 * 1024 * 1024;
const MOST_OPCODES = 4_000_000;
const MOST_STACK = 1_000_000;
const MOST_MARKS = 1000;
const LONGEST_GLOBAL = 500;
const LONGEST_INTEGER = 255;
const STOP = 0x2e;
const ORDERED_DICT = 'collections.OrderedDict';
const DEFAULT_DICT = 'collections.defaultdict';
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes end before the pickle does. */
export class EndOfBytes extends Error {}

/** One pickle being read: its bytes, its stack, its memo. */
export class PickleMachine {
  readonly #view: DataView;
  readonly #stack: PickleValue[] = [];
  /** The heights of the stack at which marks lie. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly persistents: PicklePersistent[] = [];

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    readonly options: UnpickleOptions,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Throws FileError for an opcode that `stepOf` does not know and for what makes no sense, EndOfBytes where the bytes end. */
  run(stepOf: (opcode: number) => PickleStep | string): PickleValue {
    for (let count = 0; count < MOST_OPCODES; count++) {
      const opcode = this.byte();
      if (opcode === STOP) {
        const value = this.pop();
        if (this.#stack.length + this.#marks.length > 0) throw this.refuse('ends with values left over');
        return value;
      }
      const step = stepOf(opcode);
      if (typeof step === 'string') throw this.refuse(`uses ${step}, which no checkpoint needs`);
      step(this);
    }
    throw this.refuse(`has more than ${MOST_OPCODES} opcodes`);
  }

  refuse(why: string): FileError {
    return new FileError(this.options.file, `its pickle ${why}; it was not read any further.`, `byte ${this.at}`);
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= MOST_STACK) throw this.refuse(`stacks more than ${MOST_STACK} values`);
    this.#stack.push(value);
  }

  top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.refuse('takes a value from an empty stack');
    return this.#stack.at(-1)!;
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  mark(): void {
    if (this.#marks.length >= MOST_MARKS) throw this.refuse(`is nested more than ${MOST_MARKS} deep`);
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last mark. */
  popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.refuse('lacks a mark');
    return this.#stack.splice(mark);
  }

  /** The POP opcode takes a mark where one is on top. */
  popAny(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  remember(key: number): void {
    this.#memo.set(key, this.top());
  }

  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw this.refuse(`recalls the value ${key}, which it never kept`);
    this.push(value);
  }

  global(module: string, member: string): void {
    if (module.length + member.length > LONGEST_GLOBAL) throw this.refuse('names something with an endless name');
    const name = `${module}.${member}`;
    if (!this.options.allows(name)) throw this.refuse(refusalOf(name));
    this.push({ kind: 'global', name });
  }

  /** Notes a call; OrderedDict and defaultdict (whose items follow) are understood. */
  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!isKind(callee, 'global') || !isKind(args, 'tuple'))
      throw this.refuse(`calls ${nameOfKind(callee)} with ${nameOfKind(args)}`);
    if (callee.name === ORDERED_DICT) this.push(this.orderedDict(args.items));
    else if (callee.name === DEFAULT_DICT) this.pushDict([]);
    else this.push({ kind: 'call', of: callee.name, args: args.items });
  }

  orderedDict(args: readonly PickleValue[]): PickleDict {
    const [pairs] = args;
    const dict: PickleDict = { kind: 'dict', keys: [], values: [] };
    if (pairs === undefined) return dict;
    // Python 2 wrote its items as the one argument: a list of pairs.
    if (!isKind(pairs, 'list')) throw this.refuse(`makes an OrderedDict from ${nameOfKind(pairs)}`);
    for (const pair of pairs.items) {
      const items = isKind(pair, 'list') || isKind(pair, 'tuple') ? pair.items : [];
      if (items.length !== 2) throw this.refuse(`makes an OrderedDict from something that is no pair`);
      dict.keys.push(items[0]!);
      dict.values.push(items[1]!);
    }
    return dict;
  }

  /** Attributes set on a value: none that matters here (an OrderedDict's `_metadata`), so they are left out. */
  build(): void {
    this.pop();
    const target = this.top();
    if (!isKind(target, 'dict') && !isKind(target, 'call'))
      throw this.refuse(`sets attributes of ${nameOfKind(target)}`);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!isKind(list, 'list')) throw this.refuse(`appends to ${nameOfKind(list)}`);
    for (const item of items) list.items.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!isKind(dict, 'dict')) throw this.refuse(`sets items of ${nameOfKind(dict)}`);
    this.#put(dict, items);
  }

  pushDict(items: readonly PickleValue[]): void {
    const dict: PickleDict = { kind: 'dict', keys: [], values: [] };
    this.#put(dict, items);
    this.push(dict);
  }

  #put(dict: PickleDict, items: readonly PickleValue[]): void {
    if (items.length % 2 !== 0) throw this.refuse('has a key without a value');
    for (let i = 0; i < items.length; i += 2) {
      dict.keys.push(items[i]!);
      dict.values.push(items[i + 1]!);
    }
  }

  pushTuple(items: readonly PickleValue[]): void {
    this.push({ kind: 'tuple', items });
  }

  /** The last `count` values as a tuple. */
  tuple(count: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i++) items.unshift(this.pop());
    this.pushTuple(items);
  }

  keepOutside(): void {
    const persistent: PicklePersistent = { kind: 'persistent', id: this.pop() };
    this.persistents.push(persistent);
    this.push(persistent);
  }

  /** Where the next `length` bytes begin, which are then behind. */
  #step(length: number): number {
    if (length > MOST_PICKLE_BYTES) throw this.refuse(`claims a value of ${length} bytes`);
    if (this.at + length > this.bytes.length) throw new EndOfBytes();
    this.at += length;
    return this.at - length;
  }

  take(length: number): Uint8Array {
    return this.bytes.subarray(this.#step(length), this.at);
  }

  byte(): number {
    return this.bytes[this.#step(1)]!;
  }

  uint16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  uint64(): number {
    return Number(this.#view.getBigUint64(this.#step(8), true));
  }

  float64(): number {
    return this.#view.getFloat64(this.#step(8), false);
  }

  /** A whole number in two's complement, as a number where that is exact. */
  integer(length: number): number | bigint {
    if (length > LONGEST_INTEGER) throw this.refuse(`holds an integer of ${length} bytes`);
    const bytes = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length: number): string {
    const bytes = this.take(length);
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.refuse('holds text that is no UTF-8');
    }
  }

  line(): string {
    const end = this.bytes.subarray(this.at, this.at + LONGEST_GLOBAL).indexOf(0x0a);
    if (end < 0) {
      if (this.at + LONGEST_GLOBAL > this.bytes.length) throw new EndOfBytes();
      throw this.refuse('names something with a name that does not end');
    }
    const text = this.text(end);
    this.at++;
    return text;
  }

  stackGlobal(): void {
    const member = this.pop();
    const module = this.pop();
    if (typeof module !== 'string' || typeof member !== 'string') throw this.refuse('names something without a name');
    this.global(module, member);
  }
}

/** What to do about things that people's checkpoints do hold, by how their names look; the rest is saved without them. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^__main__\.|\.modules\.|\.models\./, 'only tensors are read: save model.state_dict(), not the model'],
  [/^torch\.(complex|Complex|float[48]_)/, 'tensors of this type are not read: convert them to bfloat16 or float32'],
  [/^torch\._utils\._rebuild_meta_tensor/, 'a tensor on the meta device has no values: load the weights before saving'],
  [/^torch\._utils\._rebuild_sparse/, 'sparse tensors are not read: save them with .to_dense()'],
  [/^torch\._utils\._rebuild_qtensor|^torch\.Q/, 'quantised tensors are not read: save them with .dequantize()'],
];
const OTHER_ADVICE = 'save the tensors alone: torch.save(model.state_dict(), …)';

function refusalOf(name: string): string {
  const advice = ADVICE.find(([names]) => names.test(name))?.[1] ?? OTHER_ADVICE;
  return `wants to use ${quote(name)}, which is not on the list of what a checkpoint may name (${advice})`;
}
