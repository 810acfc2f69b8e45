// What stands in every report about where it was made: the machine and the versions of packages.
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

export interface Machine {
  system: string;
  processor: string;
  cores: number;
  memoryBytes: number;
  /** Processes that ran or waited to run in the minute before; 0 where the system does not say. */
  loadBefore: number;
  node: string;
}

export const describeMachine = (): Machine => ({
  system: `${platform()} ${release()}`,
  processor: cpus()[0]?.model.trim() || process.arch,
  cores: cpus().length,
  memoryBytes: totalmem(),
  loadBefore: loadavg()[0] ?? 0,
  node: process.versions.node,
});

export const machineLine = ({ processor, cores, memoryBytes, system, loadBefore }: Machine): string =>
  `${processor}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${system}; load before ${loadBefore.toFixed(1)}`;

const versionIn = (file: string | URL): string => JSON.parse(readFileSync(file, 'utf8')).version;

/** Of installed packages, by name. */
export const versionsOf = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.map((name) => [name, versionIn(new URL(`../../node_modules/${name}/package.json`, import.meta.url))]),
  );

/** The version of the package that a file belongs to. Throws Error for a file of none. */
export function versionOfFile(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) return versionIn(manifest);
  }
  throw new Error(`${file} belongs to no package.`);
}

export const versionsLine = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
