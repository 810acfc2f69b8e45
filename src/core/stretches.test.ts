import { expect, it } from 'vitest';
import { createStretches } from './stretches';

/** A clock that goes on as told; `turns`: what each turn was told of the work before it. */
function rig(longest: number) {
  const t = { time: 0, turns: [] as number[], told: [] as number[] };
  const stretches = createStretches({
    now: () => t.time,
    turn: async (worked) => {
      t.turns.push(worked);
      t.time += 100;
    },
    longest: () => longest,
    told: (milliseconds) => t.told.push(milliseconds),
  });
  const wait = (milliseconds: number) =>
    stretches.away(
      Promise.resolve().then(() => {
        t.time += milliseconds;
      }),
    );
  return { t, stretches, wait };
}

it('leaves others a turn once it has worked for long enough at one go', async () => {
  const { t, stretches } = rig(10);
  for (let piece = 0; piece < 6; piece++) {
    t.time += 4;
    await stretches.pause();
  }
  expect([t.turns, t.told]).toEqual([
    [12, 12],
    [12, 12],
  ]);
});

it('goes on with the same stretch behind a wait in which nobody can have worked, and begins anew behind a long one', async () => {
  const { t, stretches, wait } = rig(10);
  t.time += 6;
  await wait(11);
  t.time += 3;
  await stretches.pause();
  t.time += 1;
  await stretches.pause();
  expect([t.turns, t.told]).toEqual([[10], [10]]);

  t.time += 6;
  await wait(12);
  t.time += 9;
  await stretches.pause();
  expect([t.turns, t.told]).toEqual([[10], [10, 6]]);
  stretches.end();
  expect(t.told).toEqual([10, 6, 9]);
});
