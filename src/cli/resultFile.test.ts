import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { type Job, jobKey } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { appendResult, readResults, writeResults } from './resultFile';

const folder = mkdtempSync(join(tmpdir(), 'results-'));
afterAll(() => rmSync(folder, { recursive: true }));

const result = (seed: number): StudyResult => {
  const job: Job = { kind: 'best-of-n', config: { ...presetConfig(), seed }, split: 'held-out' };
  return {
    ...{ version: 1, key: jobKey(job), engine: 1, settings: {}, preset: 'default', family: 'math', arm: 'allo', seed },
    ...{ split: 'held-out', backend: 'wasm', seconds: 3.5, kind: 'best-of-n', prompts: 100, samples: 32 },
    points: [{ n: 1, accuracy: 50.5, klToSft: 0 }],
  };
};

describe('a file of results', () => {
  it('reads back what was appended', () => {
    const path = join(folder, 'deep', 'results.jsonl');
    expect(readResults(path)).toEqual({ results: [], cut: 0 });
    appendResult(path, result(1));
    appendResult(path, result(2));
    expect(readResults(path)).toEqual({ results: [result(1), result(2)], cut: 0 });
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  });

  it('drops a last line that was cut, and goes on behind the whole ones', () => {
    const path = join(folder, 'cut.jsonl');
    writeResults(path, [result(1)]);
    appendFileSync(path, JSON.stringify(result(2)).slice(0, 40));
    const { results, cut } = readResults(path);
    expect({ results, cut }).toEqual({ results: [result(1)], cut: 40 });
    writeResults(path, results);
    appendResult(path, result(3));
    expect(readResults(path)).toEqual({ results: [result(1), result(3)], cut: 0 });
  });

  it('names a whole line that is no result', () => {
    const path = join(folder, 'wrong.jsonl');
    writeFileSync(path, `${JSON.stringify(result(1))}\n${JSON.stringify({ ...result(2), samples: -1 })}\n`);
    expect(() => readResults(path)).toThrow(/wrong\.jsonl, line 2: A study result, field “samples”/);
  });
});
