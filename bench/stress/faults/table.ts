/** What a fault cannot do without. */
export type Need = 'lock' | 'preload' | 'server' | 'cluster';

/** What is known of a fault before it happens. What it does is in `actions.ts`. */
export interface FaultFacts {
  /** What happens, as a sentence that goes on with "while …". */
  readonly description: string;
  readonly engines: readonly ('SQLite' | 'MariaDB')[];
  readonly needs?: readonly Need[];
  /** `moment`: over at once. `short`: up to about a second. `silent`: longer than the lock's stale time. `run`: the whole run. */
  readonly lasts: 'moment' | 'short' | 'silent' | 'run';
  /** Why it cannot be had where the locks of the file system do nothing. */
  readonly notWithoutLocks?: string;
}

const both = ['SQLite', 'MariaDB'] as const;
const halfWay = 'no lock service can protect a file from a writer that was stopped in the middle of its COMMIT and goes on later';
const lockGone =
  'once the lock is gone between the last look at it and the end of COMMIT, nothing is left that protects the file';

/** All faults, by the name that `--faults` takes. */
export const faults = {
  kill: { description: 'a process is killed (SIGKILL), and started again', engines: both, lasts: 'moment' },
  terminate: { description: 'a worker thread is terminated, and another one takes its place', engines: both, lasts: 'moment' },
  stop: {
    description: 'a process is stopped (SIGSTOP) for longer than the stale time, and goes on',
    engines: both,
    lasts: 'silent',
    notWithoutLocks: halfWay,
  },
  block: {
    description: 'the event loop of a thread stands still for longer than the stale time',
    engines: both,
    lasts: 'silent',
  },
  unlock: {
    description: 'the directory of the lock is deleted while somebody holds it (rm -r)',
    engines: both,
    needs: ['lock'],
    lasts: 'moment',
    notWithoutLocks: lockGone,
  },
  orphan: {
    description: 'a lock is left behind by a host, or a process, that is no more',
    engines: both,
    needs: ['lock'],
    lasts: 'moment',
    notWithoutLocks: lockGone,
  },
  clock: { description: 'the clock of a process is set forward by an hour, then back by two', engines: both, lasts: 'short' },
  full: { description: 'the disk is full for a process', engines: ['SQLite'], needs: ['preload'], lasts: 'short' },
  eio: {
    description: 'a process meets EIO at the path of the lock',
    engines: both,
    needs: ['lock', 'preload'],
    lasts: 'short',
  },
  eacces: {
    description: 'a process meets EACCES at the path of the lock',
    engines: both,
    needs: ['lock', 'preload'],
    lasts: 'short',
  },
  outsider: {
    description: 'another program, which knows nothing of the strategy, holds a write transaction on the store',
    engines: ['SQLite'],
    lasts: 'short',
    notWithoutLocks: 'the other program does not ask for the lock of the strategy, and the store has no other one there',
  },
  'no-locks': {
    description: 'during the whole run POSIX and flock locks are granted to everybody, as on some network file systems',
    engines: ['SQLite'],
    needs: ['preload'],
    lasts: 'run',
  },
  'kill-connection': {
    description: 'the server ends the connection, or the statement, of a worker',
    engines: ['MariaDB'],
    lasts: 'moment',
  },
  deadlock: {
    description: 'another program locks the counters in an order of its own and brings about deadlocks',
    engines: ['MariaDB'],
    lasts: 'short',
  },
  'kill-server': {
    description: 'the server is killed (SIGKILL), and started again',
    engines: ['MariaDB'],
    needs: ['server'],
    lasts: 'short',
  },
  'stop-server': {
    description: 'the server is stopped (SIGSTOP), and goes on',
    engines: ['MariaDB'],
    needs: ['server'],
    lasts: 'short',
  },
  'restart-server': {
    description: 'the server is shut down in order, and started again',
    engines: ['MariaDB'],
    needs: ['server'],
    lasts: 'short',
  },
  'lose-node': {
    description: 'a node of the cluster is cut off from the others, and let in again',
    engines: ['MariaDB'],
    needs: ['cluster'],
    lasts: 'short',
  },
} as const satisfies Record<string, FaultFacts>;

export type FaultName = keyof typeof faults;

/** In the table's order. */
export const faultNames = Object.keys(faults) as readonly FaultName[];

/** The fault's row, without the narrow type of the literal. */
export function factsOf(name: FaultName): FaultFacts {
  return faults[name];
}
