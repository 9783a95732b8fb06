import type { Chunk, Plan } from '../sources/source.js';

/** How far a load has come. */
export class HowFar {
  readonly #startedMs = performance.now();
  #plan: Pick<Plan, 'weight' | 'records'> = { weight: 0 };
  #weightDone = 0;

  /** What there is to do; a load that goes on is planned again. */
  planned({ weight, records }: Plan): void {
    this.#plan = { weight, records };
  }

  /** A chunk has been loaded. */
  done({ weight }: Chunk): void {
    this.#weightDone += weight;
  }

  /** From 0 to 1; undefined while nothing is known. By records where their number is known: chunks can be large, and a chunk counts when it has ended. */
  fraction(recordsDone: number): number | undefined {
    const { weight, records } = this.#plan;
    const share = records === undefined ? this.#weightDone / weight : recordsDone / records;
    return Number.isNaN(share) ? undefined : Math.min(1, share);
  }

  /** Since the load began. */
  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }
}
