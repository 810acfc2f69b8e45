// The page hands the two chosen files to the studio's own worker through its own client, selects, and asks for every tensor's picture.
import { matrixLevels } from '../../../src/components/matrix/matrixSource';
import { EVERYTHING, matrixShape } from '../../../src/core/masks/tensorKinds';
import { createInspectClient } from '../../../src/worker/inspectClient';
import {
  INSPECT_RUN,
  type InspectOptions,
  type InspectSelection,
  maskOptions,
} from '../../../src/worker/inspectProtocol';

export interface InspectMeasured {
  openMs: number;
  selection: InspectSelection;
  selectMs: number;
  /** Another share of the same pair. */
  againMs: number;
  /** All tensors as pictures of at most 128 blocks a side. */
  picturesMs: number;
  pictures: number;
  /** One tile of single weights, and what is told of one. */
  tileMs: number;
  cellMs: number;
  /** Whole rows, columns and heads, which takes passes over all and over the attention tensors; two masks beside each other. */
  groupsMs: number;
  agreementMs: number;
}

export type InspectWindow = Window & { measureInspect?: () => Promise<InspectMeasured> };

const THUMB = 128;
const HEAD_WIDTH = 64;

const fileOf = (id: string): File => {
  const file = document.querySelector<HTMLInputElement>(`#${id}`)?.files?.[0];
  if (!file) throw new Error(`no file for ${id}`);
  return file;
};

async function measure(): Promise<InspectMeasured> {
  const client = createInspectClient(
    () => new Worker(new URL('../../../src/worker/inspect.worker.ts', import.meta.url), { type: 'module' }),
  );
  const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const began = performance.now();
    return [await work(), performance.now() - began];
  };
  const [pair, openMs] = await timed(async () => {
    await client.open('before', [fileOf('before')]);
    await client.open('after', [fileOf('after')]);
    return client.pair();
  });
  const options: InspectOptions = { rule: 'most', lower: 0, upper: 5, scope: EVERYTHING };
  const [selection, selectMs] = await timed(() => client.select(options));
  const [, againMs] = await timed(() => client.select({ ...options, upper: 10 }));
  const mask = { from: 'lab' as const, runId: INSPECT_RUN, options: maskOptions(options) };
  const layer = { kind: 'mask' as const, mask };
  const [, picturesMs] = await timed(() =>
    Promise.all(
      pair.specs.map((spec) => {
        const { rows, columns } = matrixShape(spec);
        const level = matrixLevels(rows, columns).findIndex((size) => Math.max(size.rows, size.columns) <= THUMB);
        const question = { type: 'tile' as const, layer, tensor: spec.name, statistic: 'mean' as const };
        return client.ask({ ...question, level, row: 0, column: 0 });
      }),
    ),
  );
  const tensor = pair.specs[0]!.name;
  const tile = { type: 'tile' as const, layer: { kind: 'change' as const, runId: INSPECT_RUN }, tensor };
  const [, tileMs] = await timed(() => client.ask({ ...tile, statistic: 'mean', level: 0, row: 3, column: 1 }));
  const [, cellMs] = await timed(() =>
    client.ask({ type: 'cell', layer, mask, tensor, row: 700, column: 300, block: 1 }),
  );
  const [, groupsMs] = await timed(() => client.groups(HEAD_WIDTH));
  const twice = { ...mask, options: maskOptions({ ...options, upper: 10 }) };
  const [, agreementMs] = await timed(() => client.agreement([mask, twice]));
  const passes = { groupsMs, agreementMs };
  return { openMs, selection, selectMs, againMs, picturesMs, pictures: pair.specs.length, tileMs, cellMs, ...passes };
}

(window as InspectWindow).measureInspect = measure;
