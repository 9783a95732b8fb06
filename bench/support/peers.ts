import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker } from 'node:worker_threads';
import { nowMs } from '../../src/clock.js';
import { fromWire, toWire, type WireError } from '../../src/errors.js';
import type { ThreadEntry } from '../../src/threads.js';
import { usageVariable } from '../usage.js';

/** What contenders are: threads of one process, or processes. */
export const kinds = ['threads', 'processes'] as const;

export type Kind = (typeof kinds)[number];

/** When all begin, and what is measured: from `fromMs` up to `toMs`. In milliseconds of {@link nowMs}. */
export interface Course {
  readonly startMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Threads of this process, or processes, that do the same at the same time. */
export interface PeerPlan {
  /** A program that calls {@link takePart}. */
  readonly program: ThreadEntry;
  readonly kind: Kind;
  readonly count: number;
  /** What its only argument is for, as JSON. */
  readonly argument: (index: number) => unknown;
}

export interface PeersResult<Report> {
  readonly reports: readonly Report[];
  /** User and system time of the peers that are processes. */
  readonly cpuSeconds: number;
}

/** What a peer says: that it is up, what it reports, or why it cannot. */
type Said<Report> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: Report; readonly cpuSeconds: number }
  | { readonly kind: 'failed'; readonly error: WireError };

/** All peers are told the time before it comes. */
const leadMs = 30;
/** A peer that has not answered so long after the end of the course never will. */
const patienceMs = 60_000;

/** The course that begins as soon as all can have been told. */
export function courseFromNow({ warmUpMs, windowMs }: { readonly warmUpMs: number; readonly windowMs: number }): Course {
  const startMs = nowMs() + leadMs;
  return { startMs, fromMs: startMs + warmUpMs, toMs: startMs + warmUpMs + windowMs };
}

/** Peers that have been started. None outlives the disposal. */
export class Peers<Report> implements Disposable {
  /** Resolves when all are up. */
  readonly ready: Promise<void>;
  readonly #peers: readonly (Worker | ChildProcess)[];
  readonly #ended: Promise<unknown>;

  constructor({ program, kind, count, argument }: PeerPlan) {
    const start = kind === 'threads' ? startThread : startProcess;
    this.#peers = Array.from({ length: count }, (_, index) => start(program, JSON.stringify(argument(index))));
    this.#ended = Promise.all(this.#peers.map((peer) => new Promise((resolve) => peer.once('exit', resolve))));
    this.ready = Promise.all(this.#peers.map(heard)).then(() => undefined);
    this.ready.catch(() => undefined);
  }

  /** Lets all begin, and answers what they report when all have ended. Throws when one ends early, or does not end. */
  async run(course: Course): Promise<PeersResult<Report>> {
    await this.ready;
    const watch = new AbortController();
    const told = Promise.all(this.#peers.map((peer) => heard<Report>(peer)));
    for (const peer of this.#peers) peer instanceof Worker ? peer.postMessage(course) : peer.send(course);
    try {
      const answers = await Promise.race([told, tooLate(course, watch.signal)]);
      await this.#ended;
      const reports = answers.flatMap((answer) => (answer.kind === 'report' ? [answer] : []));
      return {
        reports: reports.map(({ report }) => report),
        cpuSeconds: reports.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      };
    } finally {
      watch.abort();
      told.catch(() => undefined);
    }
  }

  [Symbol.dispose](): void {
    for (const peer of this.#peers) peer instanceof Worker ? void peer.terminate() : peer.kill('SIGKILL');
  }
}

/** Never resolves. Throws when the course has been over for too long; one without an end is never over. */
async function tooLate({ toMs }: Course, signal: AbortSignal): Promise<never> {
  if (Number.isFinite(toMs)) {
    await sleep(toMs - nowMs() + patienceMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) throw new Error(`a peer did not end within ${patienceMs / 1000} s after the others should have`);
  }
  return new Promise(() => undefined);
}

function startThread({ url, execArgv }: ThreadEntry, argument: string): Worker {
  return new Worker(url, { argv: [argument], ...execArgv });
}

function startProcess({ url, execArgv }: ThreadEntry, argument: string): ChildProcess {
  const { [usageVariable]: _, ...env } = process.env;
  return fork(fileURLToPath(url), [argument], {
    env,
    execArgv: execArgv.execArgv ?? [],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** What a peer says next. Throws what it failed with, or that it ended. */
function heard<Report>(peer: Worker | ChildProcess): Promise<Said<Report>> {
  return new Promise((resolve, reject) => {
    const early = (code: unknown, signal: unknown) => reject(new Error(`a peer ended early: ${signal ?? code}`));
    peer.once('error', reject);
    peer.once('exit', early);
    peer.once('message', (said: Said<Report>) => {
      peer.removeListener('error', reject);
      peer.removeListener('exit', early);
      if (said.kind === 'failed') reject(fromWire(said.error));
      else resolve(said);
    });
  });
}

/** The other side: says that this peer is up once `whenUp` has resolved, waits for the begin, and reports what `run` returns. */
export async function takePart<Report>(run: (course: Course) => Promise<Report>, whenUp?: Promise<unknown>): Promise<void> {
  const told = new Promise<Course>((resolve) => {
    if (parentPort) parentPort.once('message', resolve);
    else process.once('message', (course) => resolve(course as Course));
  });
  const say = (message: Said<Report>) => (parentPort ? parentPort.postMessage(message) : process.send?.(message));
  // Without who started it nobody would ever let it begin, or wait for it.
  const leave = () => process.exit(1);
  process.once('disconnect', leave);
  try {
    await whenUp;
    say({ kind: 'ready' });
    const course = await told;
    await sleep(course.startMs - nowMs());
    const report = await run(course);
    const { user, system } = process.cpuUsage();
    // The time of a thread is its process's.
    say({ kind: 'report', report, cpuSeconds: parentPort ? 0 : (user + system) / 1e6 });
  } catch (error) {
    say({ kind: 'failed', error: toWire(error) });
    process.exitCode = 1;
  } finally {
    process.removeListener('disconnect', leave);
  }
}
