// The small real-form tokenizers of src/testing/fixtures/tokenizers, and what the Rust library says of them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ByteSource, bytesSource } from '../core/files/byteSource';
import type { HfTokenizerFiles } from '../core/tokenizer/hfFiles';

export type FixtureName = 'byteLevel' | 'spaced';
export type Json = Record<string, unknown>;

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`fixtures/tokenizers/${path}`, import.meta.url)), 'utf8');

/** A JSON file of a fixture, a fresh copy each time. */
export const fixtureJson = (name: FixtureName, file: 'tokenizer.json' | 'tokenizer_config.json'): Json =>
  JSON.parse(read(`${name}/${file}`)) as Json;

export const jsonSource = (name: string, value: unknown): ByteSource =>
  bytesSource(name, new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)));

/** The files of a fixture; `change` replaces fields of tokenizer.json (of its model field by field), `config` those of its configuration. */
export function fixtureFiles(name: FixtureName, change: Json = {}, config: Json = {}): HfTokenizerFiles {
  const tokenizer = fixtureJson(name, 'tokenizer.json');
  const model = { ...(tokenizer.model as Json), ...(change.model as Json | undefined) };
  return {
    tokenizer: jsonSource('tokenizer.json', { ...tokenizer, ...change, model }),
    tokenizerConfig: jsonSource('tokenizer_config.json', { ...fixtureJson(name, 'tokenizer_config.json'), ...config }),
  };
}

export interface TokenizerGolden {
  tokenizers: {
    name: FixtureName;
    variant: string;
    change: Json;
    cases: { text: string; ids: number[]; decoded: string }[];
  }[];
  templates: {
    name: string;
    tokenizer: FixtureName;
    change: Json;
    config: Json;
    template: string;
    /** `whole`: the prompt with its answer and what the template writes behind it. */
    cases: { text: string; ids: number[]; answer: string; whole: number[] }[];
  }[];
}

export function tokenizerGolden(): TokenizerGolden {
  const golden = JSON.parse(read('golden.json')) as TokenizerGolden;
  for (const one of golden.templates) one.template = read(`templates/${one.name}.jinja`);
  return golden;
}
