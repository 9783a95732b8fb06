/**
 * Tells the threads of one process that a lock has been released, so that who waits for it looks at once and not at its next poll. Only a hint:
 * a bell that is not heard, or rung for nothing, costs a look. Across processes the poll is what there is.
 */
export class ReleaseBell {
  readonly #rings: Int32Array;

  /** `buffer`, of 4 bytes, is shared by the threads that hear one another. Default: this strategy alone. */
  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#rings = new Int32Array(buffer);
  }

  ring(): void {
    Atomics.add(this.#rings, 0, 1);
    Atomics.notify(this.#rings, 0);
  }

  /** How often it has rung. Asked before a look at the lock, so that a release right after the look is not missed. */
  get rings(): number {
    return Atomics.load(this.#rings, 0);
  }

  /** Resolves when it has rung more often than `rings`, or after `ms`. */
  async after(rings: number, ms: number): Promise<void> {
    const wait = Atomics.waitAsync(this.#rings, 0, rings, ms);
    if (wait.async) await wait.value;
  }
}
