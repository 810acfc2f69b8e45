// The built studio as it is soaked: a copy of dist that stays as it is, with the soak's own code in front of the training worker's, on a server of its own.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../scripts/build.mjs';
import { createStaticServer, listen } from '../../scripts/serve.mjs';
import { ROOT } from '../../scripts/setup.mjs';
import { bundle } from '../harness/bundle';

export interface SoakHost {
  /** Ends in a slash. */
  url: string;
  /** Runs in the page before anything else. */
  pageScript: string;
  /** For browsers' profiles. */
  folder: string;
  close(): Promise<void>;
}

const FIRST_PORT = Number(process.env.ALLO_PORT ?? 4690);
const TRAINER = /^trainer\.worker[^/]*\.js$/;

/** Throws Error when the studio cannot be built or is not what it was. */
export async function startHost(): Promise<SoakHost> {
  if (!ensureBuilt()) throw new Error('The studio could not be built: see above.');
  const [page, worker] = [await bundle('../soak/page/main.ts'), await bundle('../soak/page/worker.ts')];
  const folder = mkdtempSync(join(tmpdir(), 'allo-soak-'));
  const root = join(folder, 'dist');
  cpSync(join(ROOT, 'dist'), root, { recursive: true });
  const assets = join(root, 'assets');
  const trainers = readdirSync(assets).filter((name) => TRAINER.test(name));
  if (trainers.length !== 1) throw new Error(`The build has ${trainers.length} training workers, expected one.`);
  const script = join(assets, trainers[0]!);
  writeFileSync(script, `{\n${worker.script}\n}\n${readFileSync(script, 'utf8')}`);
  const server = createStaticServer({ root });
  const port = await listen(server, { port: FIRST_PORT });
  return {
    url: `http://localhost:${port}/`,
    pageScript: `{\n${page.script}\n}`,
    folder,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
