import { IngestError } from '../errors.js';
import { DeskMemory, head, microseconds, seat, seatCount, seats, states } from './desk-memory.js';
import type { ThreadIdentity } from './holder.js';

/** A turn as short as this is over before the agent looks. */
export const shortTurnMs = 0.5;

/** The desk of a lock as the threads of the process see it. {@link AgentDesk} is its counterpart. */
export class LockDesk {
  readonly #memory: DeskMemory;

  /** Default: a new desk. */
  constructor(memory?: SharedArrayBuffer) {
    this.#memory = new DeskMemory(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#memory.memory;
  }

  /** Whether an agent is there, or on its way. */
  get isOpen(): boolean {
    return this.#memory.load(head.state) === states.open;
  }

  get hasEnded(): boolean {
    return this.#memory.load(head.state) >= states.ended;
  }

  /** Why the agent could not do its work, when that is so. */
  get failure(): string | undefined {
    return this.#memory.load(head.state) === states.failed ? this.#memory.failure : undefined;
  }

  /** Whether any thread has a seat. */
  get isAttended(): boolean {
    return this.#memory.isAttended;
  }

  /** Waits until the agent has gone, with nothing left behind, `ms` at the most. */
  async whenEnded(ms: number): Promise<void> {
    const alive = setTimeout(() => {}, ms);
    await this.#memory.while(head.state, states.open, ms);
    clearTimeout(alive);
  }

  /** Asks the agent to let go of the lock and to go. */
  end(): void {
    this.#memory.swap(head.state, states.open, states.ending);
    this.#memory.ring();
  }

  /** Waits for the end that was asked for, while the thread stands still: for its last moments. */
  standUntilEnded(ms: number): void {
    this.#memory.standWhile(head.state, states.ending, ms);
  }

  /** Who else holds the lock, in words; empty when nobody is in the way. */
  get holder(): string {
    return this.#memory.text(seatCount);
  }

  /** Locks of dead or silent holders that the process has cleared away. */
  get takeOvers(): number {
    return this.#memory.load(head.takeOvers);
  }

  /** Takes a free seat for a thread. Throws `ERR_USAGE` when there is none. */
  sit(thread: ThreadIdentity): Seat {
    for (let number = 0; number < seatCount; number++) {
      if (!this.#memory.swap(this.#memory.at(number, seat.state), seats.none, seats.idle)) continue;
      this.#memory.store(this.#memory.at(number, seat.startLow), thread.start % 2 ** 31);
      this.#memory.store(this.#memory.at(number, seat.startHigh), Math.floor(thread.start / 2 ** 31));
      this.#memory.store(this.#memory.at(number, seat.tid), thread.tid);
      return new Seat(this.#memory, number, this);
    }
    throw new IngestError('ERR_USAGE', `more than ${seatCount} threads of one process use one lock`);
  }
}

/** The place of one thread at a desk: it wants the lock, has it, is done with it. */
export class Seat {
  readonly #memory: DeskMemory;
  readonly #number: number;
  readonly desk: LockDesk;
  /** When it took a turn by itself, in {@link microseconds}: of the end of a short one the agent hears by looking. */
  #quietSince: number | undefined;
  #hasLeft = false;

  constructor(memory: DeskMemory, number: number, desk: LockDesk) {
    this.#memory = memory;
    this.#number = number;
    this.desk = desk;
  }

  /** Gives the seat back; once, because the next one to sit there is another thread. */
  leave(): void {
    if (!this.#hasLeft) this.#memory.leave(this.#number);
    this.#hasLeft = true;
  }

  /** Has the lock again without asking, where that is possible. */
  again(): boolean {
    const begunUs = microseconds();
    if (this.#memory.isOver || this.#memory.load(head.wants) > 0 || !this.desk.isOpen || this.isLost) return false;
    if (!this.#memory.swap(this.#at(seat.state), seats.done, seats.granted)) return false;
    this.#memory.add(head.turns, 1);
    this.#quietSince = begunUs;
    return true;
  }

  ask(): void {
    this.#quietSince = undefined;
    this.#memory.store(this.#at(seat.looked), 0);
    this.#memory.store(this.#at(seat.lost), 0);
    this.#memory.store(this.#at(seat.ticket), this.#memory.add(head.tickets, 1));
    this.#memory.add(head.wants, 1);
    this.#memory.store(this.#at(seat.state), seats.wanted);
    this.#memory.ring();
  }

  get wants(): boolean {
    return this.#state === seats.wanted;
  }

  /** No longer wants the lock. False when it was just granted or refused. */
  withdraw(): boolean {
    return this.#memory.leaveWanted(this.#number, seats.idle);
  }

  /** Resolves when the seat is not wanting any more, or after `ms`. */
  whenAnswered(ms: number): Promise<void> {
    return this.#memory.while(this.#at(seat.state), seats.wanted, ms);
  }

  /** Resolves when the agent has looked for the lock since the seat asked, or after `ms`. */
  whenLooked(ms: number): Promise<void> {
    return this.#memory.while(this.#at(seat.looked), 0, ms);
  }

  /** Resolves when the lock that was granted is lost, or the turn is over. */
  whenLost(): Promise<void> {
    return this.#memory.while(this.#at(seat.lost), 0, Number.POSITIVE_INFINITY);
  }

  get isLost(): boolean {
    return this.#memory.load(this.#at(seat.lost)) === 1;
  }

  /** The name of the file that proves that the lock is held, when the seat has it. */
  get proof(): string | undefined {
    return this.#state === seats.granted ? this.#memory.text(this.#number) : undefined;
  }

  /** Why the seat cannot have it, when it was refused. */
  get refusal(): string | undefined {
    return this.#state === seats.refused ? this.#memory.failure : undefined;
  }

  /** Is done with the lock, or with the refusal. */
  release(): void {
    if (!this.#memory.swap(this.#at(seat.state), seats.granted, seats.done)) this.#memory.store(this.#at(seat.state), seats.idle);
    this.#memory.notify(this.#at(seat.lost));
    const isSeen = this.#quietSince !== undefined && (microseconds() - this.#quietSince) << 0 < shortTurnMs * 1000;
    if (!isSeen || this.#memory.load(head.wants) > 0) this.#memory.ring();
  }

  get #state(): number {
    return this.#memory.load(this.#at(seat.state));
  }

  #at(word: number): number {
    return this.#memory.at(this.#number, word);
  }
}
