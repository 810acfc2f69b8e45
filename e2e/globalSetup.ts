// One build for all tests; none when dist is newer than its sources.
import { ensureBuilt } from '../scripts/build.mjs';

export default function globalSetup(): void {
  if (!ensureBuilt()) throw new Error('The build failed: see above.');
}
