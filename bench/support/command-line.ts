import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';

/** The number that a flag was given, from 1 on. */
export function positive(flag: string, text: string): number {
  return /^[1-9]\d{0,6}$/.test(text)
    ? Number(text)
    : refuse(`${flag}: expected a number from 1 on, found ${JSON.stringify(text)}`);
}

export function refuse(message: string): never {
  throw new Error(message);
}

/** Tells what is being done, on stderr. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Shows the report, and writes what was asked for: the results as JSON, the report. */
export function publish(
  files: { readonly json?: string | undefined; readonly write?: string | undefined },
  results: unknown,
  report: string,
): void {
  process.stdout.write(report);
  writeOutput(files.json, `${JSON.stringify(results, undefined, 2)}\n`);
  writeOutput(files.write, report);
}

/** Writes a file that was asked for, and the folders that it lies in. */
function writeOutput(path: string | undefined, content: string): void {
  if (path === undefined) return;
  mkdirSync(dirname(resolve(path)), { recursive: true });
  writeFileSync(path, content);
}

/** The command line of this run of a bench. Where its files are on this machine is nobody's business. */
export function commandLineOf(bench: string): string {
  const given = process.argv.slice(2).map((word) => (isAbsolute(word) ? basename(word) : word));
  return [`node dist/bench/${bench}.js`, ...given].join(' ');
}

/** A bench: a table of trials, a report, files that it is written to. */
export interface BenchProgram<O, R> {
  readonly help: string;
  readonly readOptions: () => O;
  readonly bench: (options: O) => Promise<R>;
  readonly report: (results: R) => string;
  /** Whether everything came out as it has to: else the exit code is 1. */
  readonly isGood: (results: R) => boolean;
}

/** Runs a bench as a program. */
export async function runBench<O extends { help: boolean; json?: string | undefined; write?: string | undefined }, R>(
  program: BenchProgram<O, R>,
): Promise<void> {
  await runMain(async () => {
    const options = program.readOptions();
    if (options.help) {
      process.stdout.write(program.help);
      return 0;
    }
    const results = await program.bench(options);
    publish(options, results, program.report(results));
    return program.isGood(results) ? 0 : 1;
  });
}

/** Runs a program and sets its exit code. What it throws is told in one line. */
export async function runMain(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
