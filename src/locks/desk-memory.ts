/** Seats of a desk: each thread that uses the lock has one. */
export const seatCount = 320;
/** Room for the name of a holder's file, of which a file system takes 255 bytes. */
const textBytes = 256;
/** Room for an error that names a path twice. */
const longTextBytes = 16_384;
const headWords = 8;
const seatWords = 8;
const headBytes = headWords * 4;
const seatBytes = seatCount * seatWords * 4;

/** The process keeps the lock for so many turns of its threads, or so long, whichever is first, before others can have it. */
const mostTurns = 64;
export const longestHoldMs = 50;

/** The words of the head. */
export const head = {
  /** Counts the rings. */
  bell: 0,
  /** One of {@link states}. */
  state: 1,
  /** Numbers that have been given out to those who ask. */
  tickets: 2,
  /** Seats that want the lock. */
  wants: 3,
  /** Turns since the lock was taken. */
  turns: 4,
  /** When the time of the process is over, by {@link microseconds}. */
  end: 5,
  /** Locks of dead or silent holders that were cleared away. */
  takeOvers: 6,
} as const;

/** The words of a seat. */
export const seat = { state: 0, ticket: 1, tid: 2, startLow: 3, startHigh: 4, looked: 5, lost: 6 } as const;

/** Whether an agent is there or on its way; it is asked to go; it is gone; it is gone because it failed. */
export const states = { open: 0, ending: 1, ended: 2, failed: 3 } as const;

/**
 * Where a seat is: given to no thread; a thread's, which wants nothing; it wants the lock; it has it; it has done with it; it cannot have it, and the text says why.
 * The agent goes from wanted to granted or refused, and from done to idle, when somebody else is to have the lock; the thread does the rest. From done it comes back
 * to granted by itself as long as nobody else wants the lock and the time of the process is not over: that costs no change of threads.
 */
export const seats = { none: 0, idle: 1, wanted: 2, granted: 3, done: 4, refused: 5 } as const;

/** The memory through which the threads of a process ask one agent for one lock: a bell that the agent hears, and a seat for each thread. */
export class DeskMemory {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #texts: Buffer;

  /** Default: new memory. */
  constructor(memory = new SharedArrayBuffer(headBytes + seatBytes + (seatCount + 1) * textBytes + longTextBytes)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, (headBytes + seatBytes) / 4);
    this.#texts = Buffer.from(memory, headBytes + seatBytes);
  }

  /** The index of a word of a seat; those of the head are their own. */
  at(number: number, word: number): number {
    return headWords + number * seatWords + word;
  }

  load(index: number): number {
    return Atomics.load(this.#words, index);
  }

  store(index: number, value: number): void {
    Atomics.store(this.#words, index, value);
  }

  /** Answers the value before. */
  add(index: number, value: number): number {
    return Atomics.add(this.#words, index, value);
  }

  exchange(index: number, value: number): number {
    return Atomics.exchange(this.#words, index, value);
  }

  swap(index: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, index, from, to) === from;
  }

  notify(index: number): void {
    Atomics.notify(this.#words, index);
  }

  /** Resolves when the word is not `value` and somebody has told, or after `ms`. By itself it does not keep a thread alive. */
  async while(index: number, value: number, ms: number): Promise<void> {
    const wait = Atomics.waitAsync(this.#words, index, value, ms);
    if (wait.async) await wait.value;
  }

  /** As {@link while}, and the thread stands still meanwhile. */
  standWhile(index: number, value: number, ms: number): void {
    Atomics.wait(this.#words, index, value, ms);
  }

  ring(): void {
    this.add(head.bell, 1);
    this.notify(head.bell);
  }

  /** The text of a seat, or with {@link seatCount} of the desk. */
  text(number: number): string {
    return textIn(this.#textOf(number));
  }

  setText(number: number, text: string): void {
    putText(this.#textOf(number), text);
  }

  /** Why the lock could not be had, the last time. What is wrong with a lock is wrong for all who want it. */
  get failure(): string {
    return textIn(this.#texts.subarray(-longTextBytes));
  }

  set failure(text: string) {
    putText(this.#texts.subarray(-longTextBytes), text);
  }

  #textOf(number: number): Buffer {
    return this.#texts.subarray(number * textBytes, (number + 1) * textBytes);
  }

  /** Ends the wanting of a seat. False when it does not want the lock. */
  leaveWanted(number: number, next: number): boolean {
    const hasLeft = this.swap(this.at(number, seat.state), seats.wanted, next);
    if (hasLeft) this.add(head.wants, -1);
    this.notify(this.at(number, seat.state));
    return hasLeft;
  }

  /** Gives a seat back, whatever it is at: its thread wants no more, or is no more. */
  leave(number: number): void {
    this.store(this.at(number, seat.tid), 0);
    if (this.exchange(this.at(number, seat.state), seats.none) === seats.wanted) this.add(head.wants, -1);
    this.ring();
  }

  /** Whether the process has had the lock for long enough. */
  get isOver(): boolean {
    return this.load(head.turns) >= mostTurns || (this.load(head.end) - microseconds()) << 0 <= 0;
  }

  /** Whether any thread has a seat. */
  get isAttended(): boolean {
    for (let number = 0; number < seatCount; number++) if (this.load(this.at(number, seat.state)) !== seats.none) return true;
    return false;
  }
}

/** A clock that all threads share, in 32 bits: the difference of two is right for half an hour. */
export function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n) << 0;
}

function textIn(bytes: Buffer): string {
  return bytes.subarray(0, bytes.indexOf(0)).toString();
}

function putText(bytes: Buffer, text: string): void {
  bytes[bytes.write(text, 0, bytes.length - 1)] = 0;
}
