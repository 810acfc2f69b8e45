// Files of study results: what goes out reads back the same; what is broken is named and never throws anything but a sentence.
import { describe, expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { createRng } from '../core/rng';
import { EXPERIMENTS, jobsOf } from '../core/study/experiments';
import { foundOf } from '../testing/labRig';
import { resultOf } from '../testing/studyWorld';
import { readResults, resultLines } from './labFiles';

const results = [
  ...[1, 2].map((seed) => foundOf(seed)),
  ...(['best-of-n', 'interpolation', 'change', 'agreement'] as const).map((kind) =>
    resultOf({ kind, config: presetConfig('tiny', 'qa'), split: 'held-out' }, {}),
  ),
];

describe('what goes out', () => {
  it('reads back the same: as lines, as an array, as a pretty one', async () => {
    expect(await readResults(resultLines(results), 'x')).toEqual(results);
    expect(await readResults(JSON.stringify(results), 'x')).toEqual(results);
    expect(await readResults(`\n ${JSON.stringify(results, null, 2)} \n`, 'x')).toEqual(results);
    expect(await readResults(resultLines(results).replaceAll('\n', '\r\n\r\n'), 'x')).toEqual(results);
    expect(await readResults('[]', 'x').catch(String)).toBe('Error: x holds no results.');
  });

  it.each(['tiny', 'default'] as const)('is so for every job of every plan of preset %s', async (preset) => {
    const scope = { preset, families: ['math', 'instruct'], seeds: [3] } as const;
    const all = EXPERIMENTS.flatMap((experiment) => jobsOf(experiment, scope)).map((job) => resultOf(job, {}));
    expect(all.length).toBeGreaterThan(100);
    expect(await readResults(resultLines(all), 'x')).toEqual(all);
  });
});

describe('what is wrong is named', () => {
  const [first] = results;
  const line = (change: object): string => JSON.stringify({ ...first, ...change });
  const good = resultLines(results.slice(0, 1)).trim();
  const cases: [string, string, RegExp | string][] = [
    ['nothing', '', 'f.json holds no results.'],
    ['blank lines', ' \n\n', 'f.json holds no results.'],
    ['a page', '<!doctype html>\n', 'f.json, line 1: “<!doctype html>” is no JSON.'],
    ['a cut line', `${good}\n\n${good.slice(0, 90)}`, /^f\.json, line 3: “.{40}…” is no JSON\.$/u],
    ['a number', `${good}\n3\n`, /^f\.json, line 2: A study result, field “/],
    ['a field', `${good}\n${line({ seconds: '3' })}`, /line 2: A study result, field “seconds”/],
    ['an inner field', line({ after: { klToSft: 'x' } }), /line 1: A study result, field “after\./],
    ['another engine', line({ engine: 2 }), /line 1: A study result, field “engine”: computed by version 2/],
    ['an unknown version', line({ version: 2 }), /line 1: A study result, field “version”/],
    ['an unknown kind', line({ kind: 'poem' }), /line 1: A study result, field “kind”/],
    ['text that is too long', line({ backend: 'x'.repeat(201) }), /field “backend”/],
    ['an element', `[\n${good},\n\n  {"kind": "arm"}\n]`, /^f\.json, line 4: A study result, field “/],
    ['an empty element', `[${good},,${good}]`, /line 1: “” is no JSON/],
    ['a trailing comma', `[${good},\n]`, /line 2: “” is no JSON/],
    ['a cut array', `[${good},\n${good.slice(0, 50)}`, /line 2: the array of results does not end/],
    ['more than an array', `[${good}]\n[${good}]`, /line 1: the array of results ends here/],
    ['a wrong end', `[${good}}`, /the array of results ends here/],
    ['an array in an array', `[[${good}]]`, /line 1: A study result/],
  ];
  it.each(cases)('%s', async (_, text, message) => {
    await expect(readResults(text, 'f.json')).rejects.toThrow(message);
  });

  it('names of prototypes do nothing', async () => {
    const poisoned = good.replace('"settings":{', '"__proto__":{"polluted":1},"settings":{"__proto__":"1",');
    expect(poisoned).not.toBe(good);
    const [read] = await readResults(poisoned, 'x');
    expect(read).toEqual(first);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
    const constructed = good.replace('"settings":{', '"settings":{"constructor":"1",');
    expect(await readResults(constructed, 'x')).toEqual([first]);
  });

  it('whatever is done to a file: the same results, or an error with file and line', async () => {
    const rng = createRng(3, 'mutations');
    const rest = async (): Promise<void> => {};
    const texts = [resultLines(results), JSON.stringify(results), JSON.stringify(results, null, 1)];
    const insertions = [
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      '\\',
      '\n',
      '\u0000',
      '1e999',
      'null',
      '"__proto__":1,',
      '-',
      '😀',
      ':',
    ];
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      let text = texts[rng.int(texts.length)]!;
      for (let change = rng.int(3); change >= 0; change--) {
        const at = rng.int(text.length);
        const cut = rng.int(4) === 0 ? rng.int(60) : rng.int(2);
        text = text.slice(0, at) + insertions[rng.int(insertions.length)]! + text.slice(at + cut);
      }
      try {
        for (const result of await readResults(text, 'f.json', rest)) expect(result.engine).toBe(1);
      } catch (error) {
        refused++;
        expect(String(error)).toMatch(/^Error: f\.json(, line \d+: .| holds no results)/s);
      }
    }
    expect(refused).toBeGreaterThan(1500);
  }, 120_000);
});
