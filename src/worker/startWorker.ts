// Starts the studio's workers so that the page's Content Security Policy holds in them. A worker from an address has the policy of its own
// answer, which is none on a host that sends no headers; one that begins as a blob: inherits the page's, `connect-src 'self'` included.

/**
 * The blob's script. The worker's own modules run first; what they hear, and the threads they start from blobs, comes later. The threads'
 * addresses are text, made by libraries, so they need a Trusted Types policy here as the worker itself does in the page.
 */
const starter = (address: string): string => `import ${JSON.stringify(address)};
self.trustedTypes?.createPolicy('default', { createScriptURL: (url) => (url.startsWith('blob:') ? url : null) });`;

const starters = new Map<string, string>();

/** `address`: of a module, as `?worker&url` gives it. `name`: what the worker reads in `self.name`. */
export function startWorker(address: string, name?: string): Worker {
  const absolute = new URL(address, location.href).href;
  // Some hundred bytes for each of the few workers, kept: browsers may read them later than the worker is asked for.
  const known = starters.get(absolute);
  const url = known ?? URL.createObjectURL(new Blob([starter(absolute)], { type: 'text/javascript' }));
  starters.set(absolute, url);
  return new Worker(url, { type: 'module', name });
}
