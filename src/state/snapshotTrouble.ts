// What is told when the time line could not keep everything.
import type { SnapshotTrouble } from './snapshotStore';

const LONGEST_UNUSED = 'above the cap the moments that were looked at longest ago lose their tokens';

export const TROUBLE_TEXT: Readonly<Record<SnapshotTrouble, string>> = {
  refused: `This browser refuses its storage (a private window, or blocked site data): ${LONGEST_UNUSED}. The System view can allow more memory.`,
  full: `The browser’s storage is full: ${LONGEST_UNUSED}. The System view can allow more memory; storage is tried again after a reload.`,
  damaged: 'A moment could not be read back from the browser’s storage; its tokens are gone.',
};
