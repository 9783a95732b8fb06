import type { Options, PositionalOptions } from 'yargs';
import type { Arguments } from './options.js';

/** A command of `kosh-ingest`. Its module is cheap to import: what it needs to run is imported by `run`. */
export interface Command {
  /** What follows the name, as yargs writes it: `[inputs..]`. */
  readonly usage: string;
  /** The positionals, described. */
  readonly positionals: Readonly<Record<string, PositionalOptions>>;
  readonly description: string;
  readonly flags: Readonly<Record<string, Options>>;
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** @returns the exit code */
  run(argv: Arguments): Promise<number>;
}
