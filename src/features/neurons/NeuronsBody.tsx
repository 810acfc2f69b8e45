// The view once a run has something to see: one place for what is chosen, the parts below it draw and ask.
import { useMemo, useRef, useState } from 'react';
import { formatShare } from '../../components/format';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import { ColourBar, Swatch } from '../../components/Legend';
import { divergingMap, rampCss, sequentialMap, themeOf } from '../../components/matrix/colourMaps';
import { ScaleBar } from '../../components/matrix/ScaleBar';
import { momentLabel } from '../../components/stageNames';
import type { RunConfig } from '../../core/config';
import type { LayerName } from '../../state/neuronsChoice';
import type { Moment, RunState } from '../../state/runState';
import { useMoment } from '../../state/useMoment';
import { useStudio, useStudioState } from '../../state/useStudio';
import type { BlockStatistic, HeldRun, Holdings, MaskRef, SelectionSummary } from '../../worker/atlasProtocol';
import { AgreementPanel, OverlayLegend } from './AgreementPanel';
import { isChurnable } from './churnSteps';
import { DensityTable } from './DensityTable';
import { labEmptyText } from './emptyText';
import { InOut } from './InOut';
import { LabFindings } from './LabFindings';
import {
  hasLayer,
  isOfMoment,
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
import { EnteredLegend, MomentChange } from './MomentChange';
import { densities } from './maskText';
import { NeuronAtlas } from './NeuronAtlas';
import { NeuronDetail } from './NeuronDetail';
import { NeuronToolbar } from './NeuronToolbar';
import { type NamedMask, namedMasks, pairOf } from './namedMasks';
import { notThere } from './notThere';
import { useAnswer } from './useAtlas';
import { useLayerColours } from './useLayerColours';
import { type LayerScale, useLayerScale } from './useLayerScale';

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
  const [marker, setMarker] = useState<number | null>(null);
  const detail = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);

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
  const isNamed = choice.tensor === null || choice.tensor === tensor.name;
  const scale = useLayerScale(info, layer, ownDomains ? tensor.name : null, choice.scale, (next) =>
    studio.setNeurons({ scale: next }),
  );
  const reach = Math.min(1, Math.max(0.01, 3 * (selection?.achievedShare ?? 0.05)));
  const colours = useLayerColours(info, shownStatistic, reach, scale.domain);
  const threshold = thresholdOf(mask, run, selection);
  const open = (wanted: string) => {
    studio.setNeurons({ tensor: wanted });
    // Below the atlas on narrow screens; beside it otherwise, where this does nothing.
    requestAnimationFrame(() => detail.current?.scrollIntoView({ block: 'nearest' }));
  };
  /** To the pictures, from what stands below them. */
  const goToTop = () => {
    top.current?.focus();
    top.current?.scrollIntoView({ block: 'start' });
  };
  if (!layer) return null;
  return (
    <>
      <div ref={top} tabIndex={-1} className="neurons-top">
        <NeuronToolbar
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
      <LayerLegend
        {...{ info, scale, reach, marker, threshold }}
        pair={a && b && { a, b }}
        statistic={shownStatistic}
      />
      <div className="neurons-body">
        <div className="neurons-side">
          <NeuronAtlas
            runName={run.name}
            specs={started.tensors}
            {...{ info, layer, colours, ownDomains, selection, order, filter }}
            statistic={shownStatistic}
            scale={choice.scale}
            hasMask={mask !== null}
            opened={tensor.name}
            onOpen={open}
          />
          {selection && <DensityTable selection={selection} what={info.label} onOpen={open} />}
        </div>
        <div ref={detail} className="neurons-detail">
          <NeuronDetail
            key={tensor.name}
            runId={run.id}
            runName={run.name}
            spec={tensor}
            model={started.model}
            vocabulary={started.vocabulary}
            {...{ info, layer, mask, colours, selection, threshold }}
            hasUpdate={held.hasUpdate}
            statistic={shownStatistic}
            place={isNamed ? choice.place : null}
            cell={isNamed ? choice.cell : null}
            onSight={(place, cell) =>
              // The densest matrix gets its name with the first thing to remember of it.
              studio.setNeurons({ place, cell, ...((place || cell) && { tensor: tensor.name }) })
            }
            onValue={setMarker}
          >
            <button type="button" className="neurons-link neurons-back" onClick={goToTop}>
              Back to all tensors
            </button>
          </NeuronDetail>
        </div>
      </div>
      <div className="neurons-more">
        {held.hasUpdate && (
          <LabFindings
            runId={run.id}
            runName={run.name}
            architecture={started.model.architecture}
            options={lab.options}
            selection={labSelection}
          />
        )}
        <AgreementPanel
          {...{ masks, a, b, held }}
          churn={isChurnable(held, choice.lab.rule) ? { type: 'churn', runId: run.id, options: lab.options } : null}
          onPair={(first, second) => studio.setNeurons({ pair: { a: first, b: second } })}
          onOverlay={() => {
            studio.setNeurons({ layer: 'overlay' });
            goToTop();
          }}
          onOpen={open}
        />
      </div>
      <InOut runId={run.id} mask={mask} name={`${run.name}-${info.name}`} hasUpdate={held.hasUpdate} />
    </>
  );
}

/** Layers of a moment say of which, on the page and in what is saved of it. */
function namedLayer(name: LayerName, moment: Moment | null, config: Pick<RunConfig, 'method'>): LayerInfo {
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

interface LegendProps {
  info: LayerInfo;
  statistic: BlockStatistic;
  scale: LayerScale;
  reach: number;
  marker: number | null;
  threshold: number | null;
  pair: { a: NamedMask; b: NamedMask } | null;
}

function LayerLegend({ info, statistic, scale, reach, marker, threshold, pair }: LegendProps) {
  const theme = useThemeKey();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  const map = useMemo(() => {
    const ground = themeOf(themeColour('--paper'));
    return info.form === 'signed' ? divergingMap(ground) : sequentialMap(ground);
  }, [info.form, theme]);
  if (info.name === 'entered') return <EnteredLegend />;
  if (info.form === 'overlay') {
    return (
      <div className="neurons-overlay-legend">
        <OverlayLegend />
        {pair && (
          <p className="caption">
            A: {pair.a.label}. B: {pair.b.label}. Densities, ranks and counts along the edges are A’s.
          </p>
        )}
      </div>
    );
  }
  if (info.form === 'mask') {
    return (
      <div className="neurons-legend">
        <Swatch colour="var(--selected)">selected weight</Swatch>
        <Swatch colour="var(--quiet)">not selected, empty block</Swatch>
        {statistic === 'mean' && (
          <ColourBar
            label="density of an occupied block"
            colours={rampCss(map.ramp, 9)}
            ticks={['> 0', formatShare(reach / 2), reach < 1 ? `≥ ${formatShare(reach)}` : formatShare(1)]}
            marker={null}
          />
        )}
      </div>
    );
  }
  if (!scale.histogram || !scale.domain) return <p className="caption">The values are being counted …</p>;
  return (
    <ScaleBar
      label={info.label}
      domain={scale.domain}
      onDomain={scale.setDomain}
      map={map}
      histogram={scale.histogram}
      kinds={info.form === 'signed' ? ['linear', 'symlog'] : ['linear', 'log', 'symlog']}
      clip={scale.clip}
      onClip={scale.setClip}
      locked={scale.isLocked}
      onLock={scale.setLocked}
      marker={marker}
      threshold={info.name === 'size' && threshold !== null ? { value: threshold, label: 'threshold' } : null}
    />
  );
}
