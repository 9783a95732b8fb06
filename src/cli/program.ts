import { createRequire } from 'node:module';
import { didYouMean } from '../config/did-you-mean.js';
import { exitCodes, IngestError } from '../errors.js';
import type { Command } from './command.js';
import { benchCommand } from './commands/bench.js';
import { completionCommand } from './commands/completion.js';
import { doctorCommand } from './commands/doctor.js';
import { exportCommand } from './commands/export.js';
import { infoCommand } from './commands/info.js';
import { loadCommand } from './commands/load.js';
import { stressCommand } from './commands/stress.js';
import { verifyCommand } from './commands/verify.js';
import { type Arguments, checkFlags, stdinLast } from './options.js';

const commands = {
  load: loadCommand,
  verify: verifyCommand,
  info: infoCommand,
  export: exportCommand,
  doctor: doctorCommand,
  bench: benchCommand,
  stress: stressCommand,
  completion: completionCommand((): Readonly<Record<string, Command>> => commands),
} as const satisfies Readonly<Record<string, Command>>;

const names = Object.keys(commands) as (keyof typeof commands)[];

/**
 * Runs a command line. The command comes first, its flags and positionals follow.
 *
 * @param args without node and the script
 * @returns the exit code
 * @throws IngestError `ERR_USAGE` for a command line that makes no sense, and what the command throws
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const command = commandOf(args);
  if (command) checkFlags(args, command.flags);
  let exitCode: number = exitCodes.done;
  const parser = await createParser(command ? stdinLast(args, command.flags) : args, async (running, argv) => {
    exitCode = await running.run(argv);
  });
  if (args.length === 0) {
    process.stderr.write(`${await parser.getHelp()}\n`);
    return exitCodes.usage;
  }
  try {
    await parser.parseAsync();
  } catch (error) {
    throw error instanceof Error && error.name === 'YError' ? usageError(error) : error;
  }
  return exitCode;
}

function commandOf([first]: readonly string[]): Command | undefined {
  if (first === undefined || ['--help', '-h', '--version'].includes(first)) return undefined;
  const name = names.find((known) => known === first);
  if (name !== undefined) return commands[name];
  throw first.startsWith('-')
    ? new IngestError('ERR_USAGE', `${first}: the command comes first`, {
        hint: `for example: kosh-ingest ${names[0]} ${first} …`,
      })
    : new IngestError('ERR_USAGE', `${first}: no such command`, { hint: didYouMean(first, names, `known: ${names.join(', ')}`) });
}

function usageError(error: Error): IngestError {
  return new IngestError('ERR_USAGE', error.message, { cause: error, hint: 'kosh-ingest --help shows how it is used' });
}

/** yargs is imported here and nowhere else; it takes about 70 ms, most of the time of `--help`. */
async function createParser(args: readonly string[], run: (command: Command, argv: Arguments) => Promise<void>) {
  const { default: yargs } = await import('yargs');
  const parser = yargs([...args])
    .scriptName('kosh-ingest')
    .usage('$0 <command>\n\nFills Kosh stores in parallel, looks into them, and finds the lock strategy that is safe and fast.')
    .epilogue(
      'Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 done with rejects, 4 the store differs (verify), an invariant is broken (stress), something lost or slower than allowed (bench), 5 lock or retries exhausted, 130 interrupted',
    )
    .version(version())
    .alias('help', 'h')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .detectLocale(false)
    .fail(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    });
  for (const name of names) {
    const command = commands[name];
    for (const [line, meaning] of command.examples) parser.example(`$0 ${name} ${line}`.trim(), meaning);
    parser.command(
      `${name} ${command.usage}`.trim(),
      command.description,
      (builder) => {
        builder
          .usage(`$0 ${[name, command.usage, '[flags]'].filter(Boolean).join(' ')}\n\n${command.description}`)
          .options(command.flags);
        for (const [key, positional] of Object.entries(command.positionals)) builder.positional(key, positional);
        return builder;
      },
      (argv) => run(command, argv),
    );
  }
  return parser;
}

/** From package.json, by the package's own name: its place differs between the sources and `dist`. */
function version(): string {
  return (createRequire(import.meta.url)('kosh-ingest/package.json') as { readonly version: string }).version;
}
