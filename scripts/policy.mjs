// The Content Security Policy: one for the studio's page, one for the frame that a hub is asked through. The build writes them into the
// pages as <meta> (scripts/policyPlugin.ts), so that they hold on hosts that send no headers; our own server sends them too.
// SECURITY.md explains them line by line.

/** @param {Record<string, string>} directives */
const policy = (directives) =>
  Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`.trim())
    .join('; ');

const NOTHING = { 'default-src': "'none'", 'base-uri': "'none'", 'form-action': "'none'", 'object-src': "'none'" };

export const PAGE_POLICY = policy({
  ...NOTHING,
  // TensorFlow.js's glue code takes its threads' scripts from blob: addresses; they inherit this policy.
  'script-src': "'self' blob: 'wasm-unsafe-eval'",
  'worker-src': "'self' blob:",
  'style-src': "'self'",
  'img-src': "'self'",
  'font-src': "'self'",
  'connect-src': "'self'",
  'frame-src': "'self'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'default',
});

/** It runs no script and shows nothing: it may ask servers, and nothing else (src/app/hubFrame.ts). */
export const HUB_POLICY = policy({ ...NOTHING, 'connect-src': 'http: https:' });

/** The pages that the build makes, each with its policy. */
export const POLICIES = { 'index.html': PAGE_POLICY, 'hub.html': HUB_POLICY };

/**
 * What our server sends with a file. Pages may not be framed by others, which no <meta> can say.
 * @param {string} name of the file, without its folder
 */
export const policyHeader = (name) => ({
  'Content-Security-Policy': `${name === 'hub.html' ? HUB_POLICY : PAGE_POLICY}; frame-ancestors 'self'`,
});
