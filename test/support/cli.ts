import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const typescript = import.meta.url.endsWith('.ts');
/** The command's file. */
export const main = fileURLToPath(new URL(`../../src/cli/main.${typescript ? 'ts' : 'js'}`, import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What is given on stdin; nothing when it is left out. */
  readonly stdin?: Buffer;
  /** Called with the running process. */
  readonly onSpawn?: (child: ChildProcess) => void;
}

/** Runs the command line as a process of its own, as the user `default`, with its home in `cwd`. */
export async function runCli(args: readonly string[], { cwd, env = {}, stdin, onSpawn }: CliOptions): Promise<CliResult> {
  const loader = typescript ? ['--import', 'tsx'] : [];
  const child = spawn(process.execPath, [...loader, main, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, USER: 'default', ...env },
    stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  child.stdin?.end(stdin);
  onSpawn?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
