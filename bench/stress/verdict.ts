import type { OperationKind, StressEvent } from './events.js';

/** What is said about one invariant. */
export interface Finding {
  readonly name: string;
  readonly held: boolean | 'not checked';
  /** One sentence with figures: what was looked at, or what breaks it, or why it was not checked. */
  readonly evidence: string;
  /** The smallest run of events that shows the break. */
  readonly window?: readonly StressEvent[] | undefined;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What was measured. */
export interface Figures {
  /** By kind: how many ended how. `unknown`: failed in a way that does not say, or cut off. */
  readonly operations: Readonly<Record<OperationKind, Readonly<Record<'ok' | 'failed' | 'unknown', number>>>>;
  readonly seconds: number;
  /** From the start of an operation to the work being called. */
  readonly waitMs: Percentiles | undefined;
  /** The longest, also of those that were never called. */
  readonly longestWaitMs: number;
  /** From the death or silence of a holder to the next one. */
  readonly takeOverMs: { readonly all: readonly number[]; readonly median: number | undefined; readonly max: number | undefined };
  /** Jain's index of acknowledged operations, 1 is fair. */
  readonly jain: { readonly threads: number | undefined; readonly processes: number | undefined };
  /** How often each happened. */
  readonly faults: Readonly<Record<string, number>>;
  /** Runs of the work beyond the first one of each operation. */
  readonly reruns: number;
  /** Why the work was run again, by code. */
  readonly retries: Readonly<Record<string, number>>;
  /** Operations that failed, by code. */
  readonly failures: Readonly<Record<string, number>>;
}

/** The judgement of a history. */
export interface Verdict {
  readonly invariants: readonly Finding[];
  readonly figures: Figures;
  /** At least one invariant is broken. */
  readonly broken: boolean;
  /** Why the run proves less than it seems to; empty when there is nothing to say. */
  readonly provesNothing: readonly string[];
}
