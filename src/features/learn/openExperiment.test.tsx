// What an open experiment says of the results behind it.
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { findGuided } from '../../core/study/guidedList';
import type { Lab } from '../../state/lab';
import { FIRST_LAB } from '../../state/labAddress';
import type { LabState } from '../../state/labState';
import { LabContext } from '../../state/useLab';
import { OpenExperiment } from './OpenExperiment';

const pageOf = (changes: Partial<LabState>): string => {
  const state: LabState = {
    ...{ results: new Map(), recorded: { status: 'ready' }, trouble: null, undo: null, choice: FIRST_LAB },
    queue: { status: 'idle', jobs: [], secondsLeft: null },
    ...changes,
  };
  const lab = { store: createStore(() => state) } as Partial<Lab> as Lab;
  return renderToStaticMarkup(
    <LabContext value={lab}>
      <OpenExperiment experiment={findGuided('random-ten')!} given={null} onFate={() => {}} />
    </LabContext>,
  );
};

it('says that recorded results could not be loaded, before anybody computes them anew', () => {
  const error = { message: 'The recorded results could not be loaded: HTTP 500.', next: 'Try again.', detail: '' };
  const page = pageOf({ recorded: { status: 'failed', error } });
  expect(page).toMatch(/role="alert">The recorded results could not be loaded: HTTP 500\. Try again\..*Load again</);
  expect(page.indexOf('Load again')).toBeLessThan(page.indexOf('See what happens'));
  expect(pageOf({})).not.toContain('role="alert"');
});

it('says that the browser does not keep what is computed', () => {
  expect(pageOf({ trouble: 'The browser’s storage is full.' })).toContain(
    'role="alert">The browser’s storage is full.<',
  );
});
