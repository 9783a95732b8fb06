import { inspect } from 'node:util';
import { exitCodes, IngestError, messageOf } from '../errors.js';

const debugVariable = 'KOSH_INGEST_DEBUG';

/** A failure as the lines to print and the code to exit with. */
export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

/**
 * What a command says when it fails: one line, and one with the hint. The stack comes only when KOSH_INGEST_DEBUG asks for it.
 * An error that is not an {@link IngestError} is a fault of this program: exit code 1, and how to get the stack.
 */
export function describeFailure(error: unknown, env: Readonly<Record<string, string | undefined>>): Failure {
  const debug = !['', '0', 'false', undefined].includes(env[debugVariable]);
  const known = error instanceof IngestError;
  const lines = [`kosh-ingest: ${known ? '' : 'unexpected error: '}${oneLine(messageOf(error))}`];
  const hint = known ? error.hint : debug ? undefined : `set ${debugVariable}=1 to see where it happened`;
  if (hint) lines.push(`  hint: ${oneLine(hint)}`);
  if (debug) lines.push(inspect(error));
  return { text: `${lines.join('\n')}\n`, exitCode: known ? error.exitCode : exitCodes.failed };
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
