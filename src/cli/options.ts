import type { Options } from 'yargs';
import { didYouMean } from '../config/did-you-mean.js';
import { defaultText, flagOf, type OptionSpec } from '../config/option-spec.js';
import { type OptionKey, optionKeys } from '../config/options.js';
import { verifyKeys } from '../config/verify-options.js';
import { IngestError } from '../errors.js';

/** A parsed command line, the slice of yargs' that is used. */
export interface Arguments {
  readonly _: readonly (string | number)[];
  readonly [name: string]: unknown;
}

/** What stands behind a flag, for the completion of a shell: a path, or one of these words, which of a list stand with commas. */
export type Completes = 'path' | { readonly words: readonly string[]; readonly isList: boolean };

/** A flag, or a positional, as yargs takes it, with what yargs need not know. */
export interface Flag extends Options {
  readonly completes?: Completes;
}

/** The flags of every command. */
export const commonFlags: readonly string[] = ['help', 'version'];

/** The flag of the commands that read a configuration file. */
export const configFlag: Readonly<Record<'config', Flag>> = {
  config: {
    completes: 'path',
    group: 'Output:',
    description: 'The configuration file.',
    requiresArg: true,
    defaultDescription: './ingest.config.json if there',
  },
};

/** The options of a command's table as flags for yargs, but for lists of paths, which are positional. */
export function flagsOf(table: Readonly<Record<string, OptionSpec>>): Record<string, Flag> {
  const flags: Record<string, Flag> = {};
  for (const [key, spec] of Object.entries(table)) {
    if (spec.type === 'paths') continue;
    const text = defaultText(spec);
    const completes = completesOf(spec);
    flags[flagOf(key)] = {
      group: `${spec.group}:`,
      description: descriptionOf(spec),
      ...(spec.type === 'boolean' ? { type: 'boolean' } : { requiresArg: true }),
      ...(text === undefined ? {} : { defaultDescription: text }),
      ...(completes === undefined ? {} : { completes }),
    };
  }
  return flags;
}

/** The description, with the choices where it does not name each of them. */
function descriptionOf(spec: OptionSpec): string {
  if (spec.type !== 'choice' && spec.type !== 'choices') return spec.description;
  const words = new Set(spec.description.split(/[^\w-]+/));
  if (spec.choices.every((choice) => words.has(choice))) return spec.description;
  return `${spec.description} One of: ${spec.choices.join(', ')}.`;
}

function completesOf(spec: OptionSpec): Completes | undefined {
  if (spec.type === 'path') return 'path';
  if (spec.type === 'choice' || spec.type === 'choices') return { words: spec.choices, isList: spec.type === 'choices' };
  return undefined;
}

/** What the flags of a command's table say, by its keys and unchecked. */
export function givenFlags<K extends string>(argv: Arguments, keys: readonly K[]): Partial<Record<K, unknown>> {
  const given: Partial<Record<K, unknown>> = {};
  for (const key of keys) given[key] = argv[flagOf(key)];
  return given;
}

/** For a command without positionals: says that it takes none. */
export function refuseInputs({ _: [, extra] }: Arguments, command: string): void {
  if (extra === undefined) return;
  throw new IngestError('ERR_USAGE', `${extra}: ${command} takes no inputs`, { hint: '--store names the store' });
}

/** The positional of a command that reads a store. */
export const storePositional = 'path-or-url';

/** What the positional or the flag says of the store. Throws `ERR_USAGE` for a second one. */
export function givenStore(argv: Arguments, command: string): unknown {
  // What follows `--` lands in `_`, after the command's name.
  const given = [argv.store, argv[storePositional], ...argv._.slice(1)].filter((one) => one !== undefined);
  if (given.length < 2) return given[0];
  throw new IngestError('ERR_USAGE', `${given.slice(1).join(' ')}: ${command} takes one store`, {
    hint: `for example: kosh-ingest ${command} threadsafe.sqlite`,
  });
}

/** What the flags and positionals of a verification say, likewise: its first positional is the store, where no flag names it. */
export function givenForVerify(argv: Arguments): Partial<Record<OptionKey, unknown>> {
  const first = argv[storePositional];
  const words = [...(first === undefined ? [] : [String(first)]), ...(givenForLoad(argv).inputs as readonly string[])];
  const store = argv.store ?? words.shift();
  return { ...givenFlags(argv, verifyKeys), inputs: words, store };
}

/** What the flags and positionals of a load say, by the table's keys and unchecked: for `loadConfig`. */
export function givenForLoad(argv: Arguments): Partial<Record<OptionKey, unknown>> {
  // What follows `--` lands in `_`, after the command's name.
  const inputs = [...((argv.inputs as readonly unknown[] | undefined) ?? []), ...argv._.slice(1)];
  return { ...givenFlags(argv, optionKeys), inputs: inputs.map(String) };
}

/**
 * Refuses what yargs takes in silence or words badly: a flag that does not exist, one that is given twice (yargs makes a list of it),
 * a value for a switch, none for a flag. Looks at the words themselves, so that the message shows a flag as it was written.
 *
 * @param flags the command's flags, without the common ones
 * @throws IngestError `ERR_USAGE`
 */
export function checkFlags(args: readonly string[], flags: Readonly<Record<string, Options>>): void {
  const seen = new Set<string>();
  for (const [index, word] of args.entries()) {
    if (word === '--') return;
    if (!isFlag(word) || word === '-h') continue;
    const [spelled = word, value] = word.split(/=(.*)/s);
    const name = spelled.slice(2);
    if (!spelled.startsWith('--') || !(Object.hasOwn(flags, name) || commonFlags.includes(name)))
      throw unknownFlag(spelled, flags);
    if (seen.has(name)) throw new IngestError('ERR_USAGE', `${spelled}: given twice`, { hint: 'give it once' });
    seen.add(name);
    const next = args[index + 1];
    if (flags[name]?.requiresArg) {
      if (value === undefined && (next === undefined || isFlag(next))) throw missingValue(spelled, next);
    } else if (value !== undefined) {
      throw new IngestError('ERR_USAGE', `${spelled}: takes no value, found ${JSON.stringify(value)}`, {
        hint: `write ${spelled} alone, or leave it out`,
      });
    }
  }
}

/** The words with every input `-` (stdin) behind `--`: yargs loses it among positionals. */
export function stdinLast(args: readonly string[], flags: Readonly<Record<string, Options>>): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const isStdin = (word: string, index: number) =>
    word === '-' && index < end && !flags[args[index - 1]?.replace(/^--/, '') ?? '']?.requiresArg;
  const moved = args.filter(isStdin);
  if (moved.length === 0) return [...args];
  const others = args.filter((word, index) => !isStdin(word, index));
  return others.includes('--') ? [...others, ...moved] : [...others, '--', ...moved];
}

/** `-` is a name, `-1` and `-.5` are values. */
function isFlag(word: string): boolean {
  return /^-(?!\.?\d)./s.test(word);
}

function unknownFlag(spelled: string, flags: Readonly<Record<string, Options>>): IngestError {
  const known = [...Object.keys(flags), ...commonFlags];
  return new IngestError('ERR_USAGE', `${spelled}: no such flag`, {
    hint: didYouMean(spelled, known, '--help lists the flags', (name) => `--${name}`),
  });
}

function missingValue(spelled: string, next: string | undefined): IngestError {
  return new IngestError('ERR_USAGE', `${spelled}: a value is missing`, {
    hint: `write ${spelled}=${next ?? 'VALUE'}${next === undefined ? '' : ` if ${next} is the value`}`,
  });
}
