import type { PositionalOptions } from 'yargs';
import type { Arguments, Completes, Flag } from './options.js';

/** A command of `kosh-ingest`. Its module is cheap to import: what it needs to run is imported by `run`. */
export interface Command {
  /** What follows the name, as yargs writes it: `[inputs..]`. */
  readonly usage: string;
  /** The positionals, described. A shell completes them as paths where they do not say otherwise. */
  readonly positionals: Readonly<Record<string, PositionalOptions & { readonly completes?: Completes }>>;
  readonly description: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** @returns the exit code */
  run(argv: Arguments): Promise<number>;
}
