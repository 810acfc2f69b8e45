import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verdictsOf } from '../core/study/verdicts';
import { FIRST_CLAIMS } from '../features/run/RecordedVerdicts';
import { readResults } from '../state/labFiles';
import { parseVerdicts } from '../state/recordedVerdicts';

const shipped = (name: string): string => readFileSync(new URL(`../../public/study/${name}`, import.meta.url), 'utf8');

describe('the shipped verdicts', () => {
  const verdicts = parseVerdicts(JSON.parse(shipped('verdicts.json')))!;

  it('are what the shipped results say, claim by claim', async () => {
    const results = await readResults(shipped('results.jsonl'), 'results.jsonl');
    expect(verdicts).toEqual(verdictsOf(results));
  }, 60_000);

  it('hold the claims that are shown first, measured on every family', () => {
    for (const wanted of FIRST_CLAIMS) {
      const found = verdicts.find(({ experiment, id }) => `${experiment} ${id}` === wanted);
      expect(found, wanted).toBeDefined();
      for (const { verdict } of Object.values(found!.families)) expect(verdict, wanted).not.toBe('not measured');
    }
  });
});

it('takes nothing for verdicts that is none', () => {
  const one = { verdict: 'reproduced', sentence: 'x' };
  const claim = { experiment: 1, id: 'a', text: 'b', families: { math: one, qa: one, instruct: one } };
  expect(parseVerdicts([claim])).toEqual([claim]);
  expect(parseVerdicts({})).toBeNull();
  expect(parseVerdicts([{ ...claim, families: { math: one } }])).toBeNull();
  expect(parseVerdicts([{ ...claim, families: { ...claim.families, qa: { ...one, verdict: 'yes' } } }])).toBeNull();
});
