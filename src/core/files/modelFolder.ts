// The files of a model folder that are not weights: taken along byte for byte when the model is written again, and what was left behind.
import type { ByteSource } from './byteSource';
import type { OutFile } from './writeCheckpoint';

/** What Transformers and its tokenizers read beside the weights. */
const TAKEN_ALONG: ReadonlySet<string> = new Set([
  ...['config.json', 'generation_config.json'],
  ...['tokenizer.json', 'tokenizer_config.json', 'tokenizer.model', 'special_tokens_map.json', 'added_tokens.json'],
  ...['vocab.json', 'vocab.txt', 'merges.txt', 'spiece.model', 'chat_template.jinja', 'chat_template.json'],
]);

const CHUNK_BYTES = 4 << 20;

/** The model's own files as they came, in the given order; of files with one name the first. */
export function accompanyingFiles(files: readonly ByteSource[]): OutFile[] {
  const taken = new Map<string, OutFile>();
  for (const source of files) {
    if (TAKEN_ALONG.has(source.name) && !taken.has(source.name)) taken.set(source.name, copyOf(source));
  }
  return [...taken.values()];
}

function copyOf(source: ByteSource): OutFile {
  const { name, size } = source;
  return {
    ...{ name, size },
    async *chunks() {
      for (let begin = 0; begin < size; begin += CHUNK_BYTES) {
        yield await source.read(begin, Math.min(size, begin + CHUNK_BYTES));
      }
    },
  };
}
