import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate as immediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { threadEntry } from '../../src/threads.js';
import type { PeerJob } from './lock-peer.js';

/** A running `lock-peer.ts`, or another program that is told what to do in the same way. */
export interface Peer<Job = PeerJob> {
  send(job: Job): void;
  /** Resolves when the peer has said `word`, also when that was before; rejects when it ends without. */
  heard(word: string): Promise<void>;
  /** Ends it without a chance to tidy up (a process: SIGKILL), and waits until it has. */
  kill(): Promise<void>;
  /** Sends a signal to the process. SIGSTOP: until it stands still. */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

const isTypeScript = import.meta.url.endsWith('.ts');
const fileOf = (program: string) => fileURLToPath(new URL(`./${program}.${isTypeScript ? 'ts' : 'js'}`, import.meta.url));
const execArgv = isTypeScript ? ['--import', import.meta.resolve('tsx')] : [];

export function startThread(): Peer {
  const { url, execArgv: threadExecArgv } = threadEntry('./lock-peer', import.meta.url);
  const worker = new Worker(url, { ...threadExecArgv, resourceLimits: { maxOldGenerationSizeMb: 64 } });
  const ended = once(worker, 'exit');
  const signal = () => Promise.reject(new Error('a thread takes no signals'));
  return {
    ...listen(worker, ended),
    send: (job) => worker.postMessage(job),
    kill: async () => void (await worker.terminate()),
    signal,
  };
}

export function startProcess(): Peer {
  return startProgram('lock-peer');
}

/** Starts a program of this folder as a process. */
export function startProgram<Job extends object>(program: string): Peer<Job> {
  const child = fork(fileOf(program), { execArgv });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const signal = async (name: NodeJS.Signals) => {
    child.kill(name);
    while (name === 'SIGSTOP' && !isStopped(child.pid)) await immediate();
  };
  return { ...listen(child, ended), send: (job) => void child.send(job), kill, signal };
}

/** By the kernel's own word, where it gives one. */
function isStopped(pid: number | undefined): boolean {
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || /\) T /.test(readFileSync(stat, 'latin1'));
}

interface Talker {
  on(event: 'message', listener: (word: unknown) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

function listen(talker: Talker, ended: Promise<unknown>): Pick<Peer, 'heard' | 'ended'> {
  const said = new Set<unknown>();
  const listeners = new Set<() => void>();
  let failure: Error | undefined;
  talker.on('message', (word) => {
    said.add(word);
    for (const listener of [...listeners]) listener();
  });
  talker.on('error', (error) => {
    failure = error;
  });
  const heard = (word: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!said.has(word)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
      const tooLate = (cause?: unknown) =>
        reject(new Error(`the peer ended and did not say "${word}"`, { cause: failure ?? cause }));
      ended.then(() => tooLate(), tooLate);
    });
  return { heard, ended };
}

/** Starts `count` peers, waits until all are up, runs `use`, and sees to it that none outlives it. */
export async function withPeers<Job>(
  startPeer: () => Peer<Job>,
  count: number,
  use: (peers: readonly Peer<Job>[]) => Promise<void>,
): Promise<void> {
  const peers = Array.from({ length: count }, startPeer);
  try {
    await Promise.all(peers.map((peer) => peer.heard('ready')));
    await use(peers);
  } finally {
    await Promise.all(peers.map((peer) => peer.kill()));
  }
}

/** As {@link withPeers}, with one. */
export async function withPeer<Job>(startPeer: () => Peer<Job>, use: (peer: Peer<Job>) => Promise<void>): Promise<void> {
  await withPeers(startPeer, 1, ([peer]) => use(peer as Peer<Job>));
}
