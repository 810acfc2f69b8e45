// The Inspect view's store and its worker in the page, made when the view is first opened; one for a studio, so that it outlives the view.
import { createInspect, type Inspect } from '../state/inspect';
import type { Studio } from '../state/studioActions';
import { createInspectClient, type InspectPort } from '../worker/inspectClient';

const createWorker = (): InspectPort =>
  new Worker(new URL('../worker/inspect.worker.ts', import.meta.url), { type: 'module' });

const homes = new WeakMap<Studio, Inspect>();

/** The same one every time. */
export function inspectOf(studio: Studio): Inspect {
  const there = homes.get(studio);
  if (there) return there;
  const inspect = createInspect(createInspectClient(createWorker, () => inspect.forget()));
  homes.set(studio, inspect);
  return inspect;
}
