import { describe, expect, test } from 'vitest';
import { fixtureFiles, fixtureJson, type Json, jsonSource, tokenizerGolden } from '../../testing/tokenizerFixtures';
import { bytesSource, FileError } from '../files/byteSource';
import { createRng } from '../rng';
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

describe('what people see', () => {
  test('byte-level: white space made visible, whole characters decoded, lone bytes named', () => {
    const shown = (text: string): string[] => byteLevel.encode(text).map((id) => byteLevel.vocabulary[id]!);
    expect(shown(' has\n12\t')).toEqual(['␣has', '↵', '1', '2', '⇥']);
    // “ 你好” was merged; ✓ is E2 9C 93 and was not.
    expect(shown(' 你好')).toEqual(['␣你好']);
    expect(shown('✓')).toEqual(['<0xE2>', '<0x9C>', '<0x93>']);
    expect(byteLevel.vocabulary.slice(0, 3)).toEqual(['<|endoftext|>', '<|im_start|>', '<|im_end|>']);
    expect(byteLevel.vocabulary.at(-1)).toBe('<think>');
  });

  test('spaced: ▁ is a space, byte tokens are bytes', () => {
    const shown = (text: string): string[] => spaced.encode(text).map((id) => spaced.vocabulary[id]!);
    expect(shown('Ada has é✓\n')).toEqual(['␣Ada', '␣has', '␣', 'é', '<0xE2>', '<0x9C>', '<0x93>', '↵']);
    expect(spaced.vocabulary.slice(0, 3)).toEqual(['<unk>', '<s>', '</s>']);
  });

  test('the vocabulary is filled up to the rows of the model; a tokenizer with more ids is refused', async () => {
    const size = byteLevel.vocabulary.length;
    const wide = await openHfTokenizer(fixtureFiles('byteLevel'), { vocabularySize: size + 2 });
    expect(wide.vocabulary.slice(size)).toEqual([`<id ${size}>`, `<id ${size + 1}>`]);
    expect(wide.decode([size, ...wide.encode('a')])).toBe('\ufffda');
    await expect(openHfTokenizer(fixtureFiles('byteLevel'), { vocabularySize: size - 1 })).rejects.toThrow(
      `tokenizer.json, model.vocab: has ${size} ids, but the model only ${size - 1}. Take the tokenizer.json of the same model.`,
    );
    await expect(openHfTokenizer(fixtureFiles('byteLevel'), { vocabularySize: 0 })).rejects.toThrow(RangeError);
  });
});

describe('special tokens', () => {
  test('by the names of the configuration; padding falls back to the end token and says so', () => {
    expect(byteLevel.specials).toMatchObject({ bosId: 1, eosId: 2, padId: 2, endIds: [2], notes: [] });
    expect(spaced.specials).toMatchObject({ bosId: 1, eosId: 2, padId: 2, endIds: [2] });
    expect(spaced.specials.notes).toEqual([
      'The model has no padding token; its end token “</s>” pads, and is never learnt as padding.',
    ]);
    expect([...spaced.specials.ids].sort()).toEqual([0, 1, 2]);
    expect([byteLevel.addsBos, spaced.addsBos]).toEqual([false, true]);
  });

  test('without a configuration: special_tokens_map.json, generation_config.json, the post-processor', async () => {
    const { tokenizer } = fixtureFiles('spaced');
    const specialTokensMap = jsonSource('special_tokens_map.json', {
      eos_token: { content: '</s>' },
      bos_token: '<s>',
    });
    const mapped = await openHfTokenizer({ tokenizer, specialTokensMap });
    expect([mapped.specials.eosId, mapped.specials.bosId, mapped.addsBos]).toEqual([2, 1, true]);
    const generationConfig = jsonSource('generation_config.json', {
      ...{ bos_token_id: 1, eos_token_id: [2, 0, 99_999], pad_token_id: 0 },
    });
    const listed = await openHfTokenizer({ tokenizer, generationConfig });
    expect(listed.specials).toMatchObject({ bosId: 1, eosId: 2, padId: 0, endIds: [2, 0], notes: [] });
    expect(listed.addsBos).toBe(true);
    const modelConfig = jsonSource('config.json', {
      model_type: 'llama',
      eos_token_id: 0,
      pad_token_id: 2,
      bos_token_id: null,
    });
    const last = await openHfTokenizer({ tokenizer, modelConfig });
    expect(last.specials).toMatchObject({ bosId: null, eosId: 0, padId: 2 });
    const both = await openHfTokenizer({ tokenizer, modelConfig, generationConfig });
    expect(both.specials).toMatchObject({ bosId: 1, eosId: 2, padId: 0 });
    await expect(openHfTokenizer({ tokenizer })).rejects.toThrow(
      'tokenizer.json, eos_token: no token is named that ends an answer (eos_token).',
    );
    const padded = await openHfTokenizer(fixtureFiles('byteLevel', {}, { pad_token: '[PAD]' }));
    expect([padded.specials.padId, padded.specials.notes.length]).toEqual([2, 1]);
    await expect(openHfTokenizer(fixtureFiles('spaced', {}, { eos_token: '<eot>' }))).rejects.toThrow(
      'tokenizer_config.json, eos_token: the eos_token “<eot>” is no token of the tokenizer. Is the file from another model?',
    );
  });

  test.each([
    { name: 'byteLevel', tokenizer: byteLevel },
    { name: 'spaced', tokenizer: spaced },
  ])('what a user types stays text: $name', ({ tokenizer }) => {
    const special = [...tokenizer.specials.ids].filter((id) => id !== 0).map((id) => tokenizer.vocabulary[id]!);
    for (const text of [...special, special.join(' x'), `a${special[0]}`, ` ${special.join('')}`]) {
      const ids = tokenizer.encode(text);
      expect(ids.filter((id) => tokenizer.specials.ids.has(id))).toEqual([]);
      expect(tokenizer.decode(ids)).toBe(text);
      const mixed = tokenizer.encodePrompt([
        { text: special[0]!, isTemplate: true },
        { text, isTemplate: false },
        { text: special[1]!, isTemplate: true },
      ]);
      expect([...mixed.keys()].filter((i) => tokenizer.specials.ids.has(mixed[i]!))).toEqual([0, mixed.length - 1]);
    }
    // A token that a template begins and a user ends is the user's.
    const [head, tail] = [special[0]!.slice(0, 2), special[0]!.slice(2)];
    const across = tokenizer.encodePrompt([
      { text: head, isTemplate: true },
      { text: tail, isTemplate: false },
    ]);
    expect(across.some((id) => tokenizer.specials.ids.has(id))).toBe(false);
  });

  test('a model that knows its special token as a word spells it out', async () => {
    // With `ignore_merges` and one piece for all, the whole text is looked up first.
    const pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
    const tokenizer = await openHfTokenizer(
      fixtureFiles('byteLevel', { pre_tokenizer, model: { ignore_merges: true } }),
    );
    expect(tokenizer.encodePrompt([{ text: '<|im_end|>', isTemplate: true }])).toEqual([2]);
    const ids = tokenizer.encode('<|im_end|>');
    expect(ids.length).toBeGreaterThan(1);
    expect(tokenizer.decode(ids)).toBe('<|im_end|>');
  });

  test('tokens that take white space away do so', async () => {
    const added_tokens = (fixtureJson('byteLevel', 'tokenizer.json').added_tokens as Json[]).map((token, id) => ({
      ...token,
      ...(id === 1 && { rstrip: true }),
      ...(id === 2 && { lstrip: true }),
    }));
    const tokenizer = await openHfTokenizer(fixtureFiles('byteLevel', { added_tokens }));
    const ids = tokenizer.encodePrompt([{ text: '<|im_start|> \n has <|im_end|> a', isTemplate: true }]);
    expect(ids).toEqual([1, ...byteLevel.encode('has'), 2, ...byteLevel.encode(' a')]);
  });
});

test('any well-formed text comes back exactly', () => {
  const rng = createRng(3, 'hf-round-trip');
  for (let n = 0; n < 500; n++) {
    const top = rng.pick([0x80, 0x800, 0xd800, 0x110000]);
    const code = (): number => {
      const value = rng.int(top);
      return value >= 0xd800 && value < 0xe000 ? 0x20 : value;
    };
    const text = Array.from({ length: rng.int(30) }, () => String.fromCodePoint(code())).join('');
    expect(byteLevel.decode(byteLevel.encode(text))).toBe(text);
    expect(byteLevel.decode(byteLevel.encode(text, 'continuation'))).toBe(text);
    // A ▁ is written as a space is, so it comes back as one.
    if (!text.includes('▁')) expect(spaced.decode(spaced.encode(text))).toBe(text);
  }
});

test('no space is put before what continues a text', () => {
  const shown = (ids: readonly number[]): string => ids.map((id) => spaced.vocabulary[id]).join('|');
  expect(shown(spaced.encode('has'))).toBe('␣has');
  expect(shown(spaced.encode('has', 'section'))).toBe('␣has');
  expect(shown(spaced.encode('has', 'continuation'))).toBe('ha|s');
});

test('long texts are encoded in bounded time and lose nothing', () => {
  const text = `${'Ada has 12 apples. '.repeat(6000)}😀${'x'.repeat(60_001)}😀`;
  const start = process.cpuUsage();
  for (const tokenizer of [byteLevel, spaced]) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  // Processor time: others may be at work on the machine.
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(5000);
});

describe('refusals name the file, the place and what is wrong', () => {
  const model = fixtureJson('byteLevel', 'tokenizer.json').model as Json;
  const vocab = model.vocab as Json;
  const split = (Regex: string): Json => ({
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex }, behavior: 'Isolated' },
        { type: 'ByteLevel', use_regex: false },
      ],
    },
  });
  const cases: [Json, string][] = [
    [{ model: { type: 'WordPiece' } }, 'model.type: its model “WordPiece” is not supported, only BPE is.'],
    [{ model: { vocab: { ...vocab, a: -1 } } }, 'model.vocab, token “a”: an id must be a whole number'],
    [{ model: { vocab: { ...vocab, a: 4e9 } } }, 'model.vocab, token “a”: an id must be a whole number'],
    [{ model: { vocab: { ...vocab, a: 5 } } }, 'the id 5 is given twice.'],
    [{ model: { vocab: [['a', 0]] } }, 'model.vocab: has no vocabulary of tokens with ids.'],
    [{ model: { merges: ['a b c'] } }, 'model.merges.0: a merge must be two tokens.'],
    [{ model: { merges: [['a', 'qqqq']] } }, 'model.merges.0: a merge uses “qqqq”, which is no token.'],
    [{ model: { unk_token: '<?>' } }, 'model.unk_token: the unknown token “<?>” is not in the vocabulary.'],
    [{ model: { end_of_word_suffix: '</w>' } }, 'model.end_of_word_suffix: has the wrong form'],
    [
      { added_tokens: [{ id: 3, content: '<x>' }] },
      'added_tokens.0: the added token “<x>” and the vocabulary do not agree about the id 3.',
    ],
    [{ added_tokens: [{ id: 999, content: '' }] }, 'added_tokens.0.content: has the wrong form'],
    [{ normalizer: { type: 'Precompiled' } }, 'normalizer: the normalizer “Precompiled” is not supported.'],
    [{ pre_tokenizer: { type: 'FixedLength', length: 0 } }, 'decoder: its pre-tokenizer and its decoder do not agree'],
    [split('(a+)+$'), 'pre_tokenizer.pretokenizers.0: the pattern repeats a group that repeats'],
    [split('(?:a|b?)*'), 'the pattern repeats a group that repeats or has alternatives inside'],
    [split('(a)\\1'), 'the pattern refers back to a group'],
    [split('\\s*\\s*\\s*\\s*x'), 'the pattern has more than 3 open repetitions in a row'],
    [split('a*a*a*b'), 'pre_tokenizer: its patterns take too long on a run of one character'],
    [split('(?:xy)*(?:xy)*(?:xy)*z'), 'pre_tokenizer: its patterns take too long on a run of one character'],
    [split('('), 'the pattern leaves a group open'],
    [split('[z-a]'), 'is not a tokenizer this page can use (Invalid regular expression'],
    [
      { pre_tokenizer: { type: 'Split', pattern: { Regex: 'a' }, behavior: 'MergedWithNext' } },
      'do not agree whether tokens are bytes',
    ],
    [{ decoder: null }, 'decoder: has no decoder, so its tokens cannot be turned into text.'],
    [{ decoder: { type: 'WordPiece' } }, 'decoder: the decoder “WordPiece” is not supported.'],
    [
      { normalizer: { type: 'Replace', pattern: { String: 'a' }, content: 'a'.repeat(65) } },
      'normalizer.content: has the wrong form',
    ],
    [
      {
        normalizer: {
          type: 'Sequence',
          normalizers: Array.from({ length: 7 }, () => ({ type: 'Replace', pattern: { String: 'a' }, content: 'aa' })),
        },
      },
      'normalizer: makes texts more than 64 times longer',
    ],
  ];
  test.each(cases.map(([change, message]) => ({ change, message })))('$message', async ({ change, message }) => {
    const opening = openHfTokenizer(fixtureFiles('byteLevel', change));
    await expect(opening).rejects.toBeInstanceOf(FileError);
    await expect(opening).rejects.toThrow(message);
  });

  test('sequences in sequences, sizes, broken texts', async () => {
    const nested = `{"type":"Sequence","normalizers":[`.repeat(5000) + ']}'.repeat(5000);
    const whole = JSON.stringify({ ...fixtureJson('byteLevel', 'tokenizer.json'), normalizer: 0 });
    const open = (json: string) => openHfTokenizer({ tokenizer: jsonSource('tokenizer.json', json) });
    await expect(open(whole.replace('"normalizer":0', `"normalizer":${nested}`))).rejects.toThrow(
      'tokenizer.json, normalizer: has more than 32 steps or deeper sequences than 8.',
    );
    await expect(open(whole.slice(0, -9))).rejects.toThrow('tokenizer.json: is not valid JSON');
    await expect(open('[]')).rejects.toBeInstanceOf(FileError);
    const bytes = Uint8Array.of(0x7b, 0xff, 0x7d);
    await expect(openHfTokenizer({ tokenizer: bytesSource('tokenizer.json', bytes) })).rejects.toThrow('is not UTF-8');
    const read = (): never => {
      throw new Error('read');
    };
    const huge = { name: 'tokenizer.json', size: 2 ** 40, read };
    await expect(openHfTokenizer({ tokenizer: huge })).rejects.toThrow(
      'tokenizer.json: has 1099511627776 bytes, more than 64 MB.',
    );
  });
});
