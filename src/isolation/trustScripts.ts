// The page's policy for Trusted Types: which text may become the address of a script that a browser starts. Where a browser does not
// know Trusted Types nothing happens, and worker-src decides alone.

/** Of the browser's Trusted Types only what is used. */
interface TrustedTypes {
  createPolicy(name: 'default', rules: { createScriptURL(address: string): string | null }): unknown;
}

/** The service worker at the studio's top, and workers that begin as a blob: of this page (worker/startWorker.ts). */
export const isOwnScript = (address: string, base: string): boolean =>
  address.startsWith(`blob:${new URL(base).origin}/`) || address === new URL('serviceWorker.js', base).href;

/** To be called before anything starts a worker. No rule makes HTML or script text: both are refused everywhere. */
export function trustScripts(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy('default', {
    createScriptURL: (address) => (isOwnScript(address, document.baseURI) ? address : null),
  });
}
