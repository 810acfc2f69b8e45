import { describe, expect, test } from 'vitest';
import { fixtureFiles, fixtureJson, type Json, jsonSource, tokenizerGolden } from '../../testing/tokenizerFixtures';
import { FileError } from '../files/byteSource';
import { openHfTokenizer } from './hfTokenizer';

const golden = tokenizerGolden();
const byteLevel = await openHfTokenizer(fixtureFiles('byteLevel'));
const spaced = await openHfTokenizer(fixtureFiles('spaced'));

describe('ids and texts as the Rust library gives them', () => {
  test.each(golden.tokenizers)('$name, $variant', async ({ name, change, cases }) => {
    const tokenizer = await openHfTokenizer(fixtureFiles(name, change));
    for (const { text, ids, decoded } of cases) {
      expect([text, tokenizer.encodePrompt([{ text, isTemplate: true }])]).toEqual([text, ids]);
      expect([text, tokenizer.decode(ids)]).toEqual([text, decoded]);
    }
  });
});
