// Where a model is: base address, id and revision, from what somebody typed. Everything that goes into a URL is checked here and nowhere else.
import { HubError } from './hubError';

export interface HubAddress {
  /** http(s) address without a slash at its end. */
  readonly base: string;
  /** 'name' or 'owner/name'. */
  readonly id: string;
  readonly revision: string;
}

const SEGMENT = /^[A-Za-z0-9][\w.-]{0,95}$/;
const REVISION = /^[A-Za-z0-9][\w./-]{0,127}$/;
const FILE = /^[A-Za-z0-9][\w.-]{0,199}$/;
const COMMIT = /^[0-9a-f]{40}$/;
const DEFAULT_REVISION = 'main';

const refuse = (problem: string, next: string): HubError => new HubError('address', problem, next);
const isHttp = (text: string): boolean => /^https?:\/\//i.test(text);

/** Throws HubError unless it is a plain http or https address. */
function parseBase(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse(
      'The base address is no address.',
      'Write it like https://hub.example or http://localhost:8080/models.',
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refuse(`The base address begins with ${url.protocol}`, 'Write http:// or https:// before the host.');
  if (url.username !== '' || url.password !== '')
    throw refuse('The base address holds a name or password.', 'Take it out; the page sends no accounts.');
  if (url.search !== '' || url.hash !== '')
    throw refuse('The base address has a “?” or “#” part.', 'Take that part out.');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function checkId(id: string): string {
  const segments = id.split('/');
  const isPlain = segments.length <= 2 && segments.every((part) => SEGMENT.test(part) && !part.includes('..'));
  if (!isPlain) {
    throw refuse(
      `“${id.slice(0, 100)}” is no id of a model.`,
      'Write owner/name, with letters, digits, “-”, “_” and “.” only.',
    );
  }
  return id;
}

function checkRevision(revision: string): string {
  const isPlain = REVISION.test(revision) && !revision.includes('..') && !revision.includes('//');
  if (!isPlain || revision.endsWith('/'))
    throw refuse(`“${revision.slice(0, 100)}” is no revision.`, 'Write a branch, a tag or a commit; usually main.');
  return revision;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('The address has a broken “%” in it.', 'Copy it again.');
  }
}

/** A model's page or one of its files → its parts: `{base}/{id}`, `{base}/{id}/tree/{revision}`, `{base}/{id}/resolve/{revision}/{file}`. */
function parsePage(text: string, base: string): HubAddress {
  // Fragment and query are of the page, not of the model; the rest is checked as a base.
  const page = parseBase(text.replace(/[?#].*$/s, ''));
  const { origin, pathname } = new URL(page);
  const from = base !== '' && page.startsWith(`${base}/`) ? base : origin;
  const parts = (from === base ? page.slice(base.length) : pathname).split('/').filter((part) => part !== '');
  const marker = parts.findIndex((part) => part === 'resolve' || part === 'tree' || part === 'blob');
  const before = marker < 0 ? parts : parts.slice(0, marker);
  const revision = marker < 0 ? DEFAULT_REVISION : decoded(parts[marker + 1] ?? DEFAULT_REVISION);
  const path = before.slice(0, -2).map((part) => `/${part}`);
  return {
    base: `${from}${path.join('')}`,
    id: checkId(before.slice(-2).join('/')),
    revision: checkRevision(revision),
  };
}

/**
 * What was typed as an address. `model` is an id ('owner/name', also 'owner/name@revision') that belongs to `base`, or the address of a model's page or
 * of one of its files, which needs no base. Throws HubError saying what is wrong with it.
 */
export function parseHubAddress(base: string, model: string, revision = ''): HubAddress {
  const [givenBase, given, givenRevision] = [base.trim(), model.trim(), revision.trim()];
  if (given === '') throw refuse('No model is named.', 'Write its id, like owner/name.');
  if (isHttp(given)) {
    const page = parsePage(given, givenBase === '' ? '' : parseBase(givenBase));
    return givenRevision === '' ? page : { ...page, revision: checkRevision(givenRevision) };
  }
  if (givenBase === '')
    throw refuse('No base address is given.', 'Write the address of the hub or mirror; the page knows none by itself.');
  const at = given.indexOf('@');
  const wanted = at < 0 ? givenRevision || DEFAULT_REVISION : given.slice(at + 1);
  return {
    base: parseBase(givenBase),
    id: checkId(at < 0 ? given : given.slice(0, at)),
    revision: checkRevision(wanted),
  };
}

/** Where a file of the model is. Throws HubError for a name that is no plain file's name. */
export function fileUrl({ base, id, revision }: HubAddress, file: string): string {
  if (!FILE.test(file) || file.includes('..'))
    throw new HubError('not a file', `The model names a file “${file.slice(0, 100)}”.`, 'Such names are not taken.');
  return `${base}/${id}/resolve/${encodeURIComponent(revision)}/${file}`;
}

/** The same model of the same place and revision has the same key. */
export const addressKey = ({ base, id, revision }: HubAddress): string => `${base} ${id} ${revision}`;

/** Whether what the revision names can never change. */
export const isFixed = ({ revision }: HubAddress): boolean => COMMIT.test(revision);

export const hostOf = (url: string): string => new URL(url).host;
