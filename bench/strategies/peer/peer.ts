import type { Spread } from '../../support/statistics.js';

/** The real Kosh with the notebook's loop: one process, in the same rounds. */
export interface Peer {
  /** `kosh 3.1 on Python 3.11`. */
  readonly name: string;
  /** Records that it wrote in each round. */
  readonly records: number;
  /** Records a second, one a round. */
  readonly rates: readonly number[];
  readonly rate?: Spread | undefined;
  readonly floorRatio?: Spread | undefined;
  readonly faults: readonly string[];
}
