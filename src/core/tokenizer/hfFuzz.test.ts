// Damaged tokenizer.json, tokenizer_config.json and templates: the reader gives a tokenizer that works, or a FileError. FUZZ=20000 for a long run.
import { expect, test } from 'vitest';
import { fuzz, fuzzCount, fuzzTimeout } from '../../testing/mutate';
import { mutateJson } from '../../testing/mutateJson';
import {
  type FixtureName,
  fixtureFiles,
  fixtureJson,
  jsonSource,
  tokenizerGolden,
} from '../../testing/tokenizerFixtures';
import { bytesSource, FileError } from '../files/byteSource';
import { createRng } from '../rng';
import type { HfTokenizerFiles } from './hfFiles';
import { openModelTokenizer } from './hfPrompts';

const QUICK = 300;
const isTyped = (error: unknown): boolean => error instanceof FileError;
const NAMES: readonly FixtureName[] = ['byteLevel', 'spaced'];
const TEXTS = ['Ada has 12 apples. </s><|im_end|>', ' \n\tcafé 你好 😀 ', `${'a'.repeat(60)}${' '.repeat(60)}x`];

/** Whatever opens must work: ids that exist, no special id from a text, in little time. */
async function use(files: HfTokenizerFiles): Promise<void> {
  const tokenizer = await openModelTokenizer(files);
  const size = tokenizer.vocabulary.length;
  const exists = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < size;
  const ends = new Set([tokenizer.eosId, tokenizer.padId, tokenizer.bosId]);
  for (const text of TEXTS) {
    const ids = tokenizer.encodeResponse(text);
    expect(ids.every(exists)).toBe(true);
    expect(ids.some((id) => ends.has(id))).toBe(false);
    tokenizer.decode([...ids, size + 5]);
    expect(tokenizer.wrapPrompt(text).every(exists)).toBe(true);
    expect(tokenizer.wrapRewriting(text, ids, ids).every(exists)).toBe(true);
  }
}

test(
  'damaged bytes',
  async () => {
    const encode = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
    const seeds = NAMES.flatMap((name) => [
      encode(fixtureJson(name, 'tokenizer.json')),
      encode(fixtureJson(name, 'tokenizer_config.json')),
    ]);
    const tally = await fuzz({
      ...{ name: 'tokenizer bytes', seeds, count: fuzzCount(QUICK), isTyped },
      use(bytes, seed) {
        const files = fixtureFiles(NAMES[seed >> 1]!);
        return seed % 2 === 0
          ? use({ ...files, tokenizer: bytesSource('tokenizer.json', bytes) })
          : use({ ...files, tokenizerConfig: bytesSource('tokenizer_config.json', bytes) });
      },
    });
    if (process.env.FUZZ) console.log('tokenizer bytes', tally);
    expect(tally.refused).toBeGreaterThan(0);
  },
  fuzzTimeout(QUICK),
);

const ODD_PARTS = [
  ...[
    'ByteLevel',
    'Metaspace',
    'Split',
    'Digits',
    'Punctuation',
    'Whitespace',
    'Replace',
    'Prepend',
    'NFKC',
    'Strip',
    'FixedLength',
  ],
  ...[
    '(a+)+$',
    '(?:a|a)*',
    '\\p{L}+',
    '[^',
    '(?<x>a)\\k<x>',
    '\\s*\\s*x',
    '.{1,999999}',
    '(?i:a)',
    '',
    '▁',
    '<|im_end|>',
    '</s>',
    'a b',
  ],
];
const ODD_TEMPLATES = [
  '{{ messages }}',
  '{% for m in messages %}',
  '{% endfor %}',
  '{{ range(999) }}',
  ' ~ ',
  "['content']",
  '| tojson',
  '* 9',
];

function jsonFuzz(
  name: string,
  damage: (rng: ReturnType<typeof createRng>, files: FixtureName) => HfTokenizerFiles,
): void {
  test(
    name,
    async () => {
      let tally = 0;
      const root = createRng(1, name);
      const tallies = await fuzz({
        ...{ name, seeds: NAMES.map(() => new Uint8Array(1)), count: fuzzCount(QUICK), isTyped },
        use: (_, seed) => use(damage(root.fork(String(tally++)), NAMES[seed]!)),
      });
      if (process.env.FUZZ) console.log(name, tallies);
      expect(Math.min(tallies.accepted, tallies.refused)).toBeGreaterThan(0);
    },
    fuzzTimeout(QUICK),
  );
}

jsonFuzz('damaged fields of tokenizer.json', (rng, name) => {
  const whole = fixtureJson(name, 'tokenizer.json');
  const { model, ...parts } = whole;
  // Half the time outside the model, which is most of the file.
  const json = rng.int(2) === 0 ? { ...mutateJson(rng, parts, ODD_PARTS), model } : mutateJson(rng, whole, ODD_PARTS);
  return { ...fixtureFiles(name), tokenizer: jsonSource('tokenizer.json', json) };
});

const TEMPLATES = tokenizerGolden().templates.map(({ template }) => template);
jsonFuzz('damaged fields of tokenizer_config.json and templates', (rng, name) => {
  const config = { ...fixtureJson(name, 'tokenizer_config.json'), chat_template: rng.pick(TEMPLATES) };
  return {
    ...fixtureFiles(name),
    tokenizerConfig: jsonSource('tokenizer_config.json', mutateJson(rng, config, ODD_TEMPLATES)),
  };
});
