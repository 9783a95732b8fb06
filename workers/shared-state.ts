import type { Phase } from '../src/kosh/transact.js';
import { ReleaseBell } from '../src/locks/release-bell.js';

/** The memory behind a {@link SharedState}, as it is given to a thread. */
export interface SharedMemory {
  readonly state: SharedArrayBuffer;
  readonly bell: SharedArrayBuffer;
}

/** What all threads of a load see: a request to stop, how far they are, and the bell of the lock. */
export class SharedState {
  readonly memory: SharedMemory;
  /** Rung by whoever of the threads releases the lock. */
  readonly bell: ReleaseBell;
  readonly #stop: Int32Array;
  /** Connections that wait for a transaction, and that are in one. */
  readonly #waiting: Int32Array;
  readonly #holding: Int32Array;
  readonly #records: BigInt64Array;

  constructor(memory: SharedMemory = { state: new SharedArrayBuffer(24), bell: new SharedArrayBuffer(4) }) {
    this.memory = memory;
    this.bell = new ReleaseBell(memory.bell);
    this.#stop = new Int32Array(memory.state, 0, 1);
    this.#waiting = new Int32Array(memory.state, 4, 1);
    this.#holding = new Int32Array(memory.state, 8, 1);
    this.#records = new BigInt64Array(memory.state, 16, 1);
  }

  /** Asks every worker to end its waiting and to begin nothing new. */
  stop(): void {
    Atomics.store(this.#stop, 0, 1);
    Atomics.notify(this.#stop, 0);
  }

  get stopped(): boolean {
    return Atomics.load(this.#stop, 0) === 1;
  }

  /** Resolves when {@link stop} is called. */
  async whenStopped(): Promise<void> {
    const wait = Atomics.waitAsync(this.#stop, 0, 0);
    if (wait.async) await wait.value;
  }

  addRecords(count: number): void {
    Atomics.add(this.#records, 0, BigInt(count));
  }

  get records(): number {
    return Number(Atomics.load(this.#records, 0));
  }

  /** A connection goes from one phase of its transaction to another. */
  moved(from: Phase, to: Phase): void {
    for (const [phase, count] of [
      ['waiting', this.#waiting],
      ['holding', this.#holding],
    ] as const) {
      if (from === phase) Atomics.sub(count, 0, 1);
      if (to === phase) Atomics.add(count, 0, 1);
    }
  }

  /** All that is to be written waits for somebody outside of this process. */
  get waitsForOthers(): boolean {
    return Atomics.load(this.#waiting, 0) > 0 && Atomics.load(this.#holding, 0) === 0;
  }
}
