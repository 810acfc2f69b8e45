// The arrays that the atlas holds of a run, as files: changes, weights, what the warm-up's optimiser knew. Masks are atlasSession.ts's.
import { floatsFile, momentsFile } from '../core/bundle/arrayFiles';
import { writeDeltas } from '../core/masks/maskFile';
import type { AtlasQuestion } from './atlasProtocol';
import type { RunArrays } from './atlasRuns';

type ArrayExport = Extract<AtlasQuestion, { type: 'export'; runId: string }>;

/** Safetensors. Throws Error for what is not held (yet). */
export function exportedArrays(run: RunArrays, question: ArrayExport): Uint8Array<ArrayBuffer> {
  const { specs, weights, updates, secondMoment, gradient } = run;
  const all = (get: (tensor: string) => Float32Array | undefined, missing: string): Float32Array[] =>
    specs.map(({ name }) => {
      const values = get(name);
      if (!values) throw new Error(missing);
      return values;
    });
  switch (question.what) {
    case 'weights': {
      const { moment } = question;
      return floatsFile(
        specs,
        all((tensor) => weights.get(moment, tensor), `The weights “${moment}” are not held.`),
      );
    }
    case 'moments': {
      if (!secondMoment) throw new Error('No second moment was recorded.');
      const second = all((tensor) => secondMoment.get(tensor), 'No second moment was recorded.');
      const summed = gradient && all((tensor) => gradient.get(tensor), 'No accumulated gradient was recorded.');
      return momentsFile(specs, second, summed);
    }
    case 'update': {
      const { at } = question;
      if (at) {
        const missing = 'The change at this moment is not held.';
        return floatsFile(
          specs,
          all((tensor) => updates.get(at, tensor), missing),
        );
      }
      const { update } = weights;
      if (!update) throw new Error('The change of the weights is known when the warm-up is over.');
      return writeDeltas(specs, update, { 'allo.content': 'warm-up change' });
    }
  }
}
