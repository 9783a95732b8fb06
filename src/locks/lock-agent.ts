import { toWire } from '../errors.js';
import type { AgentDesk } from './agent-desk.js';
import { FileLease } from './file-lease.js';
import { type Holder, holderName, holderOf, type ThreadIdentity } from './holder.js';
import { KoshFlock } from './kosh-flock.js';
import type { LeaseTiming } from './lease-timing.js';
import { shortTurnMs } from './lock-desk.js';
import { LockDirectory } from './lock-directory.js';
import { Silence } from './silence.js';
import { WakeUp } from './wake-up.js';

/** What an agent is told of its lock. Plain data. */
export interface AgentTask {
  readonly directory: string;
  readonly timing: LeaseTiming;
  /** The file that Kosh locks, when that is to be locked too. */
  readonly flockPath: string | undefined;
  /** Stands for the holder: the thread without which nothing of this process works under the lock. */
  readonly thread: ThreadIdentity;
}

/** It keeps the lock for this long when nobody of it wants it: the next transaction of the same thread mostly comes at once. */
const lingerMs = 2 * shortTurnMs;
/** Then it leaves the lock alone for this long, so that who waits elsewhere is first. Kosh looks every 50 ms. */
const yieldMs = 1;
const yieldToKoshMs = 10;
/** Between two looks at a lock that is taken: decorrelated jitter, so that waiting processes do not fall into step. */
const firstLookMs = 1;
const maxLookMs = 20;
const flockWaitMs = 250;
/** How often it is asked whether the thread that has the lock still lives. */
const checkThreadMs = 50;
/** How soon a file system that refuses to let go of a lock is asked again, and how often when the agent goes. */
const askAgainMs = 50;
const lastTries = 20;

/**
 * Holds one lock for all threads of a process, and gives it to one after the other in the order in which they asked.
 *
 * Its states: nothing held, looking for the lock when somebody wants it; the lock is held and a seat has it; it is held and no seat has it (it lingers). It runs
 * in a thread that runs no SQL, so its heart beats whatever the others do.
 */
export class LockAgent {
  readonly #desk: AgentDesk;
  readonly #task: AgentTask;
  readonly #directory: LockDirectory;
  readonly #silence: Silence;
  readonly #flock: KoshFlock | undefined;
  readonly #wakeUp: WakeUp;
  readonly #id = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  #count = 0;
  /** As whom it wants to hold the lock. */
  #holder: Holder | undefined;
  #lease: FileLease | undefined;
  /** Lost, or so it seemed when the file system did not answer, or to be let go, which it refused: freed when no seat works under it any more. */
  #left: FileLease | undefined;
  /** The seat that has the lock. */
  #seat: number | undefined;
  /** The turns that the last look saw, whether the seat had the lock, and since when that has not changed. */
  #turns = 0;
  #hadLock = false;
  #sameSinceMs = 0;
  #checkedMs = 0;
  #notBeforeMs = 0;
  #lookMs = firstLookMs;

  constructor(desk: AgentDesk, task: AgentTask) {
    this.#desk = desk;
    this.#task = task;
    this.#directory = new LockDirectory(task.directory);
    this.#silence = new Silence(task.timing.staleMs);
    this.#flock = task.flockPath === undefined ? undefined : new KoshFlock(task.flockPath);
    this.#wakeUp = new WakeUp(() => desk.ring());
  }

  /** Serves the desk until it is ended, or nobody has a seat at it. */
  async serve(): Promise<void> {
    this.#directory.sweep();
    try {
      for (;;) {
        const { rings } = this.#desk;
        const waitMs = await this.#step();
        if (waitMs === undefined) break;
        if (waitMs > 0) await this.#desk.whenRung(rings, waitMs);
      }
    } finally {
      for (let tries = 0; (await this.#rest()) === askAgainMs && tries < lastTries; tries++) {
        await new Promise((resolve) => setTimeout(resolve, askAgainMs));
        if (this.#left) await this.#freeLeft();
      }
      this.#desk.ended();
    }
  }

  /** Does what can be done now, and says how long there is nothing more, in milliseconds; undefined: no more at all. */
  async #step(): Promise<number | undefined> {
    const waitMs = this.#inUseMs();
    if (waitMs > 0) return waitMs;
    if (this.#left && !(await this.#freeLeft())) return this.#desk.isEnding ? undefined : askAgainMs;
    if (this.#desk.isEnding || !this.#desk.isAttended) return undefined;
    const seat = this.#desk.nextSeat();
    if (seat === undefined) return this.#rest();
    if (this.#lease && this.#desk.isOver) {
      const isHandedOn = await this.#letGo();
      const restMs = this.#flock ? yieldToKoshMs : isHandedOn ? 0 : yieldMs;
      this.#notBeforeMs = performance.now() + restMs;
    }
    if (this.#lease?.isHeld() === false || this.#flock?.isLost) {
      this.#lose();
      return 0;
    }
    if (!this.#lease) {
      const restMs = this.#notBeforeMs - performance.now();
      if (restMs > 0) return restMs;
      try {
        const lookMs = await this.#look();
        if (lookMs > 0) return lookMs;
      } catch (error) {
        await this.#letGo();
        this.#refuse(seat, error);
        return 0;
      }
    }
    if (this.#lease && this.#desk.grant(seat, holderName(this.#lease.holder))) this.#seat = seat;
    return 0;
  }

  /** For how long a seat will have the lock at least, or is left alone with it; 0: it is free for others. */
  #inUseMs(): number {
    const seat = this.#seat;
    if (seat === undefined) return 0;
    const nowMs = performance.now();
    const { turns } = this.#desk;
    const hasLock = this.#desk.hasLock(seat);
    if (turns !== this.#turns || hasLock !== this.#hadLock) {
      [this.#turns, this.#hadLock, this.#sameSinceMs] = [turns, hasLock, nowMs];
    }
    const sameMs = nowMs - this.#sameSinceMs;
    if (hasLock) {
      this.#desk.tellLooked();
      if (nowMs - this.#checkedMs >= checkThreadMs) {
        this.#checkedMs = nowMs;
        this.#desk.leaveIfGone(seat);
        return lingerMs;
      }
      // A turn that has lasted for a while rings when it is over.
      return sameMs >= lingerMs ? checkThreadMs : lingerMs;
    }
    const isWanted = this.#desk.isEnding || this.#desk.nextSeat() !== undefined;
    if (!isWanted && sameMs < lingerMs) return lingerMs - sameMs;
    if (!this.#desk.takeBack(seat)) return lingerMs;
    this.#seat = undefined;
    return 0;
  }

  /** Nobody wants the lock. Answers how long there is nothing to do. */
  async #rest(): Promise<number> {
    this.#wakeUp.stop();
    this.#desk.holder = '';
    this.#desk.leaveGone();
    await this.#letGo();
    const isClear = this.#directory.leave(this.#holder);
    return isClear && !this.#left ? this.#task.timing.staleMs : askAgainMs;
  }

  /** Looks for the lock. 0 when it is held now, else for how long there is no need to look again. */
  async #look(): Promise<number> {
    this.#holder ??= holderOf(this.#task.thread, `${this.#id}.${++this.#count}`);
    const holder = this.#holder;
    const onLost = () => {
      if (this.#lease?.holder === holder) this.#lose();
    };
    const onTakeOver = () => this.#desk.tellTakeOver();
    const taking = { holder, timing: this.#task.timing, silence: this.#silence, onTakeOver, onLost };
    const found = await FileLease.take(this.#directory, taking);
    if (!(found instanceof FileLease)) {
      this.#desk.holder = found === 'free' ? '' : `${found.holder.host}:${found.holder.pid}`;
      this.#desk.tellLooked();
      this.#lookMs = Math.min(maxLookMs, firstLookMs + Math.random() * (3 * this.#lookMs - firstLookMs));
      if (this.#directory.place !== undefined) this.#wakeUp.watch(this.#directory.place);
      return this.#lookMs;
    }
    this.#holder = undefined;
    this.#lease = found;
    if (this.#flock && !(await this.#takeFlock(this.#flock))) return firstLookMs;
    this.#wakeUp.stop();
    this.#desk.holder = '';
    this.#desk.begin();
    this.#lookMs = firstLookMs;
    [this.#turns, this.#sameSinceMs, this.#checkedMs] = [0, performance.now(), performance.now()];
    return 0;
  }

  /** Kosh's lock, while ours keeps all others of ours out. False when nobody waits for it any more. */
  async #takeFlock(flock: KoshFlock): Promise<boolean> {
    while (!(await flock.take(flockWaitMs))) {
      this.#desk.holder = `a program that locked the file ${this.#task.flockPath} (Kosh)`;
      this.#desk.tellLooked();
      if (this.#desk.nextSeat() !== undefined && !this.#desk.isEnding && this.#lease) continue;
      await this.#letGo();
      return false;
    }
    return true;
  }

  #lose(): void {
    this.#left = this.#lease;
    this.#lease = undefined;
    this.#flock?.release();
    if (this.#seat !== undefined) this.#desk.tellLost(this.#seat);
    this.#desk.ring();
  }

  /** Answers whether another process has the lock now. What the file system refuses to let go is tried again. */
  async #letGo(): Promise<boolean> {
    const lease = this.#lease;
    this.#lease = undefined;
    this.#flock?.release();
    if (!lease) return false;
    try {
      return (await lease.release()) === 'handed on';
    } catch {
      this.#left = lease;
      return false;
    }
  }

  async #freeLeft(): Promise<boolean> {
    try {
      await this.#left?.release();
      this.#left = undefined;
      return true;
    } catch (error) {
      this.#refuse(this.#desk.nextSeat(), error);
      return false;
    }
  }

  #refuse(seat: number | undefined, error: unknown): void {
    if (seat !== undefined) this.#desk.refuse(seat, JSON.stringify({ ...toWire(error), stack: undefined }));
  }
}
