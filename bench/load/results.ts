/** What one process took. */
export interface Measure {
  /** From before the process is started until it has ended. */
  readonly processSeconds: number;
  /** What the program reports: `seconds` of the floor and of `load --json`. */
  readonly ownSeconds: number;
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** Cores that other processes kept busy meanwhile: how far the times can be trusted. */
  readonly otherCores: number;
}

/** All rounds of one trial. A trial with a fault has no figures: it is not fast, it is wrong. */
export interface TrialResult {
  readonly name: string;
  readonly runs: Measure[];
  readonly faults: string[];
}

export interface GroupResult {
  readonly name: string;
  readonly title: string;
  /** Rows of all tables of the store. */
  readonly rows: number;
  readonly floor: TrialResult;
  readonly trials: readonly TrialResult[];
}

export interface MillionResult {
  readonly title: string;
  readonly records: number;
  readonly processSeconds: number;
  readonly ownSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly otherCores: number;
  readonly storeBytes: number;
  /** Microseconds a record in each tenth of the load. */
  readonly tenths: readonly number[];
  readonly faults: readonly string[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
  readonly fileSystem: string;
  /** Median milliseconds of writing 4 KiB and fdatasync: what a commit waits for several times. */
  readonly syncMs: number;
  /** ISO 8601. */
  readonly date: string;
}

export interface Results {
  readonly command: string;
  readonly repeats: number;
  readonly machine: Machine;
  readonly groups: readonly GroupResult[];
  readonly million: MillionResult | undefined;
}
