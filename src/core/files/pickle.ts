// Reads a pickle as data: opcodes and globals on a list are understood, everything else is refused by name, and nothing is ever called
// or imported. Knows nothing of tensors (torchPickle.ts) and of the text opcodes of protocol 0.
import { EndOfBytes, PickleMachine, type PickleStep, type UnpickleOptions } from './pickleMachine';
import type { PicklePersistent, PickleValue } from './pickleValue';

export interface Unpickled {
  value: PickleValue;
  /** The byte after it. */
  end: number;
  /** Everything it says is kept outside, in its order. */
  persistents: readonly PicklePersistent[];
}

/**
 * Read the pickle that starts at byte `begin`; null when the bytes end before it does.
 * Throws FileError for opcodes and globals that are not on the list (by name) and for what no pickler writes.
 */
export function unpickle(bytes: Uint8Array, begin: number, options: UnpickleOptions): Unpickled | null {
  const machine = new PickleMachine(bytes, begin, options);
  try {
    return { value: machine.run(stepOf), end: machine.at, persistents: machine.persistents };
  } catch (error) {
    if (error instanceof EndOfBytes) return null;
    throw error;
  }
}

const letter = (text: string) => text.charCodeAt(0);

/** Each opcode that is understood, as Python's pickletools names it. */
const STEPS: ReadonlyMap<number, PickleStep> = new Map<number, PickleStep>([
  [0x80, (m) => void m.byte()], // PROTO
  [0x95, (m) => void m.uint64()], // FRAME
  [letter('('), (m) => m.mark()],
  [letter('0'), (m) => m.popAny()],
  [letter('1'), (m) => void m.popMark()],
  [letter('2'), (m) => m.push(m.top())], // DUP
  [letter('N'), (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [letter('J'), (m) => m.push(m.integer(4))],
  [letter('K'), (m) => m.push(m.byte())],
  [letter('M'), (m) => m.push(m.uint16())],
  [0x8a, (m) => m.push(m.integer(m.byte()))], // LONG1
  [0x8b, (m) => m.push(m.integer(m.uint32()))], // LONG4
  [letter('G'), (m) => m.push(m.float64())],
  [letter('T'), (m) => m.push(m.text(m.uint32()))], // Python 2's strings
  [letter('U'), (m) => m.push(m.text(m.byte()))],
  [letter('X'), (m) => m.push(m.text(m.uint32()))],
  [0x8c, (m) => m.push(m.text(m.byte()))],
  [0x8d, (m) => m.push(m.text(m.uint64()))],
  [letter('B'), (m) => m.push({ kind: 'bytes', bytes: m.take(m.uint32()) })],
  [letter('C'), (m) => m.push({ kind: 'bytes', bytes: m.take(m.byte()) })],
  [0x8e, (m) => m.push({ kind: 'bytes', bytes: m.take(m.uint64()) })],
  [0x96, (m) => m.push({ kind: 'bytes', bytes: m.take(m.uint64()) })],
  [letter(']'), (m) => m.push({ kind: 'list', items: [] })],
  [letter('a'), (m) => m.append([m.pop()])],
  [letter('e'), (m) => m.append(m.popMark())],
  [letter('l'), (m) => m.push({ kind: 'list', items: m.popMark() })],
  [0x8f, (m) => m.push({ kind: 'list', items: [] })], // EMPTY_SET
  [0x90, (m) => m.append(m.popMark())], // ADDITEMS
  [0x91, (m) => m.push({ kind: 'list', items: m.popMark() })], // FROZENSET
  [letter(')'), (m) => m.pushTuple([])],
  [letter('t'), (m) => m.pushTuple(m.popMark())],
  [0x85, (m) => m.tuple(1)],
  [0x86, (m) => m.tuple(2)],
  [0x87, (m) => m.tuple(3)],
  [letter('}'), (m) => m.pushDict([])],
  [letter('d'), (m) => m.pushDict(m.popMark())],
  [letter('s'), (m) => m.setItems([m.pop(), m.pop()].toReversed())],
  [letter('u'), (m) => m.setItems(m.popMark())],
  [letter('h'), (m) => m.recall(m.byte())],
  [letter('j'), (m) => m.recall(m.uint32())],
  [letter('q'), (m) => m.remember(m.byte())],
  [letter('r'), (m) => m.remember(m.uint32())],
  [0x94, (m) => m.memoize()],
  [letter('c'), (m) => m.global(m.line(), m.line())],
  [0x93, (m) => m.stackGlobal()],
  [letter('R'), (m) => m.call()],
  [0x81, (m) => m.call()], // NEWOBJ
  [letter('b'), (m) => m.build()],
  [letter('Q'), (m) => m.keepOutside()],
]);

/** Names of opcodes that exist and are refused. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [letter('F'), 'the opcode FLOAT'],
  [letter('I'), 'the opcode INT'],
  [letter('L'), 'the opcode LONG'],
  [letter('P'), 'the opcode PERSID'],
  [letter('S'), 'the opcode STRING'],
  [letter('V'), 'the opcode UNICODE'],
  [letter('g'), 'the opcode GET'],
  [letter('i'), 'the opcode INST'],
  [letter('o'), 'the opcode OBJ'],
  [letter('p'), 'the opcode PUT'],
  [0x82, 'the opcode EXT1'],
  [0x83, 'the opcode EXT2'],
  [0x84, 'the opcode EXT4'],
  [0x92, 'the opcode NEWOBJ_EX'],
  [0x97, 'the opcode NEXT_BUFFER'],
  [0x98, 'the opcode READONLY_BUFFER'],
]);

/** What an opcode does, or its name where it is refused. */
const stepOf = (opcode: number): PickleStep | string =>
  STEPS.get(opcode) ?? REFUSED.get(opcode) ?? `the byte 0x${opcode.toString(16).padStart(2, '0')} as an opcode`;
