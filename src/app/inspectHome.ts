// The Inspect view's store and its worker in the page, made when the view is first opened; one for a studio, so that it outlives the view.
import { createInspect, type Inspect } from '../state/inspect';
import { type InspectState, linkOf } from '../state/inspectState';
import type { Studio } from '../state/studioActions';
import inspectAddress from '../worker/inspect.worker.ts?worker&url';
import { createInspectClient, type InspectPort } from '../worker/inspectClient';
import { startWorker } from '../worker/startWorker';

const createWorker = (): InspectPort => startWorker(inspectAddress);

/** What links are made of. */
const LINKED = ['look', 'options', 'slots', 'linked'] as const satisfies readonly (keyof InspectState)[];

const homes = new WeakMap<Studio, Inspect>();

/** The same one every time. */
export function inspectOf(studio: Studio): Inspect {
  const there = homes.get(studio);
  if (there) return there;
  const client = createInspectClient(createWorker, (why) => inspect.forget(why));
  const inspect = createInspect(client, studio.store.getState().inspect);
  inspect.store.subscribe((state, before) => {
    const isSame = LINKED.every((part) => state[part] === before[part]);
    if (!isSame) studio.setInspect(linkOf(state));
  });
  homes.set(studio, inspect);
  return inspect;
}
