// Answers of a hub that are no file: refusals, pages, pointers, servers that cannot be reached.
import { describe, expect, it } from 'vitest';
import { bytesOf, failure, only, SMALL, setting, WEIGHTS } from '../../testing/hubRig';
import { body, jsonBytes, memoryStore } from '../../testing/memoryHub';

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
