// What the files hold, from their headers alone: the tensors of each, and which of one is which of the other.
import { useId, useState } from 'react';
import { Choice, type Option } from '../../components/Choice';
import type { Column } from '../../components/DataTable';
import { formatBytes, formatCount } from '../../components/format';
import { VirtualTable } from '../../components/VirtualTable';
import type { CheckpointTensor } from '../../core/files/checkpoint';
import { type InspectState, ROLES } from '../../state/inspectState';
import { useInspectState } from '../../state/useInspect';
import type { CheckpointRole, PairAnswer } from '../../worker/inspectProtocol';
import { labelsText, pairingText, ROLE_NAMES, tensorBytes } from './inspectText';

const shapeText = (shape: readonly number[] | null): string =>
  shape === null ? '–' : shape.length === 0 ? 'scalar' : shape.join(' × ');

const TENSOR: Column<CheckpointTensor> = {
  head: 'Tensor',
  value: ({ name }) => name,
  text: ({ name }) => <span className="mono">{name}</span>,
};
const COLUMNS: readonly Column<CheckpointTensor>[] = [
  TENSOR,
  { head: 'Type', value: ({ dtype }) => dtype, text: ({ dtype }) => dtype, isText: true },
  { head: 'Shape', value: ({ shape }) => shapeText(shape), text: ({ shape }) => shapeText(shape), isText: true },
  { head: 'Weights', value: ({ size }) => size, text: ({ size }) => formatCount(size) },
  { head: 'Bytes', value: tensorBytes, text: (tensor) => formatBytes(tensorBytes(tensor)) },
  { head: 'File', value: ({ file }) => file, text: ({ file }) => file, isText: true },
  {
    head: 'Tied to',
    value: ({ sameAs }) => sameAs,
    text: ({ sameAs }) => (sameAs ? <span className="mono">{sameAs}</span> : ''),
    isText: true,
  },
];

interface PairRow {
  name: string;
  what: string;
  before: string;
  after: string;
  weights: number | null;
}

const PROBLEMS = { missing: 'missing after', extra: 'only after', shape: 'other shape', type: 'unsupported type' };

/** Those that do not pair up first. */
export function pairRows({ pairs, tied, problems }: PairAnswer): PairRow[] {
  return [
    ...problems.map(({ name, problem, before, after, detail }): PairRow => {
      const what = problem === 'type' ? `${PROBLEMS[problem]}: ${detail}` : PROBLEMS[problem];
      return { name, what, before: shapeText(before), after: shapeText(after), weights: null };
    }),
    ...tied.map(
      ({ name, sameAs }): PairRow => ({ name, what: `tied to ${sameAs}`, before: '–', after: '–', weights: null }),
    ),
    ...pairs.map(({ name, shape, size, before, after }): PairRow => {
      const text = shapeText(shape);
      return { name, what: 'paired', before: `${before} ${text}`, after: `${after} ${text}`, weights: size };
    }),
  ];
}

const PAIR_COLUMNS: readonly Column<PairRow>[] = [
  { head: 'Tensor', value: ({ name }) => name, text: ({ name }) => <span className="mono">{name}</span> },
  { head: 'Pairing', value: ({ what }) => what, text: ({ what }) => what, isText: true },
  { head: 'Before', value: ({ before }) => before, text: ({ before }) => before, isText: true },
  { head: 'After', value: ({ after }) => after, text: ({ after }) => after, isText: true },
  {
    head: 'Weights',
    value: ({ weights }) => weights,
    text: ({ weights }) => (weights === null ? '–' : formatCount(weights)),
  },
];

type Shown = CheckpointRole | 'pairs';

export function TensorLists() {
  const slots = useInspectState((state: InspectState) => state.slots);
  const pairing = useInspectState((state: InspectState) => state.pairing);
  const isDone = useInspectState((state: InspectState) => state.selection !== null || state.counted !== null);
  const [wanted, setWanted] = useState<Shown | null>(null);
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const id = useId();
  const options: Option<Shown>[] = [
    ...(pairing ? [{ value: 'pairs' as const, label: 'Pairing' }] : []),
    ...ROLES.filter((role) => slots[role].held).map((role) => ({ value: role, label: ROLE_NAMES[role] })),
  ];
  const shown = options.find(({ value }) => value === wanted)?.value ?? options[0]?.value;
  if (!shown) return null;
  const opened = shown === 'pairs' ? null : slots[shown].held?.opened;
  const open = isOpen ?? !isDone;
  const labels = labelsText({ slots });
  return (
    <section className="inspect-panel" aria-labelledby={id}>
      <h3 id={id} className="heading">
        Tensors
      </h3>
      {pairing && <p>{pairingText(pairing)}</p>}
      {labels && <p className="caption">{labels}</p>}
      <details open={open} onToggle={(event) => event.currentTarget.open !== open && setOpen(event.currentTarget.open)}>
        <summary>{open ? 'Hide the tensors' : 'Show the tensors'}</summary>
        {open && (
          <div className="inspect-lists">
            {options.length > 1 && (
              <Choice<Shown> label="Tensors of" options={options} value={shown} onChange={setWanted} />
            )}
            {shown === 'pairs' && pairing && (
              <VirtualTable
                key="pairs"
                caption="Which tensor is which"
                columns={PAIR_COLUMNS}
                rows={pairRows(pairing)}
                fileName="pairing"
                noun="tensor"
              />
            )}
            {opened && (
              <VirtualTable
                key={shown}
                caption={`Tensors of ${opened.name}`}
                columns={COLUMNS}
                rows={opened.tensors}
                fileName={`${opened.name}-tensors`}
                noun="tensor"
              />
            )}
          </div>
        )}
      </details>
    </section>
  );
}
