import { ReleaseBell } from '../src/locks/release-bell.js';

/** The memory behind a {@link SharedState}, as it is given to a thread. */
export interface SharedMemory {
  readonly state: SharedArrayBuffer;
  readonly bell: SharedArrayBuffer;
}

/** What all threads of a load see: a request to stop, how many records have been read, and the bell of the lock. */
export class SharedState {
  readonly memory: SharedMemory;
  /** Rung by whoever of the threads releases the lock. */
  readonly bell: ReleaseBell;
  readonly #stop: Int32Array;
  readonly #records: BigInt64Array;

  constructor(memory: SharedMemory = { state: new SharedArrayBuffer(16), bell: new SharedArrayBuffer(4) }) {
    this.memory = memory;
    this.bell = new ReleaseBell(memory.bell);
    this.#stop = new Int32Array(memory.state, 0, 1);
    this.#records = new BigInt64Array(memory.state, 8, 1);
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
}
