// Downloads from a hub in memory, with a clock of their own: what they ask, how long they wait, what they tell and what is stored.
import { expect } from 'vitest';
import { downloadModel, type HubProgress } from '../core/files/hub';
import { parseHubAddress } from '../core/files/hubAddress';
import { HubError } from '../core/files/hubError';
import { cachedFiles, cachedModels, type HubStore } from '../core/files/hubStore';
import { BASE, body, ID, jsonBytes, memoryHub, memoryStore, patterned, type Trick } from './memoryHub';

export const WEIGHTS = 'model.safetensors';
const ADDRESS = parseHubAddress(BASE, ID);
export const SMALL = { 'config.json': jsonBytes({ model_type: 'llama' }), 'tokenizer.json': jsonBytes({ model: {} }) };
export const weights = patterned(50_000);
export const FILES = { ...SMALL, [WEIGHTS]: weights };

interface Setting {
  files?: Record<string, Uint8Array<ArrayBuffer>>;
  store?: HubStore;
  trick?: Trick;
  signal?: AbortSignal;
}

/** Time passes only while waiting, and 10 ms with every look at the clock. */
export function setting({
  files = FILES,
  store = memoryStore(),
  trick,
  signal = new AbortController().signal,
}: Setting) {
  const hub = memoryHub(files, trick);
  const waits: number[] = [];
  const progress: HubProgress[] = [];
  let time = 0;
  const now = (): number => {
    time += 10;
    return time;
  };
  const wait = async (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    time += milliseconds;
  };
  const onProgress = (at: HubProgress): void => {
    progress.push(at);
  };
  const options = { fetch: hub.fetch, store, signal, now, wait, onProgress, partBytes: 4096, idle: 30 };
  return { hub, store, waits, progress, download: (address = ADDRESS) => downloadModel(address, options) };
}

export const bytesOf = async (store: HubStore, name: string): Promise<Uint8Array> => {
  const [model] = await cachedModels(store);
  const file = (await cachedFiles(store, model!)).find((one) => one.name === name);
  return new Uint8Array(await file!.blob.arrayBuffer());
};

export const only =
  (file: string, answer: Trick): Trick =>
  (request, nth) =>
    request.file === file ? answer(request, nth) : undefined;

/** The whole file under its usual headers, but the body breaks off. */
export const breaksAfter = (bytes: number, headers: Record<string, string> = { etag: `"${WEIGHTS}-1"` }): Response =>
  new Response(body(weights, 1000, bytes), { headers: { ...headers, 'content-length': String(weights.length) } });

export async function failure(promise: Promise<unknown>): Promise<HubError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HubError);
  return error as HubError;
}
