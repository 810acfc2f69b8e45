// Which addresses may become scripts in the page.
import { expect, test } from 'vitest';
import { isOwnScript } from './trustScripts';

const BASE = 'https://host.test/some/where/?view=run';

test.each([
  ['https://host.test/some/where/serviceWorker.js', true],
  ['blob:https://host.test/5f0c', true],
  ['blob:https://host.test.evil.test/5f0c', false],
  ['blob:https://other.test/5f0c', false],
  ['https://host.test/serviceWorker.js', false],
  ['https://host.test/some/where/serviceWorker.js?x', false],
  ['https://other.test/some/where/serviceWorker.js', false],
  ['data:text/javascript,alert(1)', false],
  ['serviceWorker.js', false],
])('%s: %s', (address, isOwn) => {
  expect(isOwnScript(address, BASE)).toBe(isOwn);
});
