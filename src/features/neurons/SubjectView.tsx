// The pictures of something that is no run: two checkpoints in files, or a mask file. Choices come from outside, answers from the atlas client of the context.
import { type ComponentProps, useState } from 'react';
import { selectionText } from '../../components/selectionText';
import type { MaskOptions } from '../../core/masks/selectMask';
import type { TensorSpec } from '../../core/model/config';
import type { NeuronsChoice, PictureChoice } from '../../state/neuronsChoice';
import type { LayerRef, MaskRef, SelectionSummary } from '../../worker/atlasProtocol';
import { CountedAgreement } from './CountedAgreement';
import { type LayerInfo, statisticFor } from './layers';
import { NeuronToolbar } from './NeuronToolbar';
import { type NamedMask, pairOf } from './namedMasks';
import { notThere } from './notThere';
import { WithRefusals } from './RefusalNote';
import { SaveMask } from './SaveMask';
import { type FindingsProps, SubjectFindings } from './SubjectFindings';
import type { Subject } from './subject';
import { TensorPictures } from './TensorPictures';
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
  choice: PictureChoice & { layer: Name; pair: NeuronsChoice['pair']; visit: number };
  onChoice(change: Partial<PictureChoice> & { layer?: Name; pair?: NeuronsChoice['pair'] }): void;
  /** Of |Δ|. */
  threshold: number | null;
  /** Those that can be compared. */
  masks: readonly NamedMask[];
  agreement: Pick<ComponentProps<typeof CountedAgreement>, 'counts' | 'readsText' | 'isBusy' | 'onCount'>;
  hasUpdate: boolean;
  /** What ranks the change; null where there is no change. */
  options: MaskOptions | null;
  findings: Omit<FindingsProps, 'subject' | 'options'> | null;
  /** Of the layers, the one that lays mask A over mask B. */
  overlay: Name;
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
  const { subject, layers, choice, onChoice, threshold, masks, agreement, hasUpdate, options, findings } = props;
  const [said, setSaid] = useState<string | null>(null);
  const places = usePlaces((tensor) => onChoice({ tensor }));
  const shown = layers.find(({ info }) => info.name === choice.layer) ?? layers[0]!;
  const { info, layer, mask, selection } = shown;
  const tensor = subject.specs.find(({ name }) => name === choice.tensor) ?? densest(subject.specs, selection);
  if (!tensor) return <p className="neurons-empty">There is no tensor to look at.</p>;
  const { ownDomains, order, filter } = choice;
  const { a, b, missing } = pairOf(masks, choice.pair);
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
      {[...notThere(choice, tensor, []), ...missing.map(missingText)].map((note) => (
        <p key={note} className="caption" role="status">
          {note}
        </p>
      ))}
      <TensorPictures
        key={choice.visit}
        {...{ subject, tensor, info, layer, mask, selection, threshold, hasUpdate, choice, onChoice, places }}
        pair={a && b && { a, b }}
      />
      <div className="neurons-more">
        {options && findings && <SubjectFindings {...{ subject, options, ...findings }} />}
        <CountedAgreement
          {...{ masks, a, b, ...agreement }}
          emptyText={EMPTY_TEXT[options ? 'pair' : 'file']}
          foot={options && <p className="caption">{NO_MOMENTS}</p>}
          onPair={(first, second) => onChoice({ pair: { a: first, b: second } })}
          onOverlay={() => {
            onChoice({ layer: props.overlay });
            places.goToTop();
          }}
          onOpen={places.open}
        />
      </div>
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

/** Where masks come from. */
const EMPTY_TEXT = {
  pair: 'Select another share, or open a mask file: every share selected stays to be compared, up to four.',
  file: 'Open another mask file, or two checkpoints to select from.',
} as const;

const missingText = (name: string | null): string =>
  `There is no mask “${name}” here; another one is compared. Select that share, or open that mask file.`;

const NO_MOMENTS =
  'How early a mask is settled needs several moments of a training; two checkpoints are one step of it.';

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
