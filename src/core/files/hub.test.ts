// Downloads from a hub that is slow, breaks off or forgets, and what is in the browser's store after it.
import { describe, expect, it } from 'vitest';
import { breaksAfter, bytesOf, FILES, failure, only, SMALL, setting, WEIGHTS, weights } from '../../testing/hubRig';
import { body, hanging, jsonBytes, memoryHub, memoryStore, patterned, type Trick } from '../../testing/memoryHub';
import { cachedFiles, cachedModels, type HubStore, storedBytes } from './hubStore';

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
