// The parity badge: our mask against the file's, bit by bit: equal, or how many bits differ, where and why.
import type { Column } from '../../components/DataTable';
import { countOf, formatCount, formatNumber } from '../../components/format';
import { Icon } from '../../components/icons';
import { VirtualTable } from '../../components/VirtualTable';
import type { DifferingPlace, TensorParity } from '../../core/inspect/maskComparison';
import { type InspectState, isStale } from '../../state/inspectState';
import { useInspect, useInspectState } from '../../state/useInspect';
import type { InspectParity } from '../../worker/inspectProtocol';
import { bandText } from './inspectText';

/** Above the pictures: a link must have somewhere to go. */
const PICTURES = '.neurons-detail';

export function ParityPanel() {
  const inspect = useInspect();
  const parity = useInspectState((state: InspectState) => state.parity);
  const selection = useInspectState((state: InspectState) => state.selection);
  const file = useInspectState((state: InspectState) => state.slots.mask.held?.opened.name ?? null);
  const isBusy = useInspectState((state: InspectState) => state.job !== null);
  const stale = useInspectState(isStale);
  if (!file || !selection) return null;
  return (
    <section className="inspect-panel" aria-labelledby="inspect-parity">
      <h3 id="inspect-parity" className="heading">
        Ours and {file}
      </h3>
      {parity ? (
        <Findings found={parity} file={file} />
      ) : (
        <p className="caption">They have not been compared yet: that takes one pass over all three.</p>
      )}
      {(!parity || stale) && (
        <div className="inspect-buttons">
          <button type="button" className="button" disabled={isBusy} onClick={() => void inspect.compare()}>
            Compare
          </button>
        </div>
      )}
    </section>
  );
}

function Findings({ found: { options, parity }, file }: { found: InspectParity; file: string }) {
  const { equal, differing, compared, ours, theirs, tensors, places, problems, why } = parity;
  const badge = equal
    ? 'Equal'
    : differing === 0
      ? 'Not all compared'
      : `${countOf(differing, 'bit differs', 'bits differ')}`;
  const differs = tensors.filter((tensor) => tensor.differing > 0);
  return (
    <>
      <p className={equal ? 'inspect-badge inspect-equal' : 'inspect-badge inspect-unequal'} role="status">
        <Icon name={equal ? 'check' : 'close'} />
        {badge}
      </p>
      <p className="inspect-why">{why}</p>
      <p className="caption">
        {formatCount(compared)} weights compared: ours ({bandText(options)}) selects {formatCount(ours)}, {file} selects{' '}
        {formatCount(theirs)}.
      </p>
      {places.length > 0 && <Places places={places} tensors={tensors} />}
      {tensors.length > 0 && (
        <details>
          <summary>
            {differs.length > 0
              ? `Bits per tensor: ${countOf(differs.length, 'tensor differs', 'tensors differ')}`
              : 'Bits per tensor'}
          </summary>
          <VirtualTable
            caption={`Bits of our mask and of ${file}, per tensor`}
            columns={COLUMNS}
            rows={[...tensors].sort((a, b) => b.differing - a.differing)}
            fileName="parity"
            noun="tensor"
          />
        </details>
      )}
      {problems.length > 0 && (
        <VirtualTable
          caption="Tensors that could not be compared"
          columns={PROBLEM_COLUMNS}
          rows={problems}
          fileName="parity-problems"
          noun="tensor"
        />
      )}
    </>
  );
}

function Places({ places, tensors }: { places: readonly DifferingPlace[]; tensors: readonly TensorParity[] }) {
  const inspect = useInspect();
  const pairing = useInspectState((state: InspectState) => state.pairing);
  const columnsOf = (name: string): number | null =>
    pairing?.specs.find((spec) => spec.name === name)?.shape.at(-1) ?? null;
  const all = tensors.reduce((sum, { differing }) => sum + differing, 0);
  const show = ({ tensor, index }: DifferingPlace, columns: number) => {
    inspect.visit(tensor, { row: Math.floor(index / columns), column: index % columns });
    requestAnimationFrame(() => document.querySelector(PICTURES)?.scrollIntoView({ block: 'nearest' }));
  };
  return (
    <details open={places.length <= 6}>
      <summary>
        {all > places.length ? `The first ${places.length} of ${formatCount(all)} places` : 'The places'}
      </summary>
      <ul className="inspect-places">
        {places.map((place) => {
          const { tensor, index, change, inOurs } = place;
          const columns = columnsOf(tensor);
          const at =
            columns === null
              ? `${tensor}, index ${formatCount(index)}`
              : `${tensor}, row ${formatCount(Math.floor(index / columns))}, column ${formatCount(index % columns)}`;
          return (
            <li key={`${tensor} ${index}`}>
              {columns === null ? (
                <span className="mono">{at}</span>
              ) : (
                <button type="button" className="inspect-link mono" onClick={() => show(place, columns)}>
                  {at}
                </button>
              )}{' '}
              <span className="caption">
                Δ {formatNumber(change, 5)}, {inOurs ? 'in ours only' : 'in the file only'}
              </span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

const COLUMNS: readonly Column<TensorParity>[] = [
  { head: 'Tensor', value: ({ name }) => name, text: ({ name }) => <span className="mono">{name}</span> },
  { head: 'Weights', value: ({ entries }) => entries, text: ({ entries }) => formatCount(entries) },
  { head: 'Ours', value: ({ ours }) => ours, text: ({ ours }) => formatCount(ours) },
  { head: 'File', value: ({ theirs }) => theirs, text: ({ theirs }) => formatCount(theirs) },
  { head: 'Differ', value: ({ differing }) => differing, text: ({ differing }) => formatCount(differing) },
  {
    head: 'First at',
    value: ({ first }) => first,
    text: ({ first }) => (first === null ? '–' : formatCount(first)),
  },
];

type Problem = InspectParity['parity']['problems'][number];
const PROBLEMS = { missing: 'not in the file', extra: 'only in the file', shape: 'other shape' };
const PROBLEM_COLUMNS: readonly Column<Problem>[] = [
  { head: 'Tensor', value: ({ name }) => name, text: ({ name }) => <span className="mono">{name}</span> },
  {
    head: 'Problem',
    value: ({ problem }) => PROBLEMS[problem],
    text: ({ problem }) => PROBLEMS[problem],
    isText: true,
  },
  {
    head: 'Checkpoints',
    value: ({ expected }) => expected?.join(' × ') ?? null,
    text: ({ expected }) => expected?.join(' × ') ?? '–',
    isText: true,
  },
  {
    head: 'File',
    value: ({ found }) => found?.join(' × ') ?? null,
    text: ({ found }) => found?.join(' × ') ?? '–',
    isText: true,
  },
];
