import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { fromWire, IngestError, type WireError } from '../errors.js';
import { startAgent } from './agents.js';
import { thisThread } from './holder.js';
import type { AgentTask } from './lock-agent.js';
import { LockDesk, type Seat } from './lock-desk.js';
import type { Lease } from './lock-strategy.js';
import type { Waits } from './waits.js';

/** Of an agent that has to be started first, until it has looked once. */
const firstLookMs = 10_000;
/** An agent lets go within milliseconds of the last turn. */
const letGoMs = 1000;

/** What there is of a lock in this thread, by its {@link keyOf}. */
const locks = new Map<string, ProcessLock>();

/** Why there is no lock: who has it, in words; empty when nobody was seen. */
export interface InTheWay {
  readonly holder: string;
}

/**
 * A lock as one thread sees it: a seat at the desk of the process. Threads that are started after the first use find the desk of the thread that started them; one that was there
 * before opens its own, and is to the others like another process.
 */
export class ProcessLock {
  readonly #task: Omit<AgentTask, 'thread'>;
  #seat: Seat;
  #users = 0;

  /** The lock of this thread: each call is answered by one {@link close}. */
  static open(task: Omit<AgentTask, 'thread'>): ProcessLock {
    const lock = locks.get(keyOf(task)) ?? new ProcessLock(task);
    locks.set(keyOf(task), lock);
    lock.#users++;
    return lock;
  }

  /** At the end of the thread. */
  static leaveAll(this: void): void {
    for (const lock of locks.values()) lock.#seat.leave();
  }

  private constructor(task: Omit<AgentTask, 'thread'>) {
    this.#task = task;
    this.#seat = this.#sitDown();
  }

  /** Who else holds the lock, in words, while it is waited for. */
  get holder(): string {
    return this.#seat.desk.holder;
  }

  /** Locks of dead or silent holders that this process has cleared away. */
  get takeOvers(): number {
    return this.#seat.desk.takeOvers;
  }

  /** The lock, or who is in the way when that takes longer than until `deadlineMs`; it is looked for once at least. One call at a time. */
  async acquire(waits: Waits, deadlineMs: number): Promise<SeatLease | InTheWay> {
    for (;;) {
      waits.check();
      if (!this.#seat.desk.isOpen) this.#seat = this.#sitDown();
      const seat = this.#seat;
      if (!seat.again()) {
        seat.ask();
        try {
          await this.#untilAnswered(seat, waits, deadlineMs);
        } catch (error) {
          if (!seat.withdraw()) seat.release();
          throw error;
        }
        // Read before: as soon as nobody wants the lock, the agent forgets who has it.
        const { holder } = this;
        if (seat.wants && seat.withdraw()) return { holder };
      }
      const { proof, refusal } = seat;
      if (proof !== undefined) return new SeatLease(seat, path.join(this.#task.directory, proof));
      const { failure } = seat.desk;
      seat.release();
      if (failure !== undefined) throw noAgent(failure);
      if (refusal !== undefined && seat.desk.isOpen) throw errorOf(refusal);
      // The agent is gone, with the thread that started it: there is another one next time.
      if (performance.now() > deadlineMs) return { holder: '' };
    }
  }

  async close(): Promise<void> {
    if (--this.#users > 0) return;
    if (locks.get(keyOf(this.#task)) === this) locks.delete(keyOf(this.#task));
    const { desk } = this.#seat;
    this.#seat.leave();
    if (desk.isAttended) return;
    if (getEnvironmentData(keyOf(this.#task)) === desk.memory) setEnvironmentData(keyOf(this.#task), undefined);
    await desk.whenEnded(letGoMs);
  }

  async #untilAnswered(seat: Seat, waits: Waits, deadlineMs: number): Promise<void> {
    for (let leftMs = deadlineMs - performance.now(); seat.wants && leftMs > 0; leftMs = deadlineMs - performance.now()) {
      await waits.pause(leftMs, seat.whenAnswered(leftMs));
    }
    if (seat.wants) await waits.pause(firstLookMs, seat.whenLooked(firstLookMs));
  }

  #sitDown(): Seat {
    const thread = thisThread();
    const shared = getEnvironmentData(keyOf(this.#task));
    if (shared instanceof SharedArrayBuffer) {
      const desk = new LockDesk(shared);
      const seat = desk.isOpen ? desk.sit(thread) : undefined;
      if (seat && desk.isOpen) return seat;
    }
    const desk = new LockDesk();
    const seat = desk.sit(thread);
    setEnvironmentData(keyOf(this.#task), desk.memory);
    startAgent(desk, { ...this.#task, thread }, ProcessLock.leaveAll);
    return seat;
  }
}

function keyOf({ directory, timing, flockPath }: Omit<AgentTask, 'thread'>): string {
  return `kosh-ingest lock ${timing.staleMs} ${timing.heartbeatMs} ${flockPath !== undefined} ${directory}`;
}

function errorOf(refusal: string): Error {
  try {
    return fromWire(JSON.parse(refusal) as WireError);
  } catch {
    return new IngestError('ERR_LOCK_PATH', refusal);
  }
}

function noAgent(failure: string): IngestError {
  return new IngestError('ERR_WORKER', `the thread that holds locks ended unexpectedly: ${failure}`, {
    hint: 'It is src/locks/agent-thread.js of this package, which has to be a file of its own: a bundler must leave it out.',
  });
}

/** The lock while a seat has it. */
export class SeatLease implements Lease {
  readonly #seat: Seat;
  /** Is there as long as the lock is held by this process. */
  readonly #proof: string;
  #lost: AbortController | undefined;
  #hasEnded = false;

  constructor(seat: Seat, proof: string) {
    this.#seat = seat;
    this.#proof = proof;
  }

  get signal(): AbortSignal {
    if (this.#lost) return this.#lost.signal;
    this.#lost = new AbortController();
    if (!this.#hasEnded) void this.#seat.whenLost().then(() => this.#isLost() && this.#abort());
    return this.#lost.signal;
  }

  assertHeld(): void {
    if (!this.#hasEnded && !this.#isLost() && this.#isProved()) return;
    this.#abort();
    throw new IngestError('ERR_LOCK_LOST', `the lock ${path.dirname(this.#proof)} is no longer held`, {
      hint: 'It was removed, or taken over because its holder was silent for too long.',
    });
  }

  release(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#seat.release();
  }

  #isLost(): boolean {
    return !this.#hasEnded && this.#seat.isLost;
  }

  /** Opened, as a network file system answers that from the server. */
  #isProved(): boolean {
    try {
      closeSync(openSync(this.#proof, 'r'));
      return true;
    } catch {
      return false;
    }
  }

  #abort(): void {
    this.#lost ??= new AbortController();
    const message = `the lock ${path.dirname(this.#proof)} was lost while it was held`;
    if (!this.#lost.signal.aborted) this.#lost.abort(new IngestError('ERR_LOCK_LOST', message));
  }
}
