// What is taken for the address of a model, and what is not.
import { describe, expect, it } from 'vitest';
import { fileUrl, parseHubAddress } from './hubAddress';
import { HubError } from './hubError';

describe('the address of a model', () => {
  it.each([
    ['https://hub.test', 'ada/tiny', '', 'https://hub.test/ada/tiny/resolve/main/config.json'],
    ['http://localhost:8080/mirror/', ' gpt2 ', 'v1.0', 'http://localhost:8080/mirror/gpt2/resolve/v1.0/config.json'],
    ['https://hub.test', 'ada/tiny@refs/pr/3', '', 'https://hub.test/ada/tiny/resolve/refs%2Fpr%2F3/config.json'],
    ['', 'https://hub.test/ada/tiny', '', 'https://hub.test/ada/tiny/resolve/main/config.json'],
    ['', 'https://hub.test/m/ada/tiny/tree/dev?x=1#y', '', 'https://hub.test/m/ada/tiny/resolve/dev/config.json'],
    [
      '',
      'https://hub.test/ada/tiny/resolve/dev/model.safetensors',
      '',
      'https://hub.test/ada/tiny/resolve/dev/config.json',
    ],
    ['https://hub.test/a/b', 'https://hub.test/a/b/gpt2', '', 'https://hub.test/a/b/gpt2/resolve/main/config.json'],
    ['https://hub.test', 'https://other.test/ada/tiny', 'v2', 'https://other.test/ada/tiny/resolve/v2/config.json'],
  ])('%s + %s %s', (base, model, revision, url) => {
    expect(fileUrl(parseHubAddress(base, model, revision), 'config.json')).toBe(url);
  });

  it.each([
    ['', 'ada/tiny', 'No base address'],
    ['hub.test', 'ada/tiny', 'no address'],
    ['javascript:alert(1)', 'ada/tiny', 'begins with javascript:'],
    ['file:///etc', 'ada/tiny', 'begins with file:'],
    ['https://me:secret@hub.test', 'ada/tiny', 'name or password'],
    ['https://hub.test?token=1', 'ada/tiny', '“?” or “#”'],
    ['https://hub.test', '', 'No model is named'],
    ['https://hub.test', '../etc/passwd', 'no id'],
    ['https://hub.test', 'ada/..', 'no id'],
    ['https://hub.test', 'ada/a..b', 'no id'],
    ['https://hub.test', 'a/b/c', 'no id'],
    ['https://hub.test', '//evil.test/x', 'no id'],
    ['https://hub.test', 'ada/tiny?x', 'no id'],
    ['https://hub.test', 'ada/ti%2e', 'no id'],
    ['https://hub.test', 'ada/tiny@../main', 'no revision'],
    ['https://hub.test', 'ada/tiny@a//b', 'no revision'],
    ['', 'https://hub.test', 'no id'],
    ['', 'https://hub.test/ada/tiny/tree/%zz', 'broken “%”'],
    ['', 'https://hub.test/ada/tiny/tree/a%2f%2e%2e', 'no revision'],
  ])('refuses %s + %s', (base, model, problem) => {
    const parse = () => parseHubAddress(base, model);
    expect(parse).toThrow(HubError);
    expect(parse).toThrow(problem);
  });

  it('asks for plain file names only', () => {
    const address = parseHubAddress('https://hub.test', 'ada/tiny');
    for (const name of ['../x', 'a/b.json', '.git', 'a..b', '', 'a?b'])
      expect(() => fileUrl(address, name)).toThrow(HubError);
  });
});
