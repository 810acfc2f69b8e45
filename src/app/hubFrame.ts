// The way to a hub. The page itself may connect to nobody but its own host, and a page's policy cannot be loosened later; so while a
// download is on there is a hidden frame, hub.html, whose policy allows nothing but asking servers. It runs no script: the page calls its fetch.
import { HubError } from '../core/files/hubError';
import type { HubLine } from '../state/modelDesk';

const ADDRESS = 'hub.html';
/** A small file from the studio’s own host. Milliseconds. */
const PATIENCE = 15_000;

const refused = () =>
  new HubError(
    'missing',
    `The studio’s host gives no ${ADDRESS}, through which hubs are asked.`,
    'Put the whole build on the host, or download the files by hand and open the folder.',
  );

/** Puts the frame into the page; `close` removes it and breaks off what still comes through it. Throws HubError when the host lacks it. */
export async function openHubFrame(): Promise<HubLine> {
  const frame = document.createElement('iframe');
  Object.assign(frame, { hidden: true, title: 'Download' });
  frame.sandbox.add('allow-same-origin', 'allow-scripts');
  frame.src = new URL(ADDRESS, document.baseURI).href;
  const loaded = new Promise((resolve) => {
    frame.addEventListener('load', resolve, { once: true });
    setTimeout(resolve, PATIENCE);
  });
  document.body.append(frame);
  await loaded;
  const { contentWindow, contentDocument } = frame;
  // Of a host's page for missing files it is not known what it may do. An error page of the browser has no document for us.
  if (!contentWindow || contentDocument?.documentElement.dataset.purpose !== 'hub') {
    frame.remove();
    throw refused();
  }
  return { fetch: (url, init) => contentWindow.fetch(url, init), close: () => frame.remove() };
}
