// Short stable names for questions: the same text has the same id in every run and every session.
import { encodeUtf8 } from '../tokenizer/utf8';
import { md5Hex } from './md5';

/** `family-xxxxxxxxxxxx`, 48 bits of a hash of the prompt text. */
export function questionId(family: string, text: string): string {
  return `${family}-${md5Hex(encodeUtf8(`${family}\n${text}`)).slice(0, 12)}`;
}
