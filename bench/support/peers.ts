import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker } from 'node:worker_threads';
import { usageVariable } from '../usage.js';
import { nowMs } from './clock.js';
import type { Window } from './figures.js';
import type { Kind } from './trials.js';

/** When all begin, and what is measured. In milliseconds of the common clock. */
export interface Course extends Window {
  readonly startMs: number;
}

/** Threads of this process, or processes, that do the same at the same time. */
export interface PeerPlan {
  /** A program beside this file, which calls {@link takePart}. */
  readonly program: string;
  readonly kind: Kind;
  readonly count: number;
  /** What its only argument is for, as JSON. */
  readonly argument: (index: number) => unknown;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

export interface PeersResult<Report> {
  readonly course: Course;
  readonly reports: readonly Report[];
  /** User and system time of the peers that are processes. */
  readonly cpuSeconds: number;
}

interface Answer<Report> {
  readonly report: Report;
  readonly cpuSeconds: number;
}

/** All peers are told the time before it comes. */
const leadMs = 30;
/** A peer that has not answered so long after the end of the window never will. */
const patienceMs = 60_000;

/** Starts the peers, lets all begin at once when all are up, and answers what they report when all have ended. None outlives the call. */
export async function runPeers<Report>(plan: PeerPlan): Promise<PeersResult<Report>> {
  const { kind, count, warmUpMs, windowMs, argument } = plan;
  const file = fileURLToPath(new URL(`./${plan.program}.js`, import.meta.url));
  const start = kind === 'threads' ? startThread : startProcess;
  const peers = Array.from({ length: count }, (_, index) => start(file, JSON.stringify(argument(index))));
  const ended = peers.map((peer) => once(peer, 'exit'));
  const watch = new AbortController();
  const tooLate = sleep(warmUpMs + windowMs + patienceMs, undefined, { signal: watch.signal }).then(() => {
    throw new Error(`a peer did not end within ${patienceMs / 1000} s after the others should have`);
  });
  try {
    return await Promise.race([tooLate, course()]);
  } finally {
    watch.abort();
    tooLate.catch(() => undefined);
    for (const peer of peers) peer instanceof Worker ? void peer.terminate() : peer.kill('SIGKILL');
  }

  async function course(): Promise<PeersResult<Report>> {
    await Promise.all(peers.map(heard));
    const answers = peers.map((peer) => heard(peer) as Promise<Answer<Report>>);
    const startMs = nowMs() + leadMs;
    const course: Course = { startMs, fromMs: startMs + warmUpMs, toMs: startMs + warmUpMs + windowMs };
    for (const peer of peers) peer instanceof Worker ? peer.postMessage(course) : peer.send(course);
    const told = await Promise.all(answers);
    await Promise.all(ended);
    return { course, reports: told.map(({ report }) => report), cpuSeconds: told.reduce((sum, a) => sum + a.cpuSeconds, 0) };
  }
}

function startThread(file: string, argument: string): Worker {
  return new Worker(file, { argv: [argument] });
}

function startProcess(file: string, argument: string): ChildProcess {
  const { [usageVariable]: _, ...env } = process.env;
  return fork(file, [argument], { env, execArgv: [], serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function heard(peer: Worker | ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    peer.once('message', resolve);
    peer.once('error', reject);
    peer.once('exit', (code, signal) => reject(new Error(`a peer ended early: ${signal ?? code}`)));
  });
}

/** The other side: says that this peer is up, waits for the begin, and reports what `run` returns. */
export async function takePart<Report>(run: (course: Course) => Promise<Report>): Promise<void> {
  const told = new Promise<Course>((resolve) => {
    if (parentPort) parentPort.once('message', resolve);
    else process.once('message', (course) => resolve(course as Course));
  });
  const say = (message: unknown) => (parentPort ? parentPort.postMessage(message) : process.send?.(message));
  say('ready');
  const course = await told;
  await sleep(course.startMs - nowMs());
  const report = await run(course);
  const { user, system } = process.cpuUsage();
  // The time of a thread is its process's.
  say({ report, cpuSeconds: parentPort ? 0 : (user + system) / 1e6 } satisfies Answer<Report>);
}
