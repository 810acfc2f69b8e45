// What of an answer to the page can be handed over instead of copied.
import type { AtlasAnswer } from './atlasProtocol';

/** Only arrays that were made for the answer: tiles, histograms and files. */
export function buffersOfAnswer({ type, value }: AtlasAnswer): ArrayBuffer[] {
  const array = type === 'tile' || type === 'export' ? value : type === 'histogram' ? value.counts : null;
  return array && array.buffer instanceof ArrayBuffer && array.buffer.byteLength > 0 ? [array.buffer] : [];
}
