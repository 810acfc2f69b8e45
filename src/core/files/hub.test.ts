// Downloads from a hub that is slow, breaks off, forgets, refuses or sends something else.
import { describe, expect, it } from 'vitest';
import {
  BASE,
  body,
  hanging,
  ID,
  jsonBytes,
  memoryHub,
  memoryStore,
  patterned,
  type Trick,
} from '../../testing/memoryHub';
import { downloadModel, type HubProgress } from './hub';
import { parseHubAddress } from './hubAddress';
import { HubError } from './hubError';
import { cachedFiles, cachedModels, type HubStore, storedBytes } from './hubStore';

const WEIGHTS = 'model.safetensors';
const ADDRESS = parseHubAddress(BASE, ID);
const SMALL = { 'config.json': jsonBytes({ model_type: 'llama' }), 'tokenizer.json': jsonBytes({ model: {} }) };
const weights = patterned(50_000);
const FILES = { ...SMALL, [WEIGHTS]: weights };

interface Setting {
  files?: Record<string, Uint8Array<ArrayBuffer>>;
  store?: HubStore;
  trick?: Trick;
  signal?: AbortSignal;
}

/** Time passes only while waiting, and 10 ms with every look at the clock. */
function setting({ files = FILES, store = memoryStore(), trick, signal = new AbortController().signal }: Setting) {
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

const bytesOf = async (store: HubStore, name: string): Promise<Uint8Array> => {
  const [model] = await cachedModels(store);
  const file = (await cachedFiles(store, model!)).find((one) => one.name === name);
  return new Uint8Array(await file!.blob.arrayBuffer());
};

const only =
  (file: string, answer: Trick): Trick =>
  (request, nth) =>
    request.file === file ? answer(request, nth) : undefined;

/** The whole file under its usual headers, but the body breaks off. */
const breaksAfter = (bytes: number, headers: Record<string, string> = { etag: `"${WEIGHTS}-1"` }): Response =>
  new Response(body(weights, 1000, bytes), { headers: { ...headers, 'content-length': String(weights.length) } });

async function failure(promise: Promise<unknown>): Promise<HubError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HubError);
  return error as HubError;
}

describe('a model from a hub', () => {
  it('brings its files in pieces, tells how far it is, and opens without the hub', async () => {
    const { hub, store, progress, download } = setting({});
    const model = await download();
    expect(model.isComplete).toBe(true);
    expect(model.files.map(({ name, size, parts }) => [name, size, parts])).toEqual([
      ['config.json', 22, 1],
      ['tokenizer.json', 12, 1],
      [WEIGHTS, 50_000, 13],
    ]);
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
    expect(hub.requests[0]!.url).toBe('https://hub.test/mirror/ada/tiny/resolve/main/config.json');
    for (const { init } of hub.requests) {
      expect(init).toMatchObject({ credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'follow' });
    }
    const last = progress.at(-1)!;
    expect(last).toMatchObject({ phase: 'downloading', file: WEIGHTS, host: 'hub.test', total: 50_034 });
    // Every piece of 1000 bytes takes the same time, so the rest takes as long as its share.
    expect(last.secondsLeft! * last.bytesPerSecond!).toBeCloseTo(50_034 - last.bytes, 6);
    const before = hub.requests.length;
    await download();
    expect(hub.requests.length).toBe(before);
  });

  it('takes shards as their index names them', async () => {
    const shards = {
      'model-00001-of-00002.safetensors': patterned(9000, 1),
      'model-00002-of-00002.safetensors': patterned(700, 2),
    };
    const [first, second] = Object.keys(shards);
    const index = { metadata: { total_size: 9700 }, weight_map: { a: second, b: first, c: first } };
    const files = { ...SMALL, 'model.safetensors.index.json': jsonBytes(index), ...shards };
    const { store, progress, download } = setting({ files });
    await download();
    expect(await bytesOf(store, second!)).toEqual(patterned(700, 2));
    const small = Object.values(SMALL).reduce((sum, { length }) => sum + length, 0) + jsonBytes(index).length;
    expect(progress.at(-1)!.total).toBe(small + 9700);
  });

  it('refuses an index that names anything but shards', async () => {
    const index = { weight_map: { a: '../secret.safetensors' } };
    const { download } = setting({ files: { ...SMALL, 'model.safetensors.index.json': jsonBytes(index) } });
    expect((await failure(download())).message).toContain('names a file “../secret.safetensors”');
  });
});

it('says which host sends a file after a redirect', async () => {
  const trick = only(WEIGHTS, ({ range }) => {
    const response = memoryHub(FILES).usual(WEIGHTS, range);
    Object.defineProperty(response, 'url', { value: 'https://cdn.test/9f3/blob' });
    return response;
  });
  const { progress, download } = setting({ trick });
  await download();
  expect(progress.find(({ file }) => file === WEIGHTS)!.host).toBe('hub.test');
  expect(progress.at(-1)!.host).toBe('cdn.test');
});

describe('a broken line', () => {
  it('goes on where it broke, with waits that double', async () => {
    const trick = only(WEIGHTS, ({ range }, nth) => {
      if (nth === 1) return breaksAfter(20_500);
      if (nth === 2) throw new TypeError('Failed to fetch');
      expect(range).toBe('bytes=20500-');
      return undefined;
    });
    const { hub, store, waits, progress, download } = setting({ trick });
    await download();
    expect(hub.ofFile(WEIGHTS).map(({ range }) => range)).toEqual([null, 'bytes=20500-', 'bytes=20500-']);
    expect(waits).toEqual([1000, 2000]);
    expect(progress.filter(({ phase }) => phase === 'waiting').map(({ retrySeconds }) => retrySeconds)).toEqual([1, 2]);
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
  });

  it('gives up after some tries and keeps what arrived for the next visit', async () => {
    const store = memoryStore();
    const first = setting({
      store,
      trick: only(WEIGHTS, (_, nth) => (nth === 1 ? breaksAfter(10_500) : Promise.reject(new TypeError()))),
    });
    const error = await failure(first.download());
    expect(error.trouble).toBe('network');
    expect(first.waits).toEqual([1000, 2000, 4000, 8000]);
    const again = setting({ store });
    await again.download();
    expect(again.hub.requests.filter(({ file }) => file.endsWith('config.json') && file[0] === 'c')).toEqual([]);
    expect(again.hub.ofFile(WEIGHTS).map(({ range }) => range)).toEqual(['bytes=10500-']);
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
  });

  it('takes a server that falls silent for broken', async () => {
    const headers = { etag: `"${WEIGHTS}-1"`, 'content-length': String(weights.length) };
    const silent = only(WEIGHTS, (_, nth) =>
      nth === 1 ? new Response(hanging(weights.slice(0, 3000)), { headers }) : undefined,
    );
    const { hub, store, download } = setting({ trick: silent });
    await download();
    expect(hub.ofFile(WEIGHTS)[1]!.range).toBe('bytes=3000-');
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
  });

  it('fetches the rest of a body that ends too early', async () => {
    const headers = { etag: `"${WEIGHTS}-1"`, 'content-length': String(weights.length) };
    const cut = only(WEIGHTS, (_, nth) =>
      nth === 1 ? new Response(body(weights.slice(0, 30_000)), { headers }) : undefined,
    );
    const { store, hub, download } = setting({ trick: cut });
    await download();
    expect(hub.ofFile(WEIGHTS)[1]!.range).toBe('bytes=30000-');
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
  });

  it('says so when it stays too short', async () => {
    const headers = { 'content-length': String(weights.length) };
    const cut = only(WEIGHTS, () => new Response(body(weights.slice(0, 30_000)), { headers }));
    const error = await failure(setting({ trick: cut }).download());
    expect(error.trouble).toBe('truncated');
    expect(error.message).toBe('model.safetensors broke off after 30000 of 50000 bytes, again and again.');
  });

  it('begins anew where the server does not know ranges', async () => {
    const trick = only(WEIGHTS, (_, nth) => (nth === 1 ? breaksAfter(20_000) : memoryHub(FILES).usual(WEIGHTS, null)));
    const { store, download } = setting({ trick });
    await download();
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
  });

  it('begins anew where the file is another one by now', async () => {
    const other = patterned(50_000, 99);
    const store = memoryStore();
    const stop = setting({
      store,
      trick: only(WEIGHTS, (_, nth) => (nth === 1 ? breaksAfter(20_000) : Promise.reject(new TypeError()))),
    });
    await failure(stop.download());
    const headers = { etag: '"new"' };
    const newer = only(WEIGHTS, ({ range }) => {
      if (range === null) return new Response(body(other), { headers: { ...headers, 'content-length': '50000' } });
      const part = { ...headers, 'content-range': 'bytes 20000-49999/50000' };
      return new Response(body(other.slice(20_000)), { status: 206, headers: part });
    });
    const again = setting({ store, trick: newer });
    await again.download();
    expect(again.hub.ofFile(WEIGHTS).map(({ range }) => range)).toEqual(['bytes=20000-', null]);
    expect(await bytesOf(store, WEIGHTS)).toEqual(other);
  });

  it('does not go on after a reload when nothing tells that it is the same file', async () => {
    const store = memoryStore();
    const unnamed: Trick = (_, nth) => (nth === 1 ? breaksAfter(20_000, {}) : Promise.reject(new TypeError()));
    await failure(setting({ store, trick: only(WEIGHTS, unnamed) }).download());
    const again = setting({ store });
    await again.download();
    expect(again.hub.ofFile(WEIGHTS).map(({ range }) => range)).toEqual([null]);
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
  });

  it('ends when a server sends another file at every request', async () => {
    let tag = 0;
    const trick = only(WEIGHTS, ({ range }) => {
      const from = range === null ? 0 : Number(range.slice(6, -1));
      const headers = { etag: `"${tag++}"`, 'content-length': String(weights.length - from) };
      return new Response(body(weights.slice(from), 1000, 10_000), { status: from > 0 ? 206 : 200, headers });
    });
    const { hub, download } = setting({ trick });
    expect((await failure(download())).trouble).toBe('truncated');
    expect(hub.ofFile(WEIGHTS).length).toBeLessThan(8);
  });
});

describe('answers that are no file', () => {
  it.each([401, 403])('%i: needs an account', async (status) => {
    const { hub, download } = setting({ trick: () => new Response('', { status }) });
    const error = await failure(download());
    expect(error).toMatchObject({ trouble: 'refused' });
    expect(error.message).toContain(`hub.test answered ${status} to config.json.`);
    expect(error.next).toContain('open the folder here');
    expect(hub.requests.length).toBe(1);
  });

  it('404: names what is missing', async () => {
    const nothing = await failure(setting({ files: {} }).download());
    expect(nothing.message).toContain('no config.json of ada/tiny (main)');
    const noTokenizer = await failure(setting({ files: { 'config.json': SMALL['config.json'] } }).download());
    expect(noTokenizer.message).toContain('no tokenizer.json');
    const noWeights = await failure(setting({ files: SMALL }).download());
    expect(noWeights.message).toContain('only safetensors are downloaded');
  });

  it('429: waits as long as the server asks', async () => {
    const busy = only(WEIGHTS, (_, nth) =>
      nth === 1 ? new Response('', { status: 429, headers: { 'retry-after': '7' } }) : undefined,
    );
    const { waits, download } = setting({ trick: busy });
    await download();
    expect(waits).toEqual([7000]);
    const always = setting({ trick: () => new Response('', { status: 429 }) });
    expect((await failure(always.download())).trouble).toBe('busy');
  });

  it('an unreachable server or one that forbids the page to read: tried twice', async () => {
    const { hub, download } = setting({ trick: () => Promise.reject(new TypeError('Failed to fetch')) });
    const error = await failure(download());
    expect(error.trouble).toBe('network');
    expect(error.message).toContain('CORS');
    expect(hub.requests.length).toBe(2);
  });

  it('a login page, by its type or by its first bytes', async () => {
    const page = '<!DOCTYPE html><title>Log in</title>';
    const typed = setting({
      trick: () => new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } }),
    });
    expect((await failure(typed.download())).message).toContain('sent a web page instead of config.json');
    const untyped = setting({ trick: () => new Response(page, { headers: { 'content-type': 'application/json' } }) });
    expect((await failure(untyped.download())).trouble).toBe('not a file');
  });

  it('a Git LFS pointer is no weights', async () => {
    const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n');
    const store = memoryStore();
    const error = await failure(setting({ store, files: { ...SMALL, [WEIGHTS]: pointer } }).download());
    // A server that has no such file as a file may have shards; it has none.
    expect(error.trouble).toBe('missing');
    expect([...store.blobs.keys()].some((key) => key.includes(WEIGHTS))).toBe(false);
  });

  it('a text that was packed on its way is longer than announced', async () => {
    const long = jsonBytes({ model: { vocab: 'a'.repeat(500) } });
    const packed = only('tokenizer.json', () => new Response(body(long), { headers: { 'content-length': '60' } }));
    const { store, download } = setting({ trick: packed });
    await download();
    expect(await bytesOf(store, 'tokenizer.json')).toEqual(long);
  });
});

describe('storage and cancel', () => {
  it('says that the disk is full and goes on later', async () => {
    const store = memoryStore();
    const full = Object.assign(new Error('full'), { name: 'QuotaExceededError' });
    let pieces = 0;
    const save: HubStore['save'] = (model, part) => {
      if (part?.file === WEIGHTS && ++pieces > 5) return Promise.reject(full);
      return store.save(model, part);
    };
    const error = await failure(setting({ store: { ...store, save } }).download());
    expect(error).toMatchObject({ trouble: 'storage' });
    expect(error.message).toContain('no more room');
    const again = setting({ store });
    await again.download();
    expect(again.hub.ofFile(WEIGHTS).map(({ range }) => range)).toEqual(['bytes=20480-']);
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
  });

  it('says before the weights that there is no room', async () => {
    const { hub, download } = setting({ store: memoryStore(10_000) });
    const error = await failure(download());
    expect(error.message).toBe('The model needs 1 MB more; the browser has room for 1 MB.');
    expect(hub.ofFile(WEIGHTS).length).toBe(1);
  });

  it('stops at once when it is cancelled, and keeps what arrived', async () => {
    const controller = new AbortController();
    const store = memoryStore();
    const cancels = only(WEIGHTS, () => {
      setTimeout(() => controller.abort(), 5);
      const headers = { etag: `"${WEIGHTS}-1"`, 'content-length': String(weights.length) };
      const stream = hanging(weights.slice(0, 5000));
      return new Response(stream, { headers });
    });
    const { download } = setting({ store, trick: cancels, signal: controller.signal });
    expect((await failure(download())).trouble).toBe('cancelled');
    const [model] = await cachedModels(store);
    expect(model!.isComplete).toBe(false);
    expect(storedBytes(model!)).toBe(34 + 5000);
    const again = setting({ store });
    await again.download();
    expect(again.hub.ofFile(WEIGHTS)[0]!.range).toBe('bytes=5000-');
    expect(await bytesOf(store, WEIGHTS)).toEqual(weights);
  });

  it('says that pieces are gone, and deletes a model with all of them', async () => {
    const store = memoryStore();
    const model = await setting({ store }).download();
    const piece = [...store.blobs.keys()].find((key) => key.includes(`${WEIGHTS}|12`))!;
    store.blobs.delete(piece);
    expect((await failure(cachedFiles(store, model))).message).toContain(
      '49152 of the 50000 bytes of model.safetensors',
    );
    await store.drop(model.key);
    expect(store.blobs.size).toBe(0);
    expect(await cachedModels(store)).toEqual([]);
  });
});
