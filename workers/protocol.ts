import type { LoadConfig } from '../src/config/load-options.js';
import type { WireError } from '../src/errors.js';
import type { Acquisition } from '../src/kosh/transact.js';
import type { Existing } from '../src/kosh/unit-fate.js';
import type { FindingsData } from '../src/kosh/verify-findings.js';
import type { RefusedPlace } from '../src/kosh/verify-refused.js';
import type { Chunk, Reject } from '../src/sources/source.js';
import type { DryRunCounts } from '../src/stores/connection.js';

/** What a worker is given when its thread starts. Plain data. */
export interface WorkerSetup {
  readonly config: LoadConfig;
  /** Whose user record becomes the `creator` of what is generated. */
  readonly user: string;
  /** Id of the load in the journal of the store; undefined: nothing is written down. */
  readonly load?: string | undefined;
  /** Of the {@link SharedState}. */
  readonly memory: SharedArrayBuffer;
  /** For verifying: what the load has refused. */
  readonly refused?: readonly RefusedPlace[] | undefined;
}

/** Records and relationships. */
export interface Counts {
  records: number;
  relationships: number;
}

/** What became of a chunk. Read = inserted + existing + rejected; what is to be planned again, or was written by another process, counts in none. */
export interface ChunkResult {
  readonly inserted: Counts;
  readonly rejected: Counts;
  /** Of places that another process with the same load has done. */
  readonly elsewhere: Counts;
  readonly existing: Existing;
  readonly ensembles: number;
  readonly datasets: number;
  readonly rejects: readonly Reject[];
  /** The thread that processed it, by its id in the process. */
  readonly worker: number;
  readonly acquisitions: readonly Acquisition[];
  /** Units that only lack a record which another unit may still bring. */
  readonly again: readonly Chunk[];
  /** Of a dry run: what each transaction would have written. */
  readonly dryRun?: readonly DryRunCounts[];
}

/** A task of a load. `final`: a unit that lacks a record is refused, not planned again. */
export interface ChunkTask {
  readonly kind?: undefined;
  readonly chunk: Chunk;
  readonly final: boolean;
}

/** A task of a verification: records of the store against their rows, or a chunk of the inputs against the store. */
export type VerifyTask = { readonly kind: 'verify' } & (
  | { readonly ids: readonly string[]; readonly chunk?: undefined }
  | { readonly chunk: Chunk }
);

/** What verifying a task came to. */
export interface VerifyResult extends FindingsData {
  /** What of the inputs was compared. */
  readonly compared: Readonly<Counts>;
  /** Hashes of the ids of its records that are in the store, but for Kosh's own. */
  readonly hashes: Float64Array;
  /** The thread that processed it, by its id in the process. */
  readonly worker: number;
}

/** What a worker can be asked to do. */
export type WorkerTask = ChunkTask | VerifyTask;

/** What a task is answered with. */
export type ResultOf<T extends WorkerTask> = T extends VerifyTask ? VerifyResult : ChunkResult;

/** Never an exception: an Error thrown in a worker loses its class and code on the way. */
export type TaskReply<R = ChunkResult | VerifyResult> =
  | { readonly ok: true; readonly result: R }
  | { readonly ok: false; readonly error: WireError };
