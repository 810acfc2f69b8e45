// The pictures of something that is no run: two checkpoints in files, or a mask file. Choices come from outside, answers from the atlas client of the context.
import { useState } from 'react';
import { Term } from '../../components/glossary/Term';
import { selectionText } from '../../components/selectionText';
import type { MaskOptions } from '../../core/masks/selectMask';
import type { TensorSpec } from '../../core/model/config';
import type { PictureChoice } from '../../state/neuronsChoice';
import type { LayerRef, MaskRef, SelectionSummary } from '../../worker/atlasProtocol';
import { LorenzCurve } from './LorenzCurve';
import { type LayerInfo, statisticFor } from './layers';
import { NeuronToolbar } from './NeuronToolbar';
import type { NamedMask } from './namedMasks';
import { WithRefusals } from './RefusalNote';
import { SaveMask } from './SaveMask';
import type { Subject } from './subject';
import { TensorPictures } from './TensorPictures';
import { useAnswer } from './useAtlas';
import { usePlaces } from './usePlaces';
import './neuronsView.css';

/** One thing to look at. */
export interface SubjectLayer<Name extends string> {
  info: LayerInfo<Name>;
  layer: LayerRef;
  /** Whose densities, ranks and counts are told beside it. */
  mask: MaskRef | null;
  selection: SelectionSummary | null;
}

interface SubjectProps<Name extends string> {
  subject: Subject;
  /** Those that are there; at least one. */
  layers: readonly SubjectLayer<Name>[];
  choice: PictureChoice & { layer: Name; visit: number };
  onChoice(change: Partial<PictureChoice> & { layer?: Name }): void;
  /** Of |Δ|. */
  threshold: number | null;
  pair: { a: NamedMask; b: NamedMask } | null;
  hasUpdate: boolean;
  /** What ranks the change, for its concentration; null where there is no change. */
  options: MaskOptions | null;
}

export function SubjectView<Name extends string>(props: SubjectProps<Name>) {
  return (
    <div className="neurons">
      <WithRefusals>
        <SubjectBody {...props} />
      </WithRefusals>
    </div>
  );
}

function SubjectBody<Name extends string>(props: SubjectProps<Name>) {
  const { subject, layers, choice, onChoice, threshold, pair, hasUpdate, options } = props;
  const [said, setSaid] = useState<string | null>(null);
  const places = usePlaces((tensor) => onChoice({ tensor }));
  const shown = layers.find(({ info }) => info.name === choice.layer) ?? layers[0]!;
  const { info, layer, mask, selection } = shown;
  const tensor = subject.specs.find(({ name }) => name === choice.tensor) ?? densest(subject.specs, selection);
  if (!tensor) return <p className="neurons-empty">There is no tensor to look at.</p>;
  const { ownDomains, order, filter } = choice;
  return (
    <>
      <div ref={places.top} tabIndex={-1} className="neurons-top">
        <NeuronToolbar
          layers={layers.map((one) => one.info)}
          {...{ info, ownDomains, order, filter }}
          statistic={statisticFor(info, choice.statistic)}
          isThere={() => true}
          onLayer={(next) => onChoice({ layer: next })}
          onStatistic={(statistic) => onChoice({ statistic })}
          onOwnDomains={(own) => onChoice({ ownDomains: own })}
          onOrder={(next) => onChoice({ order: next })}
          onFilter={(next) => onChoice({ filter: next })}
        />
      </div>
      {options && selection && <p>{selectionText(selection, options.rule)}</p>}
      <TensorPictures
        key={choice.visit}
        {...{ subject, tensor, info, layer, mask, selection, threshold, pair, hasUpdate, choice, onChoice, places }}
      />
      {options && <Concentrated subject={subject} options={options} />}
      {mask && (
        <section className="neurons-panel" aria-labelledby="neurons-files">
          <h3 id="neurons-files" className="heading">
            Save
          </h3>
          <div className="neurons-controls">
            <SaveMask mask={mask} name={`${subject.name}-${info.name}`} onSaid={setSaid} />
          </div>
          {said && <p role="alert">{said}</p>}
        </section>
      )}
    </>
  );
}

function Concentrated({ subject, options }: { subject: Subject; options: MaskOptions }) {
  const curve = useAnswer({ type: 'concentration', runId: subject.id, options }, 'concentration').value;
  if (!curve) return null;
  return (
    <section className="neurons-panel" aria-labelledby="neurons-findings">
      <h3 id="neurons-findings" className="heading">
        <Term name="concentration">Concentration</Term>
      </h3>
      <LorenzCurve curve={curve} runName={subject.name} />
    </section>
  );
}

/** Where the mask is densest among the matrices; the first of them without a mask. */
function densest(specs: readonly TensorSpec[], selection: SelectionSummary | null): TensorSpec | undefined {
  const density = new Map(selection?.tensors.map((row) => [row.name, row.density]));
  const matrices = specs.filter(({ shape }) => shape.length > 1);
  const [first, ...others] = matrices.length > 0 ? matrices : specs;
  return others.reduce(
    (best, one) => ((density.get(one.name) ?? 0) > (density.get(best?.name ?? '') ?? 0) ? one : best),
    first,
  );
}
