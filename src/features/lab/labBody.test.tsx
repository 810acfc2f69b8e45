// What stands at the top of the lab when something is wrong with its results.
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { FIRST_LAB } from '../../state/labAddress';
import type { LabActions, LabState } from '../../state/labState';
import { LabBody } from './LabBody';
import { labData } from './labData';
import { keptText, labTitle } from './labText';

const STATE: LabState = {
  ...{ results: new Map(), recorded: { status: 'ready' }, trouble: null, undo: null, choice: FIRST_LAB },
  queue: { status: 'idle', jobs: [], secondsLeft: null },
};
const pageOf = (changes: Partial<LabState>): string =>
  renderToStaticMarkup(
    <LabBody lab={{ ...STATE, ...changes }} actions={{} as LabActions} link={() => ''} isTraining={false} />,
  );

test('recorded results that could not be loaded are told once, before the experiments', () => {
  const error = { message: 'The recorded results could not be loaded: HTTP 500.', next: 'Try again.', detail: '' };
  const page = pageOf({ recorded: { status: 'failed', error } });
  expect(page.split('role="alert"')).toHaveLength(2);
  expect(page.split('Load again')).toHaveLength(2);
  expect(page.indexOf('HTTP 500')).toBeLessThan(page.indexOf('Nine experiments'));
  expect(labTitle(labData([]), 'math', true)).toBe('Is it redundancy? The recorded results could not be loaded.');
});

test('storage that refuses results is told there too, and no run promises to keep them', () => {
  const page = pageOf({ trouble: 'The browser’s storage is full.' });
  expect(page.split('storage is full')).toHaveLength(2);
  expect(page.indexOf('storage is full')).toBeLessThan(page.indexOf('Nine experiments'));
  expect(keptText(false)).toContain('what is done is kept');
  expect(keptText(true)).not.toContain('is kept');
  expect(keptText(true)).toContain('export what is done');
});
