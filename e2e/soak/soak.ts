// `npm run soak -- --kills 200 --seed 1`: Tiny runs of every stage in real Chromium, killed at random moments and gone on with by the page's own buttons, until
// each has told all that it tells when nobody interrupts it.
//   --kinds tab,browser,worker,device,storage   only these   --report file   where the JSON report goes (test-results/soak.json)
// Exits with 1 unless every kill was made and followed by a resume, nothing was lost, and no number differs; with 130 on Ctrl-C.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ensureChromium } from '../../scripts/chromium.mjs';
import { duration } from '../../src/components/duration';
import { createRng } from '../../src/core/rng';
import {
  type Books,
  exitStatusOf,
  faultsOf,
  type Killed,
  killsByStage,
  secondsByKind,
  summaryLine,
  totalsOf,
} from './account';
import { type Configuration, WASM_CONFIGURATIONS, WEBGPU_CONFIGURATIONS } from './configurations';
import { type SoakHost, startHost } from './host';
import { readSoakOptions, type SoakOptions } from './options';
import { type PlannedRun, planSoak } from './plan';
import { measureReference, type Reference, soakRun } from './run';
import { createStudio, type SoakStudio } from './studio';

const sentence = ({
  kill,
  configuration,
  stage,
  access,
  lost,
  tries,
  isFromBeginning,
  milliseconds,
}: Killed): string => {
  const { kind, way, faults } = kill;
  const how = kind === 'storage' ? `storage (${faults?.fault}, then ${way})` : `${kind} (${way})`;
  const again = tries > 1 ? `went on when asked ${tries} times` : 'went on';
  const came = lost !== null ? `LOST: ${lost}` : isFromBeginning ? 'had no save, began anew' : again;
  return `${how} at ${stage}${access === null ? '' : `, in ${access}`} of “${configuration}”: ${came}; ${(milliseconds / 1000).toFixed(1)} s`;
};

class Soak {
  readonly books: Books = { killed: [], ended: [] };
  readonly #references = new Map<Configuration, Reference>();
  readonly #studios = new Map<boolean, SoakStudio>();
  readonly #began = performance.now();
  #stopped = new AbortController();
  #version = '';

  constructor(
    readonly options: SoakOptions,
    readonly host: SoakHost,
    readonly executablePath: string,
  ) {}

  #studioFor({ settings }: Configuration): SoakStudio {
    const hasWebgpu = settings.backend === 'webgpu';
    const known = this.#studios.get(hasWebgpu);
    if (known) return known;
    const studio = createStudio({ host: this.host, executablePath: this.executablePath, hasWebgpu });
    this.#studios.set(hasWebgpu, studio);
    return studio;
  }

  async #referenceOf({ configuration, seed }: PlannedRun): Promise<Reference> {
    const known = this.#references.get(configuration);
    if (known) return known;
    const began = performance.now();
    const studio = this.#studioFor(configuration);
    const reference = await measureReference(studio, configuration, seed);
    this.#version = studio.version();
    this.#references.set(configuration, reference);
    const { told, stages } = reference;
    const counts = `${told.steps.length} steps, ${told.events.length} events, ${stages.length} stages`;
    console.log(
      `“${configuration.name}” of seed ${seed}, uninterrupted: ${counts}; ${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
    return reference;
  }

  #tell(killed: Killed): void {
    this.books.killed.push(killed);
    const { length } = this.books.killed;
    const left = ((performance.now() - this.#began) / length) * (this.options.kills - length);
    console.log(`${length}/${this.options.kills} ${sentence(killed)}, about ${duration(left / 1000)} left`);
  }

  async #run(planned: PlannedRun, number: number): Promise<PlannedRun | null> {
    const { configuration } = planned;
    const studio = this.#studioFor(configuration);
    const reference = await this.#referenceOf(planned);
    const { ended, missed } = await soakRun({
      ...{ studio, number, planned, reference, signal: this.#stopped.signal },
      onKilled: (killed) => this.#tell(killed),
      onLost: async () => {
        const path = this.options.report.replace(/(\.json)?$/, `-lost-${number}.png`);
        await studio
          .page()
          .screenshot({ path, timeout: 5000 })
          .catch(() => {});
      },
    });
    if (ended) this.books.ended.push(ended);
    for (const difference of ended?.differences ?? [])
      console.log(`  UNEQUAL, ${configuration.name}, run ${number}: ${difference}`);
    // What came too late comes earlier in a run of its own.
    return missed.length > 0 ? { ...planned, kills: missed.map((kill) => ({ ...kill, at: kill.at / 2 })) } : null;
  }

  async work(): Promise<void> {
    const { kills, kinds, seed } = this.options;
    const available = { wasm: WASM_CONFIGURATIONS, webgpu: WEBGPU_CONFIGURATIONS };
    const queue = planSoak(createRng(seed).fork('soak'), kills, kinds, available);
    for (let number = 1; queue.length > 0 && !this.#stopped.signal.aborted; number++) {
      const again = await this.#run(queue.shift()!, number);
      if (again) queue.push(again);
    }
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([...this.#studios.values()].map((studio) => studio.killBrowser()));
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Gives what is wrong, as sentences. */
  report(trouble: string | null): string[] {
    const { books, options } = this;
    const faults = [...(trouble === null ? [] : [trouble]), ...faultsOf(books, options.kills)];
    const report = {
      ...{ date: new Date().toISOString(), browser: this.#version, options, totals: totalsOf(books), faults },
      ...{ seconds: (performance.now() - this.#began) / 1000, secondsByKind: secondsByKind(books) },
      killsByStage: killsByStage(books),
      largestDistance: Math.max(0, ...books.ended.map(({ largestDistance }) => largestDistance)),
      ...books,
    };
    mkdirSync(dirname(options.report), { recursive: true });
    writeFileSync(options.report, `${JSON.stringify(report, null, 2)}\n`);
    for (const [kind, { kills, seconds }] of Object.entries(report.secondsByKind))
      console.log(`${kind}: ${kills} kills, ${seconds.toFixed(1)} s each`);
    const { fromBeginning } = report.totals;
    const busy = books.killed.filter(({ tries }) => tries > 1).length;
    console.log(
      `by stage: ${Object.entries(report.killsByStage)
        .map(([stage, kills]) => `${stage} ${kills}`)
        .join(', ')}`,
    );
    console.log(
      `${books.ended.length} runs ended; ${fromBeginning} kills came before the first save, ${busy} runs were held for a moment by what was killed`,
    );
    for (const fault of faults) console.log(fault);
    return faults;
  }
}

async function main(): Promise<number> {
  const options = readSoakOptions(process.argv.slice(2));
  const executablePath = ensureChromium();
  const host = await startHost();
  const soak = new Soak(options, host, executablePath);
  process.on('SIGINT', () => void soak.stop());
  process.on('SIGTERM', () => void soak.stop());
  let trouble: string | null = null;
  try {
    await soak.work();
  } catch (error) {
    if (!soak.isStopped) trouble = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const wasStopped = soak.isStopped;
  const faults = soak.report(trouble);
  await soak.stop();
  await host.close();
  console.log(summaryLine(totalsOf(soak.books)));
  return exitStatusOf(faults, wasStopped);
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
