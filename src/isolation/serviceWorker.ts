// The service worker: gives the studio's own files the headers that isolate the page, on hosts that cannot send them.
// It caches nothing: every answer comes from the network (or the browser's own cache) at that moment.
import { isAnswered, isIsolating, withIsolation } from './headers';

declare const self: ServiceWorkerGlobalScope;

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  if (isAnswered(event.request, self.registration.scope)) event.respondWith(answer(event.request));
});

async function answer(request: Request): Promise<Response> {
  const response = await fetch(request);
  // The host has learnt to send the headers: nobody needs this worker any more.
  if (request.mode === 'navigate' && isIsolating(response)) {
    await self.registration.unregister();
    return response;
  }
  return withIsolation(response);
}
