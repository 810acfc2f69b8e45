// The pictures of a subject: all its tensors as an atlas, one of them large, the legend of both and the table behind them.
import { useState } from 'react';
import type { TensorSpec } from '../../core/model/config';
import type { PictureChoice } from '../../state/neuronsChoice';
import type { LayerRef, MaskRef, SelectionSummary } from '../../worker/atlasProtocol';
import { DensityTable } from './DensityTable';
import { LayerLegend } from './LayerLegend';
import { type LayerInfo, statisticFor } from './layers';
import { NeuronAtlas } from './NeuronAtlas';
import { NeuronDetail } from './NeuronDetail';
import type { NamedMask } from './namedMasks';
import type { Subject } from './subject';
import { useLayerColours } from './useLayerColours';
import { useLayerScale } from './useLayerScale';
import type { Places } from './usePlaces';

interface PicturesProps {
  subject: Subject;
  /** The one that is shown large. */
  tensor: TensorSpec;
  info: LayerInfo;
  layer: LayerRef;
  /** Whose densities, ranks and counts are told. */
  mask: MaskRef | null;
  selection: SelectionSummary | null;
  /** Of |Δ|, for scale and histogram. */
  threshold: number | null;
  pair: { a: NamedMask; b: NamedMask } | null;
  hasUpdate: boolean;
  choice: PictureChoice;
  onChoice(change: Partial<PictureChoice>): void;
  places: Places;
}

export function TensorPictures(props: PicturesProps) {
  const { subject, tensor, info, layer, mask, selection, threshold, pair, hasUpdate, choice, onChoice } = props;
  const { detail, open, goToTop } = props.places;
  const { ownDomains, order, filter } = choice;
  const [marker, setMarker] = useState<number | null>(null);
  const statistic = statisticFor(info, choice.statistic);
  const isNamed = choice.tensor === null || choice.tensor === tensor.name;
  const scale = useLayerScale(info, layer, ownDomains ? tensor.name : null, choice.scale, (next) =>
    onChoice({ scale: next }),
  );
  const reach = Math.min(1, Math.max(0.01, 3 * (selection?.achievedShare ?? 0.05)));
  const colours = useLayerColours(info, statistic, reach, scale.domain);
  return (
    <>
      <LayerLegend {...{ info, scale, reach, marker, threshold, pair, statistic }} />
      <div className="neurons-body">
        <div className="neurons-side">
          <NeuronAtlas
            {...{ subject, info, layer, colours, ownDomains, selection, order, filter, statistic }}
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
            spec={tensor}
            {...{ subject, info, layer, mask, colours, selection, threshold, hasUpdate, statistic }}
            place={isNamed ? choice.place : null}
            cell={isNamed ? choice.cell : null}
            onSight={(place, cell) =>
              // The densest matrix gets its name with the first thing to remember of it.
              onChoice({ place, cell, ...((place || cell) && { tensor: tensor.name }) })
            }
            onValue={setMarker}
          >
            <button type="button" className="neurons-link neurons-back" onClick={goToTop}>
              Back to all tensors
            </button>
          </NeuronDetail>
        </div>
      </div>
    </>
  );
}
