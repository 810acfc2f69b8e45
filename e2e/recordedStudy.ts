// Recorded results of the lab, made up for a test.
import { ENGINE_VERSION } from '../src/core/study/job';
import type { StudyResult } from '../src/core/study/result';

/** Code that runs in the page: answers the studio's question for recorded results with these. */
export function answerWith(results: readonly StudyResult[]): string {
  const each = new Map(results.map((result) => [result.key, JSON.stringify(result)]));
  const files = {
    'manifest.json': JSON.stringify({ version: 1, engine: ENGINE_VERSION }),
    'results.jsonl': [...each.values()].join('\n'),
  };
  return `{
    const files = ${JSON.stringify(files)};
    const plainFetch = window.fetch;
    window.fetch = (input, options) => {
      const text = files[String(input instanceof Request ? input.url : input).split('/study/')[1]];
      return text === undefined ? plainFetch(input, options) : Promise.resolve(new Response(text));
    };
  }`;
}
