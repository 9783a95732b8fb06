import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { variablePrefix } from '../../src/config/options.js';
import { type Usage, usageVariable } from '../usage.js';

/** A process that has ended. */
export interface Ended {
  /** Undefined when it ended as it should; else how it ended and a line of what it said. */
  readonly fault: string | undefined;
  readonly stdout: string;
  readonly seconds: number;
  readonly usage: Usage;
  /** Cores that other processes kept busy meanwhile. */
  readonly otherCores: number;
}

/** Programs of the build, from the folder of this file. */
const programs = {
  cli: '../../src/cli/main.js',
  floor: '../floor.js',
  makeDocument: '../make-document.js',
  checkStore: '../check-store.js',
  sampledLoad: '../sampled-load.js',
  oneLoad: '../inputs/one-load.js',
  bareCalls: '../calls/bare-calls.js',
  libraryCalls: '../calls/library-calls.js',
  callCosts: '../calls/call-costs.js',
  lockCost: '../locks/cost.js',
  lockContention: '../locks/contention.js',
  lockThroughput: '../locks/throughput.js',
  makeRows: '../mariadb/make-rows.js',
  loadData: '../mariadb/load-data.js',
  sendRows: '../mariadb/send-rows.js',
  checkMariadb: '../mariadb/check-mariadb.js',
} as const;

export type ProgramName = keyof typeof programs;

/** What sets a measured process apart from its surroundings: no settings of ours, one user for all. */
export const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith(variablePrefix) && !name.startsWith('NODE_')),
  ),
  USER: 'bench',
};

const usageModule = new URL('../usage.js', import.meta.url).href;
const nothingKnown: Usage = { peakBytes: Number.NaN, cpuSeconds: Number.NaN };

/** A process that takes longer hangs, and is killed. */
const longestMs = 3_600_000;

/** Runs a program of the build with this Node in `cwd`, and waits for it. */
export async function runProgram(program: ProgramName, args: readonly string[], cwd: string): Promise<Ended> {
  const usageFile = join(cwd, 'usage.json');
  const file = fileURLToPath(new URL(programs[program], import.meta.url));
  const busyBefore = busySeconds();
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', usageModule, file, ...args], {
    cwd,
    env: { ...environment, [usageVariable]: usageFile },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  });
  const exited = once(child, 'exit').then(([code, signal]) => {
    const seconds = (performance.now() - started) / 1000;
    return { code: code as number | null, signal: signal as string | null, seconds, busy: busySeconds() - busyBefore };
  });
  const [{ code, signal, seconds, busy }, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  const usage = existsSync(usageFile) ? (JSON.parse(readFileSync(usageFile, 'utf8')) as Usage) : nothingKnown;
  rmSync(usageFile, { force: true });
  const fault = code === 0 ? undefined : `${signal ?? `exit code ${code}`}: ${lineOf(stderr)}`;
  return { fault, stdout, seconds, usage, otherCores: Math.max(0, (busy - usage.cpuSeconds) / seconds) };
}

/** The line that names the error, else the first: above the stack of an uncaught one stands the place in the source. */
export function lineOf(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0] ?? '';
}

/** Time that all cores of the machine have worked since it started. */
export function busySeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
}

/** Like {@link runProgram}, for a helper of the benchmark that must not fail: parses the JSON that it prints. */
export async function askProgram<T>(program: ProgramName, args: readonly string[], cwd: string): Promise<T> {
  const { fault, stdout } = await runProgram(program, args, cwd);
  if (fault !== undefined) throw new Error(`${program} ${args.join(' ')}: ${fault}`);
  return JSON.parse(stdout || 'null') as T;
}
