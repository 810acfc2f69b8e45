// The golden-vector runner for a browser page: src/cli/vectors.ts bundles this file and calls the function it leaves on the global object.
import { tf } from '../tf';
import { runVectors, type VectorReport } from './runVectors';

/** Files as they travel into the page: texts, and the bytes of the others in base64. */
export interface PageVectors {
  json: { name: string; text: string }[];
  binary: Record<string, string>;
}

declare global {
  var runGoldenVectors: ((backend: string, vectors: PageVectors) => Promise<VectorReport>) | undefined;
}

globalThis.runGoldenVectors = async (backend, { json, binary }) => {
  if (!(await tf.setBackend(backend))) throw new Error(`The backend "${backend}" did not start in this browser.`);
  const load = async (name: string): Promise<Uint8Array> => {
    const base64 = binary[name];
    if (base64 === undefined) throw new Error(`the file "${name}" is missing`);
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  };
  return runVectors({ json, load }, 'gpu');
};
