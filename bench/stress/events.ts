import type { LeaseTiming } from '../../src/locks/lease-timing.js';
import type { StrategyName } from '../../src/locks/registry.js';
import type { Promises, WorkloadSizes } from './protocol.js';

/** What an operation does, see the table `operations` of the workload. */
export type OperationKind = 'insert' | 'increment' | 'move' | 'delete' | 'read';

/** Microseconds of the monotonic clock, one for all processes of the host. Whole, and below 2 ** 53 for 285 years. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

interface Timed {
  /** See {@link nowUs}. */
  readonly t: number;
}

/** An operation is begun. One without {@link OkEvent} and {@link FailEvent} was cut off: nobody knows whether it was applied. */
export interface StartEvent extends Timed {
  readonly e: 'start';
  /** Of one operation alone in the whole history. */
  readonly op: string;
  /** Process, its incarnation, worker. */
  readonly p: number;
  readonly i: number;
  readonly w: number;
  /** Generation of the thread, see {@link ThreadEvent}. */
  readonly g: number;
  readonly kind: OperationKind;
  /**
   * Ids of what it is about: insert [dataset, ensemble], increment [counter], move [dataset, ensemble it goes to], delete [dataset],
   * read [...counters, ensemble whose members it looks at, ...datasets].
   */
  readonly on: readonly string[];
}

/** The strategy has called the work for the `run`-th time (from 1): whoever promises exclusion holds the lock now. */
export interface HeldEvent extends Timed {
  readonly e: 'held';
  readonly op: string;
  readonly run: number;
}

/** `t` was taken before an `assertHeld` that passed: from `held` until then the lock was held. */
export interface FenceEvent extends Timed {
  readonly e: 'fence';
  readonly op: string;
  readonly run: number;
}

/** A dataset as a read found it, or did not. */
export interface SeenDataset {
  readonly id: string;
  readonly there: boolean;
  /** What its record says. */
  readonly own?: string | undefined;
  /** What the relationships say. */
  readonly ensembles: readonly string[];
  /** What does not fit together in it. */
  readonly torn?: string | undefined;
}

/** What an operation answered. */
export interface OperationResult {
  /** increment: the new value. */
  readonly value?: number | undefined;
  /** move, delete: the dataset was there. */
  readonly there?: boolean | undefined;
  /** move: where it was. */
  readonly from?: string | undefined;
  /** move, increment: what did not fit together in what was read to be changed. */
  readonly torn?: string | undefined;
  /** read: values of counters by id. */
  readonly counters?: Readonly<Record<string, number>> | undefined;
  /** read. */
  readonly datasets?: readonly SeenDataset[] | undefined;
}

/** Acknowledged: applied, and once. */
export interface OkEvent extends Timed {
  readonly e: 'ok';
  readonly op: string;
  readonly result: OperationResult;
  /** Why it was run again, by code, once for each time. */
  readonly retries?: readonly string[] | undefined;
}

/** The operation threw. */
export interface FailEvent extends Timed {
  readonly e: 'fail';
  readonly op: string;
  readonly code: string;
  readonly message: string;
  /** It is certain that nothing was applied. */
  readonly known: boolean;
  readonly retries?: readonly string[] | undefined;
}

/**
 * A thread has opened the store; has closed everything in order; could not go on. One without an end was killed or terminated. `g` is its generation, from
 * 0, one more each time that the thread was terminated.
 */
export interface ThreadEvent extends Timed {
  readonly e: 'thread';
  readonly phase: 'open' | 'closed' | 'failed';
  readonly p: number;
  readonly i: number;
  readonly w: number;
  readonly g: number;
  readonly message?: string | undefined;
}

/** The head of a run; written by the coordinator, as are {@link FaultEvent} and {@link FinalEvent}. */
export interface RunEvent extends Timed {
  readonly e: 'run';
  readonly format: 1;
  readonly seed: number;
  /** Which repeats the run. */
  readonly commandLine: string;
  readonly strategy: StrategyName;
  readonly control?: string | undefined;
  readonly promises: Promises;
  readonly engine: 'SQLite' | 'MariaDB';
  readonly processes: number;
  readonly workers: number;
  readonly sizes: WorkloadSizes;
  readonly timing: LeaseTiming;
  /** Faults that the run was asked for and can have: each must happen, or the run proves nothing about it. */
  readonly faults: readonly string[];
  /** The words that asked for faults: names, `all`, `none`. */
  readonly asked?: readonly string[] | undefined;
  /** Why others that were asked for cannot be had, by name. */
  readonly notAvailable: Readonly<Record<string, string>>;
  /** For the reader: versions, machine, file system. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
}

export interface FaultEvent extends Timed {
  readonly e: 'fault';
  readonly fault: string;
  readonly phase: 'begin' | 'end' | 'once';
  /** Which process, incarnation, worker; whatever of it is not there was not singled out. */
  readonly target?: { readonly p?: number; readonly i?: number; readonly w?: number } | undefined;
  readonly detail?: string | undefined;
}

/** What stands in a store when all have ended; one for each node of a cluster. */
export interface FinalEvent extends Timed {
  readonly e: 'final';
  /** Of a cluster, its name or URL without a password. */
  readonly node?: string | undefined;
  /** Values by id. */
  readonly counters: Readonly<Record<string, number>>;
  /** All datasets of the workload. */
  readonly datasets: readonly SeenDataset[];
  /** Records, rows and relationships that do not fit together and belong to no dataset above. */
  readonly torn: readonly string[];
  /** What `integrity_check` (MariaDB: `CHECK TABLE`) complains about. */
  readonly integrity: readonly string[];
  /** Rows whose record is missing. */
  readonly foreignKeys: readonly string[];
  /** The lock and temporary names beside it. */
  readonly locksLeft: readonly string[];
  /** Marks of commits that nobody has cleared away (MariaDB). */
  readonly marksLeft: number;
  /** Why the store could not be read. */
  readonly unreadable?: string | undefined;
}

/** A process or the run itself did not end in time, or ended as it should not. Written by the coordinator. */
export interface EndedEvent extends Timed {
  readonly e: 'ended';
  readonly p: number;
  readonly i: number;
  /** Undefined when it ended as it should, or was killed by a fault. */
  readonly problem?: string | undefined;
  /** That ended it. */
  readonly signal?: string | undefined;
}

/** One line of a history. */
export type StressEvent =
  | StartEvent
  | HeldEvent
  | FenceEvent
  | OkEvent
  | FailEvent
  | ThreadEvent
  | RunEvent
  | FaultEvent
  | FinalEvent
  | EndedEvent;
