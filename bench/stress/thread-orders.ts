/**
 * What the main thread of a stress process tells its threads, in shared memory: a thread that works on SQLite looks at no messages for a while.
 * Words: 0 stop, 1 shift of the clock in ms, from 2 on for each thread the ms that it is to be blocked.
 */
export class ThreadOrders {
  readonly #words: Int32Array;

  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  static of(threads: number): ThreadOrders {
    return new ThreadOrders(new SharedArrayBuffer(4 * (2 + threads)));
  }

  stop(): void {
    Atomics.store(this.#words, 0, 1);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, 0) === 1;
  }

  shiftClock(ms: number): void {
    Atomics.store(this.#words, 1, ms);
  }

  get clockShiftMs(): number {
    return Atomics.load(this.#words, 1);
  }

  block(worker: number, ms: number): void {
    Atomics.store(this.#words, 2 + worker, ms);
  }

  /** How long the thread is to be blocked; asked once. */
  takeBlock(worker: number): number {
    return Atomics.exchange(this.#words, 2 + worker, 0);
  }
}

/** The event loop of this thread stands still. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** From now on `Date` of this thread is off by what the orders say. */
export function shiftDate(orders: ThreadOrders): void {
  const TrueDate = Date;
  const now = () => TrueDate.now() + orders.clockShiftMs;
  globalThis.Date = new Proxy(TrueDate, {
    construct: (target, values, made) => Reflect.construct(target, values.length > 0 ? values : [now()], made) as object,
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
