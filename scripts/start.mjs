// `npm start`: install what is missing, build when the sources are newer, serve the studio on localhost, print the address.
// node scripts/start.mjs [--port N] [--host H]
import { fail, ROOT, setup } from './setup.mjs';

// Everything else is loaded after the check of Node's version.
setup();
const { parseArgs } = await import('node:util');
const { ensureBuilt } = await import('./build.mjs');
const { createStaticServer, listen } = await import('./serve.mjs');

const { values } = parseArgs({
  options: { port: { type: 'string', default: '4173' }, host: { type: 'string', default: '127.0.0.1' } },
});
const wanted = Number(values.port);
if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65535) fail(`--port ${values.port} is not a port (0…65535).`);
if (!ensureBuilt()) fail('The build failed: see above.');

try {
  const port = await listen(createStaticServer({ root: `${ROOT}/dist` }), { port: wanted, host: values.host });
  const name = values.host === '127.0.0.1' ? 'localhost' : values.host;
  console.log(`\nALLO Studio is at http://${name}:${port}/   (Ctrl+C stops it)\n`);
} catch (error) {
  fail(
    `Could not serve on port ${wanted}: ${error instanceof Error ? error.message : error}. Try --port with another one.`,
  );
}
