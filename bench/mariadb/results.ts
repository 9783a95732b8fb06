import type { LoadSummary } from '../../src/ingest/summary.js';
import type { Host } from '../support/machine.js';
import type { Measure } from '../support/measure.js';

/** For `--only`. */
export const kinds = ['single', 'contention', 'sending', 'cluster'] as const;
export type Kind = (typeof kinds)[number];

/** What one process took, and the servers while it ran. */
export interface MariadbRun extends Measure {
  /** User and system time of all servers. */
  readonly serverSeconds: number;
  /** Of a load. */
  readonly lock?: LoadSummary['lock'];
}

/** All rounds of one trial. A trial with a fault has no figures. */
export interface MariadbTrialResult {
  readonly name: string;
  readonly runs: MariadbRun[];
  readonly faults: string[];
}

export interface MariadbGroupResult {
  readonly kind: Kind;
  readonly name: string;
  readonly title: string;
  /** The servers and their version. */
  readonly place: string;
  /** Ensembles and datasets. */
  readonly records: number;
  /** Rows of all tables. */
  readonly rows: number;
  /** The median of what the creation of the tables took. */
  readonly schemaSeconds: number;
  readonly floor: MariadbTrialResult;
  readonly trials: readonly MariadbTrialResult[];
}

export interface MariadbResults {
  readonly command: string;
  readonly repeats: number;
  readonly host: Host;
  /** Version of the connector. */
  readonly connector: string;
  readonly groups: readonly MariadbGroupResult[];
}
