import type { Phase } from '../src/kosh/transact.js';

/** What all threads of a load see: a request to stop, and how far they are. */
export class SharedState {
  /** As it is given to a thread. */
  readonly memory: SharedArrayBuffer;
  readonly #stop: Int32Array;
  /** Connections that wait for a transaction, and that are in one. */
  readonly #waiting: Int32Array;
  readonly #holding: Int32Array;
  readonly #records: BigInt64Array;
  /** Sessions that are open. */
  readonly #sessions: Int32Array;
  readonly #end: Int32Array;
  /** Threads that have loaded their code. */
  readonly #ready: Int32Array;

  constructor(memory = new SharedArrayBuffer(40)) {
    this.memory = memory;
    this.#stop = new Int32Array(memory, 0, 1);
    this.#waiting = new Int32Array(memory, 4, 1);
    this.#holding = new Int32Array(memory, 8, 1);
    this.#records = new BigInt64Array(memory, 16, 1);
    this.#sessions = new Int32Array(memory, 24, 1);
    this.#end = new Int32Array(memory, 28, 1);
    this.#ready = new Int32Array(memory, 32, 1);
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

  sessionOpened(): void {
    Atomics.add(this.#sessions, 0, 1);
  }

  sessionClosed(): void {
    Atomics.sub(this.#sessions, 0, 1);
    Atomics.notify(this.#sessions, 0);
  }

  /** Has every worker close its session, and waits for that, `ms` at the most: one whose thread has died never does. */
  async endSessions(ms: number): Promise<void> {
    Atomics.store(this.#end, 0, 1);
    Atomics.notify(this.#end, 0);
    await until(this.#sessions, (open) => open <= 0, ms);
  }

  threadReady(): void {
    Atomics.add(this.#ready, 0, 1);
    Atomics.notify(this.#ready, 0);
  }

  /** Waits until so many threads have loaded their code, `ms` at the most: Node 20 ends the process when a thread is ended in the middle of that. */
  async threadsReady(count: number, ms: number): Promise<void> {
    await until(this.#ready, (ready) => ready >= count, ms);
  }

  /** Resolves when {@link endSessions} is called. */
  async whenEnded(): Promise<void> {
    const wait = Atomics.waitAsync(this.#end, 0, 0);
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

  /** Follows the phases of one connection. */
  follow(): (phase: Phase) => void {
    let now: Phase = 'idle';
    return (phase) => {
      this.moved(now, phase);
      now = phase;
    };
  }

  /** All that is to be written waits for somebody outside of this process. */
  get waitsForOthers(): boolean {
    return Atomics.load(this.#waiting, 0) > 0 && Atomics.load(this.#holding, 0) === 0;
  }
}

async function until(word: Int32Array, holds: (value: number) => boolean, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  // Neither waitAsync nor a worker without a task keeps the process alive.
  const alive = setInterval(() => {}, ms);
  for (let value = Atomics.load(word, 0); !holds(value); value = Atomics.load(word, 0)) {
    const left = deadline - performance.now();
    if (left <= 0) break;
    const wait = Atomics.waitAsync(word, 0, value, left);
    if (wait.async) await wait.value;
  }
  clearInterval(alive);
}
