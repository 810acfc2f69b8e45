// The `test` of every spec: whatever a spec does, no other origin is asked for anything, and no Content Security Policy is violated,
// in any page, worker or service worker of any context. What a spec provokes it names.
import { type BrowserContext, test as base, expect } from '@playwright/test';
import { INSECURE_HOST } from './setting';

export { expect };

const HOSTS = ['localhost', INSECURE_HOST];
const VIOLATION = /Content Security Policy|Trusted ?(Type|Script|HTML)/i;

interface Options {
  /** What is not held against the spec: `asked for <address>`, or the browser's words for a violated policy. */
  provoked: RegExp | null;
}

/** Keeps what a context must not do. The addresses that a spec opens are the studio's own; whatever else is asked for must be of them. */
function watch(context: BrowserContext, trouble: string[]): void {
  const origins = new Set<string>();
  context.on('request', (request) => {
    const { protocol, hostname, origin } = new URL(request.url());
    if (protocol === 'blob:' || protocol === 'data:') return;
    const isOpened = !request.serviceWorker() && request.isNavigationRequest() && !request.frame().parentFrame();
    if (isOpened && HOSTS.includes(hostname)) origins.add(origin);
    if (!origins.has(origin)) trouble.push(`asked for ${request.url()}`);
  });
  context.on('console', (message) => {
    if (VIOLATION.test(message.text())) trouble.push(message.text());
  });
}

export const test = base.extend<Options & { isClosed: undefined }, { trouble: string[] }>({
  provoked: [null, { option: true }],
  trouble: [
    async ({ browser }, use) => {
      const trouble: string[] = [];
      browser.on('context', (context) => watch(context, trouble));
      await use(trouble);
      // After the last test's `afterAll`.
      if (trouble.length > 0) throw new Error(trouble.join('\n'));
    },
    { scope: 'worker', auto: true },
  ],
  isClosed: [
    async ({ trouble, provoked }, use) => {
      await use(undefined);
      const found = trouble.splice(0).filter((text) => !provoked?.test(text));
      expect(found, 'asked of others, or against the policy').toEqual([]);
    },
    { auto: true },
  ],
});
