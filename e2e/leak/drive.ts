// Uses the studio as somebody does who leaves it on for a day: run after run with views looked at and old runs deleted, or one run of many steps.
import type { RawTab } from '../rawTab';
import type { Phase, Sample } from './judge';
import type { Probe } from './probe';

/** Counts what the page is told. Runs before its own code. */
export const COUNT = `
  window.counted = { steps: 0, done: 0, failed: null };
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'run.failed') counted.failed = data.error.detail;
        if (data?.type === 'run.phase' && data.phase === 'done') counted.done++;
        if (data?.type !== 'run.events') return;
        for (const event of data.events) if (event.type === 'step') counted.steps++;
      });
    }
  };`;

interface Counted {
  steps: number;
  done: number;
  failed: string | null;
}

/** Tiny on few prompts: a run takes seconds, so that many of them fit. */
const FEW = 'preset=tiny&seed=7&prompts=32&samplesPerPrompt=4&heldOutPrompts=10&otherPrompts=0&klPrompts=10';
/** As many as one stage may have: what one stage leaves is not mixed with what the next one begins with. */
const MOST_STEPS = 5000;
export const QUERIES: Readonly<Record<Phase, string>> = {
  runs: `${FEW}&batchTokens=512&warmupSteps=20&forgettingSteps=10&improvingSteps=10`,
  steps: `${FEW}&warmupSteps=${MOST_STEPS}&forgettingSteps=3&improvingSteps=3`,
};

/** Looked at during each run. */
const LOOKED_AT = ['Curves', 'Neurons', 'Tokens', 'Samples', 'Data', 'System', 'Learn', 'Compare'] as const;
/** Saved runs that stay in the list. */
const KEPT = 2;
const [LOOK_MS, EVERY_MS, LONGEST_RUN_MS] = [300, 5000, 900_000];

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const openView = (tab: RawTab, name: string): Promise<void> => tab.click('nav[aria-label="Views"] a', name);

async function counted(tab: RawTab): Promise<Counted> {
  const now = await tab.evaluate<Counted>('counted');
  if (now.failed !== null) throw new Error(`A run failed: ${now.failed}`);
  return now;
}

export interface Drive {
  tab: RawTab;
  probe: Probe;
  /** `performance.now()` at which it is over. */
  until: number;
  onSample(sample: Sample): void;
}

function sampler({ tab, probe, onSample }: Drive) {
  const began = performance.now();
  return async (): Promise<void> => {
    const values = await probe.look();
    const { steps } = await counted(tab);
    onSample({ seconds: (performance.now() - began) / 1000, steps, values });
  };
}

/** Deletes the oldest of the saved runs; they are gone for good ten seconds later. */
async function deleteOld(tab: RawTab): Promise<void> {
  const rows = `document.querySelectorAll('.saved-list > .saved-row').length`;
  await tab.until(`${rows} > 0`);
  for (let count = await tab.evaluate<number>(rows); count > KEPT; count--) {
    await tab.click('.saved-list > .saved-row:last-child button[aria-label^="More for"]');
    await tab.click('.saved-more button', 'Delete');
    await tab.until(`${rows} < ${count}`);
  }
}

/** Run after run; a sample between two of them. */
export async function driveRuns(drive: Drive): Promise<void> {
  const { tab, until } = drive;
  const sample = sampler(drive);
  for (let run = 0; performance.now() < until; run++) {
    const { done } = await counted(tab);
    await tab.click('button', run === 0 ? 'Run ALLO' : 'Restart');
    // All of them each time, so that every sample is taken behind the same clicks.
    for (const view of LOOKED_AT) {
      await openView(tab, view);
      await wait(LOOK_MS);
    }
    await tab.until(`counted.done > ${done} || counted.failed`, LONGEST_RUN_MS);
    await openView(tab, 'Run');
    await deleteOld(tab);
    await wait(LOOK_MS);
    await sample();
  }
}

/** One stage of many steps, at most until its end; a sample every few seconds, always from the Run view. */
export async function driveSteps(drive: Drive): Promise<void> {
  const { tab, until } = drive;
  await tab.click('button', 'Run ALLO');
  await tab.until('counted.steps > 10 || counted.failed', LONGEST_RUN_MS);
  const sample = sampler(drive);
  const isInStage = async () => (await counted(tab)).steps < MOST_STEPS;
  for (let look = 0; performance.now() < until && (await isInStage()); look++) {
    if (look % 4 === 3) {
      await openView(tab, LOOKED_AT[(look >> 2) % LOOKED_AT.length]!);
      await wait(LOOK_MS);
      await openView(tab, 'Run');
    }
    await wait(EVERY_MS);
    await sample();
  }
}
