// How a command ends when something is wrong: one sentence on stderr and exit status 1, no stack.

/** Runs a command's main function. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
