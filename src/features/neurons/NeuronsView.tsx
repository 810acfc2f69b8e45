// Neurons: the mask of every tensor as an atlas of thumbnails, and one of them large. Forgetting and improving have a mask each.
import { useMemo, useRef, useState } from 'react';
import { Choice } from '../../components/Choice';
import { countOf, formatCount, formatPercent, formatShare } from '../../components/format';
import { isSingleStage } from '../../core/config';
import type { MaskPurpose, MaskTensor } from '../../core/events';
import type { RunState } from '../../state/runState';
import { densities, densitySentence, type MaskEvent, maskCaption, maskTitle, timesText } from './maskText';
import { NeuronAtlas } from './NeuronAtlas';
import { NeuronDetail } from './NeuronDetail';
import './neuronsView.css';

const PURPOSES: readonly { value: MaskPurpose; label: string }[] = [
  { value: 'forgetting', label: 'Forgetting' },
  { value: 'improving', label: 'Improving' },
];

export function NeuronsView({ run }: { run: RunState | null }) {
  const [purpose, setPurpose] = useState<MaskPurpose>('forgetting');
  const [opened, setOpened] = useState<string | null>(null);
  const detail = useRef<HTMLDivElement>(null);
  const other = purpose === 'forgetting' ? 'improving' : 'forgetting';
  const mask = run?.masks[purpose] ?? run?.masks[other];
  if (!run?.started || !mask) return <NoMask run={run} />;

  const tensor = mask.tensors.find((one) => one.name === opened) ?? densestMatrix(mask);
  const open = (name: string) => {
    setOpened(name);
    // Below the atlas on narrow screens; beside it otherwise, where this does nothing.
    requestAnimationFrame(() => detail.current?.scrollIntoView({ block: 'nearest' }));
  };
  return (
    <section className="neurons" aria-labelledby="neurons-title">
      <header className="neurons-head">
        <h2 id="neurons-title" className="title">
          {maskTitle(mask, isSingleStage(run.config.arm))}
        </h2>
        <p className="caption">
          {maskCaption(mask)} {densitySentence(mask)}
        </p>
        <Choice<MaskPurpose>
          label="Mask"
          options={PURPOSES.map((option) => ({ ...option, disabled: !run.masks[option.value] }))}
          value={mask.purpose}
          onChange={setPurpose}
        />
      </header>
      <div className="neurons-body">
        <NeuronAtlas mask={mask} opened={tensor.name} onOpen={open} />
        <div ref={detail} className="neurons-detail">
          <NeuronDetail
            key={`${mask.purpose} ${tensor.name}`}
            mask={mask}
            tensor={tensor}
            model={run.started.model}
            vocabulary={run.started.vocabulary}
          />
        </div>
      </div>
      <DensityTable mask={mask} onOpen={open} />
    </section>
  );
}

/** The matrix where the mask is densest: the picture that opens first. */
function densestMatrix(mask: MaskEvent): MaskTensor {
  const share = (tensor: MaskTensor) => tensor.selected / Math.max(1, tensor.mask.length);
  const matrices = mask.tensors.filter((tensor) => tensor.shape.length > 1);
  return (matrices.length > 0 ? matrices : mask.tensors).reduce((best, one) => (share(one) > share(best) ? one : best));
}

function DensityTable({ mask, onOpen }: { mask: MaskEvent; onOpen(name: string): void }) {
  const rows = useMemo(() => densities(mask), [mask]);
  return (
    <details>
      <summary>Show as table</summary>
      <div className="scroll-x">
        <table className="table neurons-table">
          <caption>Selected weights per tensor, {mask.purpose} mask</caption>
          <thead>
            <tr>
              <th scope="col">Tensor</th>
              <th scope="col">Shape</th>
              <th scope="col" className="number">
                Selected
              </th>
              <th scope="col" className="number">
                Of
              </th>
              <th scope="col" className="number">
                Density
              </th>
              <th scope="col" className="number">
                × requested
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={row.name}>
                <th scope="row">
                  <button type="button" className="neurons-link mono" onClick={() => onOpen(row.name)}>
                    {row.name}
                  </button>
                </th>
                <td>{mask.tensors[i]?.shape.join(' × ')}</td>
                <td className="number">{formatCount(row.selected)}</td>
                <td className="number">{formatCount(row.entries)}</td>
                <td className="number">{formatShare(row.density)}</td>
                <td className="number">{timesText(row.times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function NoMask({ run }: { run: RunState | null }) {
  return (
    <section className="neurons" aria-labelledby="neurons-title">
      <h2 id="neurons-title" className="title">
        Which weights may change
      </h2>
      <p className="neurons-empty">{emptyText(run)}</p>
    </section>
  );
}

function emptyText(run: RunState | null): string {
  if (!run?.started) {
    return 'Start a run. After the warm-up every weight is ranked by how far it moved, and this page shows which ones forgetting and improving may change, tensor by tensor.';
  }
  if (run.config.arm === 'dpo-full')
    return 'Full DPO has no mask: every weight may change. Choose another method to see one.';
  const { totalParameters, tensors } = run.started;
  return (
    `The masks appear when the warm-up is over: of ${formatCount(totalParameters)} weights in ${countOf(tensors.length, 'tensor')}, ` +
    `${formatPercent(run.config.forgettingPercent)} are then chosen for forgetting and ${formatPercent(run.config.improvingPercent)} for improving.`
  );
}
