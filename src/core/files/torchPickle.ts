// The tensors that a pickle of torch.save describes: which storage each lies in, where, and with what strides. Everything else in
// the pickle (numbers, optimizer settings, attributes) is left out. Where storages lie in the file is torchZip.ts and torchLegacy.ts.
import { FileError } from './byteSource';
import { BYTES_OF, type TensorDtype } from './checkpoint';
import {
  isKind,
  nameOfKind,
  type PickleCall,
  type PickleDict,
  type PicklePersistent,
  type PickleValue,
} from './pickleValue';
import { quote } from './quote';

/** A storage as the pickle describes it. */
export interface TorchStorage {
  readonly key: string;
  /** In its own dtype; bytes where it has none. */
  readonly elements: number;
  readonly bytes: number;
}

export interface TorchTensor {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
  readonly strides: readonly number[];
  readonly storage: TorchStorage;
  /** The byte of the storage where its first element begins. */
  readonly begin: number;
}

export interface TorchTensors {
  readonly tensors: readonly TorchTensor[];
  /** What was taken off the names: "torch.under" the key of the dict they were in, "torch.prefix" what each began with. */
  readonly metadata: Readonly<Record<string, string>>;
}

const MAX_RANK = 8;
const MOST_TENSORS = 1_000_000;
const LONGEST_NAME = 4096;
/** The most elements of a tensor that repeats those of a smaller storage: a few bytes could claim any number. */
const MOST_REPEATED = 2 ** 31;
/** How deep dicts of tensors may be nested. */
const MOST_DEPTH = 8;
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'module'];
const MODULE_PREFIX = 'module.';

/** null: bytes without a dtype. */
const STORAGES: ReadonlyMap<string, TensorDtype | null> = new Map<string, TensorDtype | null>([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
  ['UntypedStorage', null],
  ['_UntypedStorage', null],
]);

const DTYPES: ReadonlyMap<string, TensorDtype> = new Map<string, TensorDtype>([
  ['torch.float64', 'F64'],
  ['torch.float32', 'F32'],
  ['torch.float16', 'F16'],
  ['torch.bfloat16', 'BF16'],
  ['torch.int64', 'I64'],
  ['torch.int32', 'I32'],
  ['torch.int16', 'I16'],
  ['torch.int8', 'I8'],
  ['torch.uint8', 'U8'],
  ['torch.uint16', 'U16'],
  ['torch.uint32', 'U32'],
  ['torch.uint64', 'U64'],
  ['torch.bool', 'BOOL'],
]);

const REBUILD = 'torch._utils._rebuild_tensor';
const REBUILD_V2 = 'torch._utils._rebuild_tensor_v2';
const REBUILD_V3 = 'torch._utils._rebuild_tensor_v3';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';
const REBUILD_PARAMETER_WITH_STATE = 'torch._utils._rebuild_parameter_with_state';
const REBUILD_FROM_TYPE = 'torch._tensor._rebuild_from_type_v2';
const TENSOR_CALLS: ReadonlySet<string> = new Set([
  ...[REBUILD, REBUILD_V2, REBUILD_V3, REBUILD_PARAMETER, REBUILD_PARAMETER_WITH_STATE, REBUILD_FROM_TYPE],
]);
const SIZE = 'torch.Size';
/** What else may be mentioned, without any meaning here. */
const INERT: ReadonlySet<string> = new Set([
  ...['collections.OrderedDict', 'collections.Counter', 'collections.defaultdict', '_codecs.encode'],
  ...['builtins.set', '__builtin__.set', 'builtins.bytearray', '__builtin__.bytearray', 'builtins.complex'],
  ...['builtins.int', 'builtins.float', 'builtins.list', 'builtins.dict', '__builtin__.list', '__builtin__.dict'],
  ...[SIZE, 'torch.device', 'torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer'],
  ...['torch.serialization._get_layout', 'torch.complex64', 'torch.complex128'],
]);

/** Whether a checkpoint's pickle may mention a function or class of this name; none of them is ever called. */
export const allowsGlobal = (name: string): boolean =>
  TENSOR_CALLS.has(name) || DTYPES.has(name) || INERT.has(name) || storageDtype(name) !== undefined;

/** undefined: no storage of that name is known. */
function storageDtype(name: string): TensorDtype | null | undefined {
  const member = name.match(/^torch\.(?:cuda\.|storage\.)?(\w+)$/)?.[1];
  return member === undefined ? undefined : STORAGES.get(member);
}

/**
 * The tensors of a pickled dict: those of the dict under "state_dict", "model_state_dict", "model" or "module" (the first that holds any; a
 * loss or a generator's state beside it is none of the model's), else those at the top, whatever else lies there, else those of every
 * dict, with names joined by dots. "module." is taken off when all names begin with it.
 * Throws FileError for anything but a dict with tensors, two tensors of one name, and tensors that reach out of their storage.
 */
export function tensorsOf(value: PickleValue, file: string): TorchTensors {
  if (!isKind(value, 'dict')) {
    throw new FileError(
      file,
      `holds ${nameOfKind(value)}, not a dict of tensors. Save model.state_dict() with torch.save.`,
    );
  }
  const metadata: Record<string, string> = {};
  let found: NamedCall[] = [];
  for (const wrapper of WRAPPERS) {
    const inner = value.values[value.keys.indexOf(wrapper)];
    if (!isKind(inner, 'dict')) continue;
    found = nestedTensors(inner, file);
    if (found.length === 0) continue;
    metadata['torch.under'] = wrapper;
    break;
  }
  if (found.length === 0) found = directTensors(value, file);
  if (found.length === 0) found = nestedTensors(value, file);
  if (found.length === 0) throw new FileError(file, 'holds a dict without tensors. Is it the right file?');
  const hasPrefix = found.every(([name]) => name.startsWith(MODULE_PREFIX));
  if (hasPrefix) metadata['torch.prefix'] = MODULE_PREFIX;
  const storages = new Map<string, TorchStorage>();
  const names = new Set<string>();
  const tensors = found.map(([fullName, call]) => {
    const name = hasPrefix ? fullName.slice(MODULE_PREFIX.length) : fullName;
    if (name.length > LONGEST_NAME) throw new FileError(file, 'has an endless name.', `tensor ${quote(name)}`);
    if (names.has(name)) throw new FileError(file, 'is there twice.', `tensor ${quote(name)}`);
    names.add(name);
    return parseTensor(name, call, file, storages);
  });
  return { tensors, metadata };
}

/** All storages that a pickle mentions, those of tensors that are left out too. Throws FileError for one that is described badly. */
export function storagesOf(persistents: readonly PicklePersistent[], file: string): Map<string, TorchStorage> {
  const storages = new Map<string, TorchStorage>();
  for (const persistent of persistents) {
    parseStorage(persistent, storages, (problem) => new FileError(file, problem, 'a tensor'));
  }
  return storages;
}

type NamedCall = readonly [name: string, call: PickleCall];

const isTensor = (value: PickleValue): value is PickleCall => isKind(value, 'call') && TENSOR_CALLS.has(value.of);

function directTensors(dict: PickleDict, file: string): NamedCall[] {
  const found: NamedCall[] = [];
  for (const [i, value] of dict.values.entries()) {
    if (isTensor(value)) found.push([keyOf(dict.keys[i]!, file), value]);
  }
  return found;
}

/** All tensors in a dict and the dicts in it, names joined by dots. */
function nestedTensors(dict: PickleDict, file: string): NamedCall[] {
  const found: NamedCall[] = [];
  const queue: { prefix: string; dict: PickleDict; depth: number }[] = [{ prefix: '', dict, depth: 0 }];
  let visits = 0;
  for (const { prefix, dict, depth } of queue) {
    for (const [i, value] of dict.values.entries()) {
      // A dict may be in itself, or in many others.
      if (++visits > MOST_TENSORS) throw new FileError(file, `its dicts hold more than ${MOST_TENSORS} values.`);
      if (isTensor(value)) found.push([prefix + keyOf(dict.keys[i]!, file), value]);
      else if (isKind(value, 'dict') && depth < MOST_DEPTH && value.keys.length > 0) {
        const key = dict.keys[i]!;
        if (typeof key === 'string' || typeof key === 'number')
          queue.push({ prefix: `${prefix}${key}.`, dict: value, depth: depth + 1 });
      }
    }
  }
  return found;
}

function keyOf(key: PickleValue, file: string): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number') return String(key);
  throw new FileError(file, `has a tensor under a key that is ${nameOfKind(key)}; names must be text.`);
}

function parseTensor(name: string, call: PickleCall, file: string, storages: Map<string, TorchStorage>): TorchTensor {
  const refuse = (problem: string) => new FileError(file, problem, `tensor ${quote(name)}`);
  const { of, args } = innermostCall(call, refuse);
  const [id, offset, sizes, steps] = args;
  const [storage, storageType, viewBegin] = parseStorage(id, storages, refuse);
  let dtype = storageType;
  if (of === REBUILD_V3) {
    const wanted = args[6];
    dtype = (isKind(wanted, 'global') ? DTYPES.get(wanted.name) : undefined) ?? null;
    if (!dtype) throw refuse(`has the dtype ${nameOfKind(wanted)}, which is not supported.`);
  }
  if (dtype === null) throw refuse('lies in a storage without a dtype, which is not supported.');
  checkSign(args[of === REBUILD_V3 ? 7 : 6], refuse);
  const shape = wholeNumbers(sizes);
  const strides = wholeNumbers(steps);
  if (!shape || !strides || shape.length !== strides.length || !isWhole(offset))
    throw refuse('has a shape, strides or an offset that are no whole numbers.');
  if (shape.length > MAX_RANK) throw refuse(`has ${shape.length} dimensions; more than ${MAX_RANK} are not supported.`);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const last = size === 0 ? -1 : shape.reduce((sum, extent, i) => sum + (extent - 1) * strides[i]!, offset);
  const begin = viewBegin + offset * BYTES_OF[dtype];
  const end = viewBegin + (last + 1) * BYTES_OF[dtype];
  if (!Number.isSafeInteger(size * BYTES_OF[dtype]) || !Number.isSafeInteger(begin) || end > storage.bytes)
    throw refuse(`reaches out of its storage: shape [${shape.join(', ')}] in ${storage.bytes} bytes of ${dtype}.`);
  if (size > MOST_REPEATED && size * BYTES_OF[dtype] > storage.bytes)
    throw refuse(`repeats ${storage.bytes} bytes to ${size} elements. Save it with .contiguous().`);
  return { name, dtype, shape, size, strides, storage, begin: size === 0 ? 0 : begin };
}

/** torch 2 keeps the minus of a view as a note beside the storage: without it the values would have the wrong sign. */
function checkSign(notes: PickleValue | undefined, refuse: (problem: string) => FileError): void {
  if (isKind(notes, 'dict') && notes.values[notes.keys.indexOf('neg')] === true)
    throw refuse('is a view with the opposite sign of its storage. Save it with .resolve_neg().');
}

/** The call that names the storage: a parameter and a tensor with attributes are wrapped around one. */
function innermostCall(call: PickleCall, refuse: (problem: string) => FileError): PickleCall {
  let inner: PickleCall = call;
  for (let depth = 0; depth < 4; depth++) {
    if (inner.of === REBUILD || inner.of === REBUILD_V2 || inner.of === REBUILD_V3) return inner;
    const [first, , third] = inner.args;
    if (
      inner.of === REBUILD_FROM_TYPE &&
      isKind(first, 'global') &&
      TENSOR_CALLS.has(first.name) &&
      isKind(third, 'tuple')
    )
      inner = { kind: 'call', of: first.name, args: third.items };
    else if (inner.of !== REBUILD_FROM_TYPE && first !== undefined && isTensor(first)) inner = first;
    else break;
  }
  throw refuse(`is made by ${inner.of} in a way that is not supported.`);
}

const isWhole = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function wholeNumbers(value: PickleValue | undefined): number[] | null {
  const inner = isKind(value, 'call') && value.of === SIZE ? value.args[0] : value;
  if (!isKind(inner, 'tuple') && !isKind(inner, 'list')) return null;
  const items: readonly PickleValue[] = inner.items;
  // Longer ones are no shape, whatever they hold; torch itself stops at 64.
  if (items.length > 64) return null;
  const numbers = items.filter(isWhole);
  return numbers.length === items.length ? numbers : null;
}

/** ('storage', type, key, location, elements[, view]): the storage, its dtype, and the byte of it where a view begins. */
function parseStorage(
  value: PickleValue | undefined,
  storages: Map<string, TorchStorage>,
  refuse: (problem: string) => FileError,
): [storage: TorchStorage, dtype: TensorDtype | null, viewBegin: number] {
  const id = isKind(value, 'persistent') && isKind(value.id, 'tuple') ? value.id.items : [];
  const [tag, type, key, , elements, view] = id;
  const dtype = isKind(type, 'global') ? storageDtype(type.name) : undefined;
  if (tag !== 'storage' || dtype === undefined || typeof key !== 'string' || !isWhole(elements))
    throw refuse('does not say which storage it lies in.');
  const bytesEach = dtype === null ? 1 : BYTES_OF[dtype];
  const bytes = elements * bytesEach;
  if (!Number.isSafeInteger(bytes)) throw refuse(`lies in a storage of ${elements} elements, which cannot be.`);
  const known = storages.get(key) ?? { key, elements, bytes };
  if (known.bytes !== bytes || known.elements !== elements)
    throw refuse(`gives its storage ${bytes} bytes, another tensor ${known.bytes}.`);
  storages.set(key, known);
  if (!isKind(view, 'tuple')) return [known, dtype, 0];
  const [, begin, length] = view.items;
  if (!isWhole(begin) || !isWhole(length) || begin + length > elements)
    throw refuse('is in a view that leaves its storage.');
  return [known, dtype, begin * bytesEach];
}
