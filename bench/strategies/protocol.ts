import type { CheckedLockOptions } from '../../src/locks/lock-options.js';
import type { SqliteSettings } from '../../src/stores/connection.js';
import type { Course } from '../support/peers.js';
import type { ControlName } from './controls.js';
import type { Calls, Distribution, Timeline, TrialKey, TrialResult } from './results.js';

/** Of what is generated. */
export interface Sizes {
  readonly ensembles: number;
  /** In each ensemble. */
  readonly datasets: number;
  /** Of each record. */
  readonly attributes: number;
}

/**
 * How long a trial takes: a time, of which the first part is not measured; so many records of all contenders together; or a job that each process has to do,
 * the notebook's with {@link Sizes}.
 */
export type Length =
  | { readonly kind: 'window'; readonly warmUpMs: number; readonly windowMs: number }
  | { readonly kind: 'records'; readonly records: number }
  | { readonly kind: 'job' };

/** What a trial is told. Plain data. */
export interface TrialJob extends TrialKey {
  readonly store: string;
  /** Undefined on a server. */
  readonly sqlite: SqliteSettings | undefined;
  readonly lockOptions: Pick<CheckedLockOptions, 'numTries' | 'patience' | 'lockPath' | 'timeout'>;
  readonly sizes: Sizes;
  readonly length: Length;
  /** Another one in each round. */
  readonly seed: number;
  readonly control: ControlName | undefined;
}

/** A contender: worker number `worker` of process number `process`, both from 0 on. */
export interface Who {
  readonly process: number;
  readonly worker: number;
}

/** One transaction, or one read, in milliseconds of the common clock. */
export interface Sample {
  readonly asked: number;
  /** When its transaction had begun; of one that never did, when that was known. */
  readonly begun: number;
  readonly ended: number;
  /** Units that it brought; 0 when it was given up. */
  readonly units: number;
  /** For each try but the last one what it had failed with. */
  readonly retries: readonly string[];
  /** Undefined: it was done. */
  readonly gaveUp: string | undefined;
}

/** What one contender did in the part of the course that is measured. */
export interface Report extends Who {
  /** The first of its samples, in order, flat: {@link spanWidth} numbers each. */
  readonly spans: Float64Array;
  /** True: there were more samples than are kept. */
  readonly isCut: boolean;
  /** HDR histograms, as in `results.json`. */
  readonly waits: string;
  readonly holds: string;
  readonly units: number;
  readonly calls: Calls;
  /** When its last sample ended, inside of the window or not. */
  readonly endMs: number;
}

/** Of a kept sample: asked, begun, ended, 1 when it was given up and else 0, tries after the first one. */
export const spanWidth = 5;

/** What has to be in the store, of one contender or of one bulk load. */
export type Written =
  | {
      readonly kind: 'ids';
      /** Acknowledged. */
      readonly ids: readonly string[];
      /** Of calls that failed in a way that leaves open what became of them. */
      readonly unknown: readonly string[];
    }
  | {
      readonly kind: 'count';
      /** What the ids begin with. */
      readonly prefix: string;
      /** Records; at most undefined: the load failed, and may have committed more than it could say. */
      readonly least: number;
      readonly most: number | undefined;
    };

/** What a process of a trial answers. */
export interface ProcessReport {
  readonly reports: readonly Report[];
  readonly written: readonly Written[];
  readonly takeOvers: number;
}

/** What one round of a trial came to. */
export interface TrialOutcome {
  /** That were measured. */
  readonly seconds: number;
  /** Units of each worker, process by process. */
  readonly shares: readonly (readonly number[])[];
  readonly calls: Calls;
  readonly waitMs: Distribution;
  readonly holdMs: Distribution;
  readonly handOverMs: TrialResult['handOverMs'];
  readonly takeOvers: number;
  readonly usefulShare: number;
  readonly timeline: Timeline;
  /** From the start of the first process to the end of the last one. */
  readonly jobSeconds: number;
  readonly cpuSeconds: number;
  /** What is wrong with the store, sentences. */
  readonly faults: readonly string[];
}

/** A course without an end: what is to be done is counted. */
export function courseWithoutEnd(startMs: number): Course {
  return { startMs, fromMs: startMs, toMs: Number.POSITIVE_INFINITY };
}
