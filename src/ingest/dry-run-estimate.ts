import type { DryRunCounts } from '../stores/connection.js';

/** What a load would take, about. */
export interface DryRunEstimate {
  /** Rows of all tables that would be inserted. */
  rows: number;
  /** What a SQLite store would grow by. */
  bytes: number;
  /** How long the load would take with a SQLite store on the disk of the temporary files. */
  seconds: number;
}

/** Adds up what the workers of a dry run have counted. */
export class DryRunTally {
  #rows = 0;
  #bytes = 0;
  #sampleRows = 0;
  #sampleMs = 0;

  add({ rows, bytes, sampleRows, sampleMs }: DryRunCounts): void {
    this.#rows += rows;
    this.#bytes += bytes;
    this.#sampleRows += sampleRows;
    this.#sampleMs += sampleMs;
  }

  /**
   * `seconds`: how long the dry run took, in which all but the writing was done. Transactions follow one another; the rest of the work is shared by the workers.
   */
  estimate(seconds: number, workers: number): DryRunEstimate {
    const writeSeconds = this.#sampleRows === 0 ? 0 : (this.#rows * this.#sampleMs) / this.#sampleRows / 1000;
    const otherSeconds = Math.max(0, seconds - this.#sampleMs / 1000 / workers);
    const estimated = Math.max(writeSeconds, otherSeconds + writeSeconds / workers);
    return { rows: this.#rows, bytes: Math.round(this.#bytes), seconds: round(estimated) };
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
