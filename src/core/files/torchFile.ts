// Tensors of torch.save placed in the file that their storages lie in; what the zip and the legacy format have in common.
import { type ByteSource, FileError } from './byteSource';
import type { CheckpointFormat } from './checkpoint';
import { quote } from './quote';
import type { StoredFile } from './storedCheckpoint';
import { isContiguous, mergeDimensions, type StoredTensor } from './storedTensor';
import type { TorchTensor, TorchTensors } from './torchPickle';

/** `begins`: the byte of the file where each storage that has any bytes begins. Throws FileError when one is missing. */
export function placeTensors(
  source: ByteSource,
  format: CheckpointFormat,
  { tensors, metadata }: TorchTensors,
  begins: ReadonlyMap<string, number>,
): StoredFile {
  const firsts = new Map<string, string>();
  const placed = tensors.map((tensor): StoredTensor => {
    const { name, dtype, shape, size, strides, storage } = tensor;
    const begin = begins.get(storage.key) ?? (storage.bytes === 0 ? 0 : undefined);
    if (begin === undefined) {
      const problem = `its storage ${quote(storage.key)} is not in the file. Fetch it again.`;
      throw new FileError(source.name, problem, `tensor ${quote(name)}`);
    }
    const elements = elementsOf(tensor);
    const first = size === 0 ? name : (firsts.get(elements) ?? name);
    if (first === name) firsts.set(elements, name);
    return {
      ...{ name, dtype, shape, size, source, begin: begin + tensor.begin },
      sameAs: first === name ? null : first,
      strides: isContiguous(shape, strides) ? null : strides,
    };
  });
  return { format, tensors: placed, metadata };
}

/** The same text for tensors that have the very same elements. */
function elementsOf({ dtype, shape, strides, storage, begin }: TorchTensor): string {
  const layout = mergeDimensions(shape, strides).map(({ extent, stride }) => `${extent}:${stride}`);
  return [begin, dtype, shape.join(','), layout.join(','), storage.key].join('|');
}
