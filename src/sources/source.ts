import type { ErrorCode } from '../errors.js';
import type { EnsembleView } from '../records/kosh-rules.js';
import type { Relationship, Rows } from '../records/types.js';

/** Why something was refused, and where: one line of the rejects file. */
export interface Reject {
  /** The document, as it was given; null for generated records. */
  readonly file: string | null;
  readonly recordId: string | null;
  /** JSON pointer (RFC 6901) into the document; empty for the document as a whole. */
  readonly pointer: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly found?: string | undefined;
  readonly expected?: string | undefined;
  readonly hint?: string | undefined;
  /** 1-based line and 0-based byte of a document that is not JSON. */
  readonly line?: number | undefined;
  readonly offset?: number | undefined;
}

/** A record that is ready to be inserted. */
export interface PreparedRecord {
  readonly id: string;
  readonly type: string;
  readonly rows: Rows;
  /** JSON pointer of the record in its document. */
  readonly pointer: string;
}

export interface PreparedRelationship extends Relationship {
  readonly pointer: string;
}

/** A stretch of a unit, small enough to be held in memory. */
export interface Part {
  readonly records: readonly PreparedRecord[];
  readonly relationships: readonly PreparedRelationship[];
  /** Not empty: the unit is refused. */
  readonly rejects: readonly Reject[];
  /** How many were read to make this part, refused ones included. */
  readonly read: { readonly records: number; readonly relationships: number };
}

/** What is written whole or not at all: a document, or one generated record with its membership. */
export interface Unit {
  readonly file: string | null;
  /** `Part` when it has been read whole; else a function that reads it from its start, part by part, each time it is called. */
  readonly content: Part | (() => AsyncIterable<Part>);
  /** The ensemble whose attributes the record was given: it must be in the store and have just these. */
  readonly ensemble?: EnsembleView;
  /** The chunk to plan again when this unit only lacks a record that another unit may still bring. */
  readonly again?: Chunk;
}

/** A piece of work for one worker: plain data. Every source adds what it needs to find its units again. */
export interface Chunk {
  /** Chunks of a stage begin when those of the stage before have ended. */
  readonly stage: number;
  /** Share of the whole, in a measure of the source's own. */
  readonly weight: number;
}

export interface Plan<C extends Chunk = Chunk> {
  /** Sum of the weights of all chunks. */
  readonly weight: number;
  /** How many workers can have something to do at the same time, at the most. */
  readonly width: number;
  /** In order of stages. */
  readonly chunks: Iterable<C>;
}

/** Where records come from. The coordinator plans, the workers read. */
export interface Source<C extends Chunk = Chunk> {
  /** All that there is to do. Throws `ERR_INPUT` when an input cannot be found. */
  plan(): Promise<Plan<C>>;
  /**
   * Chunks of the units that lacked a record of another one, put together anew. `atOnce`: in as few chunks as memory allows, since units of one
   * chunk can refer to one another.
   */
  again(chunks: readonly C[], atOnce: boolean): Iterable<C>;
  /** Read, parsed, validated and mapped to rows. A unit that is refused is yielded with its rejects. */
  units(chunk: C): AsyncIterable<Unit>;
}
