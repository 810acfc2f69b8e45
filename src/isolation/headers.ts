// Which requests the service worker answers, and with which headers. Pure, so that it can be tested without a browser.

/** What makes a page cross-origin isolated. The same as scripts/serve.mjs sends. */
export const ISOLATION_HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export type AskedFor = Pick<Request, 'method' | 'url' | 'mode' | 'cache'>;

/**
 * Only GETs below `scope` (the studio's folder, as an absolute address that ends in '/'). Of documents only the studio's
 * own: another page in a folder below it, which was never asked, might break under these headers.
 */
export function isAnswered({ method, url, mode, cache }: AskedFor, scope: string): boolean {
  if (method !== 'GET' || cache === 'only-if-cached' || !url.startsWith(scope)) return false;
  return mode !== 'navigate' || /^((index|hub)\.html)?([?#]|$)/.test(url.slice(scope.length));
}

/** Does the host send what isolates a page? */
export const isIsolating = ({ headers }: Pick<Response, 'headers'>): boolean =>
  headers.get('Cross-Origin-Opener-Policy') === 'same-origin' &&
  /^(require-corp|credentialless)\b/.test(headers.get('Cross-Origin-Embedder-Policy') ?? '');

/** The same response with the headers. Network errors, opaque responses and redirects (status 0) stay as they are. */
export function withIsolation(response: Response): Response {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION_HEADERS)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
