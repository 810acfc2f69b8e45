// Agreement of a run's masks with others, and how early in the warm-up its own was settled.

import { MOST_MASKS } from '../../core/masks/agreement';
import type { AtlasQuestion, HeldRun } from '../../worker/atlasProtocol';
import { AgreementFrame, AgreementTable, type FrameProps, Pairwise } from './AgreementFrame';
import { ChurnFigure } from './ChurnFigure';
import { churnSteps } from './churnSteps';
import { churnEmptyText } from './emptyText';
import { useAnswer } from './useAtlas';

interface PanelProps extends Omit<FrameProps, 'children' | 'emptyText' | 'foot'> {
  held: HeldRun;
  churn: Extract<AtlasQuestion, { type: 'churn' }> | null;
  onOpen(tensor: string): void;
}

/** Of a run: answers come by themselves. */
export function AgreementPanel({ masks, a, b, held, churn, onPair, onOverlay, onOpen }: PanelProps) {
  const agreement = useAnswer(a && b ? { type: 'agreement', a: a.mask, b: b.mask } : null, 'agreement');
  const shown = masks.slice(0, MOST_MASKS);
  const matrix = useAnswer(
    shown.length > 2 ? { type: 'matrix', masks: shown.map(({ label, mask }) => ({ label, mask })) } : null,
    'matrix',
  ).value;
  return (
    <AgreementFrame
      {...{ masks, a, b, onPair, onOverlay }}
      emptyText="Masks come from this run's warm-up, from other runs of this visit, and from files opened under In and out."
      foot={
        churn ? (
          <ChurnFigure question={churn} runName={held.name} />
        ) : (
          <p className="caption">{churnEmptyText({ hasUpdate: held.hasUpdate, steps: churnSteps(held) })}</p>
        )
      }
    >
      {agreement.error && <p role="alert">{agreement.error}</p>}
      {agreement.value && <AgreementTable agreement={agreement.value} onOpen={onOpen} />}
      {matrix && <Pairwise masks={shown} matrix={matrix} onPair={onPair} />}
      {masks.length > MOST_MASKS && (
        <p className="caption">
          The first {MOST_MASKS} of {masks.length} masks are compared; take kept ones away to see the others.
        </p>
      )}
    </AgreementFrame>
  );
}
