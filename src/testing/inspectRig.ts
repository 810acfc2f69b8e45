import type { RunEvent } from '../core/events';
import { selectMask } from '../core/masks/selectMask';
import { maskSource } from '../core/masks/source';
import { EVERYTHING } from '../core/masks/tensorKinds';
import { createRng } from '../core/rng';
import { writeSafetensors } from '../core/safetensors';
import type { AtlasAnswers, AtlasMessage, AtlasQuestion, LayerRef, MaskRef } from '../worker/atlasProtocol';
import { createAtlasSession } from '../worker/atlasSession';
import {
  AFTER,
  BEFORE,
  type CheckpointRole,
  INSPECT_RUN,
  type InspectAnswers,
  type InspectCommand,
  type InspectFailure,
  type InspectJob,
  type InspectMessage,
  type InspectOptions,
  maskOptions,
} from '../worker/inspectProtocol';
import { createInspectSession } from '../worker/inspectSession';
import { fakeEvents } from './fakeRun';

export const SPECS = [
  { name: 'model.embed_tokens.weight', shape: [301, 290] },
  { name: 'model.layers.0.self_attn.q_proj.weight', shape: [17, 33] },
  { name: 'model.norm.weight', shape: [29] },
] as const;
export const [EMBED, Q, NORM] = SPECS.map(({ name }) => name) as [string, string, string];
const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

export const rng = createRng(11, 'inspect');
export const before = SPECS.map(({ shape }) => Float32Array.from({ length: sizeOf(shape) }, () => rng.normal() / 30));
/** A third does not move; a third ties on a grid. */
export const after = before.map((values) =>
  values.map((value) => {
    const kind = rng.int(3);
    return kind === 0 ? value : kind === 1 ? value + (rng.int(5) - 2) / 64 : value + rng.normal() * 1e-3;
  }),
);
export const update = before.map((values, i) => values.map((value, j) => after[i]![j]! - value));
export const fileOf = (name: string, tensors: readonly Float32Array[]) =>
  new File([writeSafetensors(SPECS.map((spec, i) => ({ ...spec, dtype: 'F32' as const, values: tensors[i]! })))], name);
export const BEFORE_FILE = fileOf('before.safetensors', before);
export const AFTER_FILE = fileOf('after.safetensors', after);
export const OPTIONS: InspectOptions = { rule: 'most', lower: 0, upper: 10, scope: EVERYTHING };
export const lab = (options: InspectOptions): MaskRef => ({
  from: 'lab',
  runId: INSPECT_RUN,
  options: maskOptions(options),
});
export const exact = (options: InspectOptions) =>
  selectMask(maskSource(SPECS, new Map(SPECS.map(({ name }, i) => [name, update[i]!]))), options);

class Failed extends Error {
  constructor(readonly failure: InspectFailure) {
    super(failure.message);
  }
}

export function setup() {
  const messages: InspectMessage[] = [];
  let time = 0;
  const session = createInspectSession(
    (message) => messages.push(message),
    () => (time += 7),
  );
  let requests = 0;
  const send = async (command: InspectCommand & { requestId: string }) => {
    await session.handle(command);
    const last = messages.findLast((message) => message.requestId === command.requestId);
    if (last?.type === 'inspect.failed') throw new Failed(last.failure);
    if (last?.type === 'inspect.progress' || !last) throw new Error('no answer');
    return last.answer;
  };
  const nextId = () => `r${++requests}`;
  const job = async <J extends InspectJob>(type: `inspect.${J}`, more: object = {}): Promise<InspectAnswers[J]> => {
    const command = { type, requestId: nextId(), ...more } as unknown as InspectCommand & { requestId: string };
    return (await send(command)).value as InspectAnswers[J];
  };
  const ask = async <Q extends AtlasQuestion>(question: Q): Promise<AtlasAnswers[Q['type']]> =>
    (await send({ type: 'inspect.ask', requestId: nextId(), question })).value as AtlasAnswers[Q['type']];
  const open = (role: CheckpointRole, ...files: File[]) => job('inspect.open', { role, files });
  const select = (options: InspectOptions = OPTIONS) => job('inspect.select', { options });
  return { session, messages, job, ask, open, select };
}

export async function opened() {
  const inspect = setup();
  await inspect.open('before', BEFORE_FILE);
  await inspect.open('after', AFTER_FILE);
  return inspect;
}

/** The same numbers as a run. */
export function atlas() {
  const messages: AtlasMessage[] = [];
  const session = createAtlasSession(
    (message) => messages.push(message),
    () => 0,
  );
  const started = [...fakeEvents('started', { preset: 'tiny' })].find(({ type }) => type === 'run.started');
  if (started?.type !== 'run.started') throw new Error('no start');
  const events: RunEvent[] = [
    { ...started, tensors: SPECS },
    { type: 'weights', moment: BEFORE, tensors: before.map((values) => values.slice()) },
    { type: 'weights', moment: 'warmed-up', tensors: after.map((values) => values.slice()) },
    { type: 'weights', moment: AFTER, tensors: after.map((values) => values.slice()) },
  ];
  session.handle({ type: 'atlas.events', runId: INSPECT_RUN, name: 'twin', events });
  return <Q extends AtlasQuestion>(question: Q): AtlasAnswers[Q['type']] => {
    session.handle({ type: 'atlas.ask', requestId: 'r', question });
    const last = messages.at(-1);
    if (last?.type === 'atlas.failed') throw new Error(last.message);
    if (last?.type !== 'atlas.answer') throw new Error('no answer');
    return last.answer.value as AtlasAnswers[Q['type']];
  };
}

export const VALUES: readonly LayerRef[] = [
  { kind: 'size', runId: INSPECT_RUN },
  { kind: 'change', runId: INSPECT_RUN },
  { kind: 'weight', runId: INSPECT_RUN, moment: BEFORE },
  { kind: 'weight', runId: INSPECT_RUN, moment: AFTER },
];
