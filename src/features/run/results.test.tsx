import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { RunState } from '../../state/runState';
import { fakeRun } from '../../testing/fakeRun';
import { Results } from './Results';

/** The first column of the table. */
const rowsOf = (run: RunState): string[] =>
  [...renderToStaticMarkup(<Results run={run} />).matchAll(/<th scope="row">(.*?)<\/th>/g)].map(([, cell]) =>
    cell!.replaceAll(/<[^>]+>/g, '').trim(),
  );

it('tells the aligned family first, and where only half of it was aligned the other half next', () => {
  const run = fakeRun();
  expect(rowsOf(run)).toEqual(['math aligned', 'qa', 'instruct']);
  const before = run.evaluations.before!;
  const { math, qa, instruct } = before.families;
  const families = { qa: qa!, 'math: subtractions': math!, instruct: instruct!, math: math! };
  expect(rowsOf({ ...run, evaluations: { before: { ...before, families } } })).toEqual([
    ...['math aligned half', 'math: subtractions', 'qa', 'instruct'],
  ]);
});
