// Merges of a tokenizer of our own, as a file and back; and those that are none.
import { expect, it } from 'vitest';
import { bytesSource, FileError } from '../files/byteSource';
import { createBpeTokenizer } from './bpe';
import { FIRST_BYTE_ID, FIRST_MERGE_ID, trainBpe } from './bpeTraining';
import { createOwnTokenizer } from './promptTokenizer';
import { MERGES, readMerges } from './tokenizerFiles';

const TEXT = 'the cat sat on the mat, the rat sat too. '.repeat(9);
const fileOf = (value: unknown) => bytesSource(MERGES, new TextEncoder().encode(JSON.stringify(value)));

it('come back: the same tokens of the same text', async () => {
  const bpe = createBpeTokenizer(trainBpe([TEXT], 320));
  const [file] = await createOwnTokenizer(bpe).files();
  expect(file!.name).toBe('allo_bpe.json');
  const again = createBpeTokenizer(await readMerges(bytesSource(file!.name, file!.bytes)));
  expect(again.vocabulary).toEqual(bpe.vocabulary);
  expect(again.encode('that mat')).toEqual(bpe.encode('that mat'));
  expect(again.encode('that mat').length).toBeLessThan(8);
});

const [a, merged] = [FIRST_BYTE_ID, FIRST_MERGE_ID];
it.each<[string, unknown, string]>([
  ['no object', [], 'has the wrong form'],
  ['a triple', { merges: [[a, a, a]] }, 'has the wrong form'],
  ['a special token', { merges: [[a, 2]] }, 'has the wrong form'],
  ['a token that comes later', { merges: [[a, merged]] }, 'merge 1: is no merge'],
  // Each twice as long as the one before it: 2³² bytes after 32 of them.
  [
    'tokens that double',
    { merges: Array.from({ length: 32 }, (_, i) => (i ? [merged + i - 1, merged + i - 1] : [a, a])) },
    'merge 6: is no merge',
  ],
])('are refused for %s', async (_, value, said) => {
  await expect(readMerges(fileOf(value))).rejects.toThrow(FileError);
  await expect(readMerges(fileOf(value))).rejects.toThrow(said);
});
