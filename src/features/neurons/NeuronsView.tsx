// Neurons: every tensor of a run as an atlas of thumbnails and one of them large, the mask lab, agreement of masks, files in and out.
// The arrays are in the atlas worker; here are choices and answers only.

import { Glossed } from '../../components/glossary/Term';
import { isMasked } from '../../core/config';
import type { RunState } from '../../state/runState';
import { useStudioState } from '../../state/useStudio';
import type { HeldRun } from '../../worker/atlasProtocol';
import { emptyText, frozenText, largeText } from './emptyText';
import { densitySentence, labTitle, maskCaption, maskTitle } from './maskText';
import { NeuronsBody } from './NeuronsBody';
import { WithRefusals } from './RefusalNote';
import './neuronsView.css';

export function NeuronsView({ run }: { run: RunState | null }) {
  const holdings = useStudioState((state) => state.atlas);
  const held = holdings.runs.find(({ runId }) => runId === run?.id) ?? null;
  const wanted = useStudioState((state) => state.neurons.layer);
  const mask =
    run &&
    (wanted === 'improving'
      ? (run.masks.improving ?? run.masks.forgetting)
      : (run.masks.forgetting ?? run.masks.improving));
  const isGone = run?.started && !held && mask;
  const lab = useStudioState((state) => state.neurons.lab);
  const isFree = run?.started && !isMasked(run.config);
  const title = !mask
    ? isFree
      ? 'Every weight may change'
      : 'Which weights may change'
    : wanted === 'lab' && held?.hasUpdate
      ? labTitle(lab)
      : maskTitle(mask, run.config);
  const dropped =
    holdings.dropped.length > 0
      ? `Weights of ${holdings.dropped.join(', ')} are no longer held: only the last three runs' are.`
      : null;
  return (
    <section className="neurons" aria-labelledby="neurons-title">
      <header className="neurons-head">
        <h2 id="neurons-title" className="title">
          <Glossed text={title} terms={['mask', 'forgetting', 'improving']} />
        </h2>
        {isFree && held && isSeen(held) && <p className="caption">{emptyText(run)}</p>}
        {mask && (
          <p className="caption">
            {wanted === 'lab' && 'The run itself: '}
            {maskCaption(mask)} {densitySentence(mask)} {frozenText(run)}
          </p>
        )}
        {run?.started && largeText(run.started.totalParameters) && (
          <p className="caption">{largeText(run.started.totalParameters)}</p>
        )}
        {dropped && <p className="caption">{dropped}</p>}
      </header>
      {isGone ? (
        <p className="neurons-empty">
          The weights of this run are no longer held: the atlas keeps the last three runs. Start it again to look at
          them.
        </p>
      ) : run?.started && held && isSeen(held) ? (
        <WithRefusals>
          <NeuronsBody run={run} started={run.started} held={held} holdings={holdings} />
        </WithRefusals>
      ) : (
        <p className="neurons-empty">{emptyText(run)}</p>
      )}
    </section>
  );
}

/** Before that the sentence about what is to come says more than a picture of the SFT weights. */
const isSeen = ({ masks, moments, updateSteps }: HeldRun): boolean =>
  masks.length > 0 || moments.includes('improved') || updateSteps.length > 0;
