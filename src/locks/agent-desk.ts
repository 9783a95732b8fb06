import { type DeskMemory, head, longestHoldMs, microseconds, seat, seatCount, seats, states } from './desk-memory.js';
import { isThreadGone } from './holder.js';

/** A desk as its agent sees it. The counterpart of {@link LockDesk}. */
export class AgentDesk {
  readonly #memory: DeskMemory;

  constructor(memory: DeskMemory) {
    this.#memory = memory;
  }

  ring(): void {
    this.#memory.ring();
  }

  get rings(): number {
    return this.#memory.load(head.bell);
  }

  /** Resolves when it has rung more often than `rings`, or after `ms`. */
  whenRung(rings: number, ms: number): Promise<void> {
    return this.#memory.while(head.bell, rings, ms);
  }

  /** The agent is asked to let go of the lock and to go. */
  get isEnding(): boolean {
    return this.#memory.load(head.state) !== states.open;
  }

  get isAttended(): boolean {
    return this.#memory.isAttended;
  }

  /** There is no agent any more: who waits for it need not. With the reason when it failed. */
  ended(failure?: string): void {
    if (failure !== undefined) this.#memory.failure = failure;
    this.#memory.store(head.state, failure === undefined ? states.ended : states.failed);
    this.#memory.notify(head.state);
    for (let number = 0; number < seatCount; number++) this.#answer(number, seats.refused);
  }

  /** The process has the lock from now on. */
  begin(): void {
    this.#memory.store(head.turns, 0);
    this.#memory.store(head.end, (microseconds() + longestHoldMs * 1000) << 0);
  }

  /** The lock of a holder that is gone has been cleared away. */
  tellTakeOver(): void {
    this.#memory.add(head.takeOvers, 1);
  }

  /** Turns since the lock was taken. */
  get turns(): number {
    return this.#memory.load(head.turns);
  }

  /** Whether the process has had the lock for long enough. */
  get isOver(): boolean {
    return this.#memory.isOver;
  }

  /** Who else holds the lock, in words; empty when nobody is in the way. */
  set holder(words: string) {
    this.#memory.setText(seatCount, words);
  }

  /** Gives back the seats of threads that are gone. */
  leaveGone(): void {
    for (let number = 0; number < seatCount; number++) this.leaveIfGone(number);
  }

  /** As {@link leaveGone}, one seat. */
  leaveIfGone(number: number): void {
    const word = (which: number) => this.#memory.load(this.#memory.at(number, which));
    if (word(seat.state) === seats.none) return;
    const tid = word(seat.tid);
    const start = word(seat.startHigh) * 2 ** 31 + word(seat.startLow);
    // Read again: another thread may have sat down in between.
    if (isThreadGone({ pid: process.pid, tid, start }) && word(seat.tid) === tid) this.#memory.leave(number);
  }

  /** The seat that has wanted the lock for longest. */
  nextSeat(): number | undefined {
    if (this.#memory.load(head.wants) <= 0) return undefined;
    const ticket = (number: number) => this.#memory.load(this.#memory.at(number, seat.ticket));
    let next: number | undefined;
    for (let number = 0; number < seatCount; number++) {
      // Tickets are counted on in 32 bits: their difference tells the order.
      if (this.#is(number, seats.wanted) && (next === undefined || (ticket(number) - ticket(next)) << 0 < 0)) next = number;
    }
    return next;
  }

  /** Tells all who wait that the lock has been looked for, and is not to be had. */
  tellLooked(): void {
    if (this.#memory.load(head.wants) <= 0) return;
    for (let number = 0; number < seatCount; number++) if (this.#is(number, seats.wanted)) this.#setLooked(number);
  }

  /** `proof` is the name of the file that is there as long as the lock is held. False when the seat does not want it any more. */
  grant(number: number, proof: string): boolean {
    this.#memory.setText(number, proof);
    this.#memory.add(head.turns, 1);
    return this.#answer(number, seats.granted);
  }

  refuse(number: number, why: string): void {
    if (!this.#is(number, seats.wanted)) return;
    this.#memory.failure = why;
    this.#answer(number, seats.refused);
  }

  hasLock(number: number): boolean {
    return this.#is(number, seats.granted);
  }

  /** The seat shall not have the lock again without asking. False when it has it. */
  takeBack(number: number): boolean {
    this.#memory.swap(this.#memory.at(number, seat.state), seats.done, seats.idle);
    return !this.hasLock(number);
  }

  tellLost(number: number): void {
    this.#memory.store(this.#memory.at(number, seat.lost), 1);
    this.#memory.notify(this.#memory.at(number, seat.lost));
  }

  #is(number: number, state: number): boolean {
    return this.#memory.load(this.#memory.at(number, seat.state)) === state;
  }

  #answer(number: number, answer: number): boolean {
    const isAnswered = this.#memory.leaveWanted(number, answer);
    this.#setLooked(number);
    return isAnswered;
  }

  #setLooked(number: number): void {
    const index = this.#memory.at(number, seat.looked);
    if (this.#memory.exchange(index, 1) === 0) this.#memory.notify(index);
  }
}
