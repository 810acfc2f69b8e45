// What a button that opens records needs (components/RecordsOpener.tsx).
import type { RecordsState } from './records';
import { useStudio, useStudioState } from './useStudio';

export function useRecordsOpener(): Pick<RecordsState, 'reading' | 'refused'> & { onOpen(file: File): void } {
  const { records } = useStudio();
  const { reading, refused } = useStudioState((state) => state.records);
  return { reading, refused, onOpen: (file) => void records.open(file) };
}
