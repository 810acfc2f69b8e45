// The view once a run has something to see: one place for what is chosen, the parts below it draw and ask.
import { useMemo } from 'react';
import { momentLabel } from '../../components/stageNames';
import type { RunConfig } from '../../core/config';
import type { LayerName } from '../../state/neuronsChoice';
import type { Moment, RunState } from '../../state/runState';
import { useMoment } from '../../state/useMoment';
import { useStudio, useStudioState } from '../../state/useStudio';
import type { HeldRun, Holdings, MaskRef, SelectionSummary } from '../../worker/atlasProtocol';
import { AgreementPanel } from './AgreementPanel';
import { isChurnable } from './churnSteps';
import { labEmptyText } from './emptyText';
import { InOut } from './InOut';
import { LabFindings } from './LabFindings';
import {
  hasLayer,
  isOfMoment,
  LAYERS,
  type LayerInfo,
  labMask,
  layerInfo,
  layerRef,
  maskOfLayer,
  shownLayer,
  sightOf,
  statisticFor,
} from './layers';
import { MaskLab } from './MaskLab';
import { MomentChange } from './MomentChange';
import { densities } from './maskText';
import { NeuronToolbar } from './NeuronToolbar';
import { namedMasks, pairOf } from './namedMasks';
import { notThere } from './notThere';
import { runSubject } from './subject';
import { TensorPictures } from './TensorPictures';
import { useAnswer } from './useAtlas';
import { usePlaces } from './usePlaces';

interface BodyProps {
  run: RunState;
  started: NonNullable<RunState['started']>;
  held: HeldRun;
  holdings: Holdings;
}

export function NeuronsBody({ run, started, held, holdings }: BodyProps) {
  const studio = useStudio();
  const choice = useStudioState((state) => state.neurons);
  const { ownDomains, order, filter } = choice;
  const subject = useMemo(() => runSubject(run, started), [run, started]);
  const places = usePlaces((tensor) => studio.setNeurons({ tensor }));

  const lab = labMask(run.id, choice, run.config.seed);
  const masks = namedMasks(holdings, held, lab, choice.kept);
  const { a, b, missing } = pairOf(masks, choice.pair);
  const pair = a && b ? { a: a.mask, b: b.mask } : null;
  const { moment, previous } = useMoment(run);
  const sight = useMemo(() => sightOf(run.config, held, moment, previous), [run.config, held, moment, previous]);
  const name = shownLayer(choice.layer, held, pair, sight);
  const info = useMemo(() => namedLayer(name ?? 'forgetting', moment, run.config), [name, moment, run.config]);
  const mask = maskOfLayer(info.name, held, lab, pair, sight);
  const layer = layerRef(info.name, run.id, mask, pair, sight);
  const shownStatistic = statisticFor(info, choice.statistic);
  const selection = useAnswer(mask && { type: 'select', mask }, 'selection').value;
  const labSelection = useAnswer(held.hasUpdate ? { type: 'select', mask: lab } : null, 'lab');
  const tensor = started.tensors.find((spec) => spec.name === choice.tensor) ?? densest(started.tensors, run.masks);
  const threshold = thresholdOf(mask, run, selection);
  if (!layer) return null;
  return (
    <>
      <div ref={places.top} tabIndex={-1} className="neurons-top">
        <NeuronToolbar
          layers={LAYERS}
          {...{ info, ownDomains, order, filter }}
          statistic={shownStatistic}
          isThere={(one) => hasLayer(one, held, pair, sight)}
          onLayer={(next) => studio.setNeurons({ layer: next })}
          onStatistic={(statistic) => studio.setNeurons({ statistic })}
          onOwnDomains={(own) => studio.setNeurons({ ownDomains: own })}
          onOrder={(next) => studio.setNeurons({ order: next })}
          onFilter={(next) => studio.setNeurons({ filter: next })}
        />
      </div>
      <MaskLab
        runId={run.id}
        lab={choice.lab}
        mask={lab}
        selection={labSelection}
        hasUpdate={held.hasUpdate}
        hasGradient={held.hasGradient}
        closedText={labEmptyText(run)}
        kept={choice.kept}
        onKept={(kept) => studio.setNeurons({ kept })}
        onLab={(next) => studio.setNeurons({ lab: next, layer: 'lab' })}
      />
      {notThere(choice, tensor, missing).map((note) => (
        <p key={note} className="caption" role="status">
          {note}
        </p>
      ))}
      {isOfMoment(info.name) && <MomentChange name={info.name} {...{ sight, moment, previous }} config={run.config} />}
      <TensorPictures
        {...{ subject, tensor, info, layer, mask, selection, threshold, choice, places }}
        pair={a && b && { a, b }}
        hasUpdate={held.hasUpdate}
        onChoice={studio.setNeurons}
      />
      <div className="neurons-more">
        {held.hasUpdate && <LabFindings subject={subject} options={lab.options} selection={labSelection} />}
        <AgreementPanel
          {...{ masks, a, b, held }}
          churn={isChurnable(held, choice.lab.rule) ? { type: 'churn', runId: run.id, options: lab.options } : null}
          onPair={(first, second) => studio.setNeurons({ pair: { a: first, b: second } })}
          onOverlay={() => {
            studio.setNeurons({ layer: 'overlay' });
            places.goToTop();
          }}
          onOpen={places.open}
        />
      </div>
      <InOut runId={run.id} mask={mask} name={`${run.name}-${info.name}`} hasUpdate={held.hasUpdate} />
    </>
  );
}

/** Layers of a moment say of which, on the page and in what is saved of it. */
function namedLayer(name: LayerName, moment: Moment | null, config: Pick<RunConfig, 'method'>): LayerInfo<LayerName> {
  const info = layerInfo(name);
  return isOfMoment(name) && moment ? { ...info, label: `${info.label} at ${momentLabel(moment, config)}` } : info;
}

/** The matrix where the run's own mask is densest: the picture that opens first, and stays while the lab's mask changes. */
function densest<T extends { name: string; shape: readonly number[] }>(
  specs: readonly T[],
  masks: RunState['masks'],
): T {
  const mask = masks.forgetting ?? masks.improving;
  const density = new Map(mask && densities(mask).map((row) => [row.name, row.density]));
  const matrices = specs.filter(({ shape }) => shape.length > 1);
  return (matrices.length > 0 ? matrices : specs).reduce((best, one) =>
    (density.get(one.name) ?? 0) > (density.get(best.name) ?? 0) ? one : best,
  );
}

/** Of |Δθ|, which the pictures draw: a threshold of the gradient has no place there. */
function thresholdOf(mask: MaskRef | null, run: RunState, selection: SelectionSummary | null) {
  if (mask?.from === 'run' && mask.runId === run.id) return run.masks[mask.purpose]?.threshold ?? null;
  if (mask?.from === 'lab' && mask.options.rule !== 'gradient') return selection?.edges.upper?.threshold ?? null;
  return null;
}
