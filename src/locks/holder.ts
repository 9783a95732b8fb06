import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from '../errors.js';

/**
 * A thread of this machine, by what the system calls it. It is the thread that stands for the holder of a lock: when it is gone, so is all that
 * worked under it. `tid` 0: not known here (not Linux).
 */
export interface ThreadIdentity {
  readonly pid: number;
  readonly tid: number;
  /** When it was started, in clock ticks since the start of the system: a number that is given out again tells another thread. */
  readonly start: number;
}

/** Who holds a lock, as it stands in the name of the file that says so. */
export interface Holder extends ThreadIdentity {
  /** Of this holding alone, in all places and times. */
  readonly id: string;
  readonly host: string;
  /** The start of the system that it runs on, and its name space of process ids. Empty where the system does not tell. */
  readonly boot: string;
  readonly pidSpace: string;
}

const system = {
  host: hostname()
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 64),
  boot: readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').replaceAll(/[^0-9a-f]/g, '')),
  pidSpace: readOr('', () => readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')),
};

/** The thread that calls. */
export function thisThread(): ThreadIdentity {
  const tid = readOr(0, () => Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
  return { pid: process.pid, tid, start: statOf(process.pid, tid)?.start ?? 0 };
}

/** The holder that `thread` stands for, on this system. */
export function holderOf(thread: ThreadIdentity, id: string): Holder {
  return { ...thread, ...system, id };
}

/** A file name; {@link readHolder} is its counterpart. All is in the name, so that an entry of a directory is made in one step and needs no room for content. */
export function holderName({ id, pid, tid, start, boot, pidSpace, host }: Holder): string {
  return `held_${id}_${pid}_${tid}_${start}_${boot}_${pidSpace}@${host}`;
}

const holderPattern = /^held_([0-9a-f]+\.\d+)_(\d+)_(\d+)_(\d+)_([0-9a-f]*)_(\d*)@([\w.-]+)$/;

/** Undefined for a name that is not one of {@link holderName}. */
export function readHolder(name: string): Holder | undefined {
  const [, id, pid, tid, start, boot, pidSpace, host] = holderPattern.exec(name) ?? [];
  if (id === undefined || boot === undefined || pidSpace === undefined || host === undefined) return undefined;
  return { id, pid: Number(pid), tid: Number(tid), start: Number(start), boot, pidSpace, host };
}

/**
 * Whether a holder is certainly gone: it ran on this very system, and its thread is no more. A host's name does not tell a system (containers and images share
 * names), so one of another boot is not known to be gone.
 */
export function isGone(holder: Holder): boolean {
  return isHere(holder) && isThreadGone(holder);
}

/** Whether a holder certainly runs on this very system. */
export function isHere({ boot, pidSpace, tid }: Holder): boolean {
  return system.boot !== '' && boot === system.boot && pidSpace === system.pidSpace && tid !== 0;
}

/** Whether the process of a holder on this system has been stopped (SIGSTOP, a debugger). */
export function isStopped({ pid }: Holder): boolean {
  return (statOf(pid, pid)?.state ?? '').toUpperCase() === 'T';
}

/** Whether a thread of this system is certainly no more, with all that it did. False when that is not known. */
export function isThreadGone({ pid, tid, start }: ThreadIdentity): boolean {
  if (tid === 0) return false;
  try {
    // Asked first: /proc can be closed for other users' processes (hidepid), and then looks as if they were not there.
    process.kill(tid, 0);
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
  const stat = statOf(pid, tid);
  if (!stat) return false;
  if (stat.start !== start) return true;
  // A killed process stays as a zombie until its parent looks. As long as it has other threads, one of them may still be in the middle of a write.
  return (stat.state === 'Z' || stat.state === 'X') && stat.threads <= 1;
}

/** What /proc says (proc_pid_stat(5): the 3rd, 20th and 22nd field; the 2nd, in parentheses, can hold anything). */
function statOf(pid: number, tid: number) {
  return readOr(undefined, () => {
    const text = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], threads: Number(fields[17]), start: Number(fields[19]) };
  });
}

function readOr<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}
