#!/usr/bin/env node
import { codeOf, IngestError, messageOf } from '../errors.js';
import { describeFailure } from './failure.js';
import { runProgram } from './program.js';

/** Says why, and gives the exit code. */
function report(error: unknown): number {
  const { text, exitCode } = describeFailure(error, process.env);
  process.stderr.write(text);
  return exitCode;
}

// A reader that leaves early (`| head`) has what it wanted.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') return;
    throw new IngestError('ERR_EXPORT', `the output cannot be written: ${messageOf(error)}`, {
      hint: 'Check the space where it goes to.',
      cause: error,
    });
  });
}
process.on('uncaughtException', (error) => process.exit(report(error)));

try {
  process.exitCode = await runProgram(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}
