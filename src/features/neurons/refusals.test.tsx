import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { RefusalNote } from './RefusalNote';
import { createRefusals, refusalText } from './refusals';

const textOf = ({ store }: ReturnType<typeof createRefusals>) => refusalText(store.getState().refused);

test('says each reason once, until whoever asked is answered', () => {
  const refusals = createRefusals();
  const [one, two, three] = [{}, {}, {}];
  expect(textOf(refusals)).toBeNull();
  refusals.report(one, 'The mask is gone.');
  refusals.report(two, 'The mask is gone.');
  refusals.report(three, 'No gradient.');
  expect(textOf(refusals)).toBe('Not everything could be shown. The mask is gone. No gradient.');
  refusals.settle(one);
  refusals.settle(three);
  expect(textOf(refusals)).toBe('Not everything could be shown. The mask is gone.');
});

test('trying again starts afresh', () => {
  const refusals = createRefusals();
  refusals.report({}, 'The mask is gone.');
  refusals.tryAgain();
  expect([textOf(refusals), refusals.store.getState().attempt]).toEqual([null, 1]);
});

test('is a status with a button, and an empty one while all is well', () => {
  const html = renderToStaticMarkup(<RefusalNote text="Not everything could be shown. Why." onTryAgain={() => {}} />);
  expect(html).toMatch(/^<div role="status"><p>Not everything could be shown\. Why\. <button[^>]*>Try again<\/button>/);
  expect(renderToStaticMarkup(<RefusalNote text={null} onTryAgain={() => {}} />)).toBe('<div role="status"></div>');
});
