// What npm's answers mean (as npm 11 prints them; the advisories are made up), and what the lock file may name.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeAudit, lockProblems } from './audit.mjs';

const path = '/-/npm/v1/security/advisories/bulk';
const counts = { prod: 129, dev: 125, optional: 88, peer: 1, peerOptional: 0, total: 274 };
const advisory = (name: string, severity: string, title: string) => ({
  ...{ name, severity, isDirect: true, effects: [], range: '', nodes: [`node_modules/${name}`], fixAvailable: false },
  via: [
    { source: 1, name, dependency: name, title, url: 'https://advisories.test/1', severity, cwe: [], range: '<99' },
  ],
});
const report = (vulnerabilities: Record<string, object>) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: counts } });

test('passes a report without advisories, and one with lesser ones', () => {
  expect(judgeAudit(report({}))).toEqual({
    passed: true,
    text: '0 packages with advisories of level high or critical, 0 with lesser ones.',
  });
  expect(judgeAudit(report({ idb: advisory('idb', 'moderate', 'slow') }))).toMatchObject({ passed: true });
});

test('fails on advisories of level high and critical, and on what needs such a package', () => {
  const found = {
    idb: advisory('idb', 'moderate', 'slow'),
    papaparse: advisory('papaparse', 'high', 'Text is run'),
    table: { ...advisory('table', 'critical', ''), via: ['papaparse'] },
  };
  expect(judgeAudit(report(found))).toEqual({
    passed: false,
    text: [
      '2 packages with advisories of level high or critical, 1 with lesser ones.',
      'high: papaparse: Text is run (https://advisories.test/1)',
      'critical: table: through papaparse',
    ].join('\n'),
  });
});

const nothing = { summary: '', detail: '' };
test.each([
  [
    'a registry without advisories',
    {
      message: `405 Method Not Allowed - POST https://registry.test${path}`,
      ...{ method: 'POST', uri: `https://registry.test${path}`, headers: { allow: ['GET,HEAD'] } },
      ...{ statusCode: 405, body: '', error: nothing },
    },
    'the registry gives no advisories (it answered 405)',
  ],
  [
    'no network',
    {
      message: `request to https://registry.test${path} failed, reason: connect ECONNREFUSED 127.0.0.1:9`,
      error: nothing,
    },
    'the registry cannot be reached',
  ],
  [
    'an unknown host',
    {
      message: `request to https://registry.test${path} failed, reason: getaddrinfo ENOTFOUND registry.test`,
      error: nothing,
    },
    'the registry cannot be reached',
  ],
])('passes with a sentence where there is %s', (_, printed, why) => {
  expect(judgeAudit(JSON.stringify(printed))).toEqual({
    passed: true,
    text: `Known advisories were not checked: ${why}.`,
  });
});

test.each([
  [
    'no lock file',
    JSON.stringify({ error: { code: 'ENOLOCK', summary: 'This command requires an existing lockfile.' } }),
  ],
  ['an answer that is no JSON', 'npm error Unknown command: "audit"'],
  ['nothing', ''],
  ['a question that the registry does not understand', JSON.stringify({ message: '400 Bad Request', statusCode: 400 })],
  ['a report without its list', JSON.stringify({ auditReportVersion: 2 })],
])('fails where there is %s', (_, printed) => {
  expect(judgeAudit(printed).passed).toBe(false);
});

const integrity = 'sha512-abc';
const lock = (entry: object, own: object = {}) => ({
  lockfileVersion: 3,
  packages: { '': own, 'node_modules/x': { version: '1.0.0', integrity, ...entry } },
});

test('the project’s own lock file has no problems', () => {
  expect(lockProblems(JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')))).toEqual([]);
});

test.each([
  [lock({ resolved: 'git+ssh://git@host.test/x.git#abc' }), /does not come from a registry/],
  [lock({ resolved: 'http://registry.test/x/-/x-1.0.0.tgz' }), /does not come from a registry/],
  [lock({ resolved: 'file:../x' }), /does not come from a registry/],
  [lock({ link: true }), /does not come from a registry/],
  [lock({ integrity: undefined }), /no SHA-512 hash/],
  [lock({ integrity: 'sha1-abc' }), /no SHA-512 hash/],
  [lock({ hasInstallScript: true }), /runs a script/],
  [lock({}, { dependencies: { x: '^1.0.0' } }), /not by one version/],
  [lock({}, { devDependencies: { x: 'github:a/x' } }), /not by one version/],
  [{ lockfileVersion: 2, packages: {} }, /not of version 3/],
])('refuses %j', (made, says) => {
  expect(lockProblems(made)).toEqual([expect.stringMatching(says)]);
});

test('takes a registry’s tarball with its hash, and install scripts that are known', () => {
  expect(lockProblems(lock({ resolved: 'https://registry.test/x/-/x-1.0.0.tgz' }))).toEqual([]);
  const packages = { '': {}, 'node_modules/a/node_modules/esbuild': { integrity, hasInstallScript: true } };
  expect(lockProblems({ lockfileVersion: 3, packages })).toEqual([]);
});
