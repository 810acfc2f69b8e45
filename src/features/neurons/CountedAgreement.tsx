// Agreement of masks whose files are too large to be read unasked: all of them are counted in one pass, once somebody presses the button.
import { agreementFrom, type CountedTensor, MOST_MASKS, matrixFrom } from '../../core/masks/agreement';
import type { MaskRef } from '../../worker/atlasProtocol';
import { AgreementFrame, AgreementTable, type FrameProps, Pairwise } from './AgreementFrame';
import type { NamedMask } from './namedMasks';

export interface Counts {
  /** In the order of the counts. */
  masks: readonly MaskRef[];
  tensors: readonly CountedTensor[];
}

interface AgreementProps extends Omit<FrameProps, 'children'> {
  /** null: nothing was counted yet. */
  counts: Counts | null;
  /** What counting reads, and how long that takes: a sentence. */
  readsText: string;
  isBusy: boolean;
  onCount(): void;
  onOpen(tensor: string): void;
}

export function CountedAgreement({ counts, readsText, isBusy, onCount, onOpen, ...frame }: AgreementProps) {
  const { masks, a, b, onPair } = frame;
  const places = new Map(counts?.masks.map((mask, i) => [JSON.stringify(mask), i]));
  const placeOf = ({ mask }: NamedMask): number | undefined => places.get(JSON.stringify(mask));
  const [inA, inB] = [a && placeOf(a), b && placeOf(b)];
  const isCounted = counts !== null && typeof inA === 'number' && typeof inB === 'number';
  const known = masks.filter((mask) => placeOf(mask) !== undefined);
  const isWhole = known.length === masks.slice(0, MOST_MASKS).length;
  // Counted without those that are gone, and in the order of the list.
  const order = known.map((mask) => placeOf(mask)!);
  return (
    <AgreementFrame {...frame}>
      {counts && isCounted && <AgreementTable agreement={agreementFrom(counts.tensors, inA, inB)} onOpen={onOpen} />}
      {counts && known.length > 2 && (
        <Pairwise masks={known} matrix={matrixFrom(labelsOf(known), inOrder(counts.tensors, order))} onPair={onPair} />
      )}
      {!isWhole && (
        <div className="neurons-controls">
          <button type="button" className="button" disabled={isBusy} onClick={onCount}>
            {masks.length > 2 ? 'Compare all masks' : 'Compare the masks'}
          </button>
          <span className="caption">
            {counts && 'There are masks that have not been compared yet. '}
            {readsText}
          </span>
        </div>
      )}
    </AgreementFrame>
  );
}

const labelsOf = (masks: readonly NamedMask[]): string[] => masks.map(({ label }) => label);

/** The counts of these masks only. */
const inOrder = (tensors: readonly CountedTensor[], order: readonly number[]): CountedTensor[] =>
  tensors.map((tensor) => ({
    ...tensor,
    ones: order.map((mask) => tensor.ones[mask]!),
    both: order.map((i, at) => order.slice(0, at + 1).map((j) => tensor.both[Math.max(i, j)]![Math.min(i, j)]!)),
  }));
