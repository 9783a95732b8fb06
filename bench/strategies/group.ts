import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { variablePrefix } from '../../src/config/options.js';
import { fromWire, IngestError, toWire, type WireError } from '../../src/errors.js';
import { threadEntry } from '../../src/threads.js';
import { busySeconds, environment, lineOf } from '../support/run-process.js';

/** What a program of a process group prints: its answer, or the error that it ended with. */
export type Printed<T> = { readonly ok: true; readonly answer: T } | { readonly ok: false; readonly error: WireError };

/** A program that was run. */
export interface GroupRun<T> {
  readonly answer: T;
  /** Core seconds that the whole machine was busy meanwhile. */
  readonly busySeconds: number;
  readonly seconds: number;
}

/** A server's, which is no setting of the user's that could change a figure. */
const passwordVariable = `${variablePrefix}PASSWORD`;
const password = process.env[passwordVariable] === undefined ? {} : { [passwordVariable]: process.env[passwordVariable] };

/**
 * Runs a program beside this file as the leader of a process group of its own, and kills the whole group when `signal` is aborted, and at the end of this
 * process, before anything is thrown away. Throws the error that it printed, `ERR_INTERRUPTED` after an abort, and `ERR_WORKER` when it ended without an answer.
 */
export async function runGroup<T>(program: 'trial' | 'floor', job: unknown, options: GroupOptions): Promise<GroupRun<T>> {
  const { cwd, signal } = options;
  const { url, execArgv } = threadEntry(`./${program}`, import.meta.url);
  const busyBefore = busySeconds();
  const started = performance.now();
  const child = spawn(process.execPath, [...(execArgv.execArgv ?? []), fileURLToPath(url), JSON.stringify(job)], {
    cwd,
    env: { ...environment, ...password },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone.
    }
  };
  process.prependOnceListener('exit', kill);
  signal?.addEventListener('abort', kill);
  try {
    if (signal?.aborted) kill();
    const [[code, killedBy], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    if (signal?.aborted) throw new IngestError('ERR_INTERRUPTED', 'the bench was interrupted');
    const printed = answerIn<T>(stdout);
    if (printed?.ok)
      return { answer: printed.answer, busySeconds: busySeconds() - busyBefore, seconds: (performance.now() - started) / 1000 };
    if (printed) throw fromWire(printed.error);
    throw new IngestError('ERR_WORKER', `the ${program} ${endText({ code, killedBy }, lineOf(stderr))}`, {
      hint: 'When nobody ended it, see whether the system ran out of memory.',
    });
  } finally {
    kill();
    process.removeListener('exit', kill);
    signal?.removeEventListener('abort', kill);
  }
}

/** How a process ended that should not have, with what it said last, if anything: `ended with SIGKILL`. */
export function endText({ code, killedBy }: ProcessEnd, said: string): string {
  return `ended with ${killedBy ?? `exit code ${code}`}${said === '' ? '' : `: ${said}`}`;
}

/** As Node tells of it. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
}

/** Where a program runs, and what ends it. */
export interface GroupOptions {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
}

function answerIn<T>(stdout: string): Printed<T> | undefined {
  try {
    return JSON.parse(stdout) as Printed<T>;
  } catch {
    return undefined;
  }
}

/** The other side: prints what `run` answers, or what it throws. Ends when who started it has ended, however that was: its input ends with that. */
export async function printAnswer<T>(run: () => Promise<T>): Promise<void> {
  process.stdin.once('close', () => process.exit(1)).resume();
  (process.stdin as unknown as { unref?(): void }).unref?.();
  let printed: Printed<T>;
  try {
    printed = { ok: true, answer: await run() };
  } catch (error) {
    printed = { ok: false, error: toWire(error) };
  }
  process.stdout.write(`${JSON.stringify(printed)}\n`);
}
