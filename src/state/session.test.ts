import { expect, it } from 'vitest';
import { aliveSessions, holdSession, type Locks, sessionName } from './session';

it('counts the tabs by the locks they hold', async () => {
  const names: string[] = [];
  const locks: Locks = {
    request: (name, whileHeld) => {
      names.push(name);
      return whileHeld();
    },
    query: async () => ({ held: [{ name: 'another’s' }, ...names.map((name) => ({ name }))] }),
  };
  await holdSession('me', locks);
  const isAlive = await aliveSessions(locks, 0);
  expect([isAlive('me'), isAlive('you'), isAlive('another’s')]).toEqual([true, false, false]);
});

it('without locks a tab counts as open for a day', async () => {
  await holdSession('me', undefined);
  const day = 24 * 3600 * 1000;
  const isAlive = await aliveSessions(undefined, 3 * day);
  expect(sessionName(35, 35)).toBe('z-z');
  expect([isAlive(sessionName(2.5 * day, 1)), isAlive(sessionName(day, 1)), isAlive('broken')]).toEqual([
    true,
    false,
    false,
  ]);
});

it('goes on where a lock is refused', async () => {
  const locks: Locks = { request: () => Promise.reject(new Error('no')), query: async () => ({}) };
  await holdSession('me', locks);
  expect((await aliveSessions(locks, 0))('me')).toBe(false);
});
