import type { ErrorCode } from '../errors.js';
import type { StoreInfo } from '../records/kosh.js';
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
  /** 1-based line of the file, where it is known. */
  readonly line?: number | undefined;
  /** 0-based byte of the file (uncompressed) at which what is refused begins. */
  readonly offset?: number | undefined;
  /** The text of what is refused (a record, a relationship, a line, a small document), as it stood in the file, for it to be mended. */
  readonly record?: string | undefined;
}

/** A record that is ready to be inserted. */
export interface PreparedRecord {
  readonly id: string;
  readonly type: string;
  readonly rows: Rows;
  /** JSON pointer of the record in its document. */
  readonly pointer: string;
}

/** The text of a prepared record, as it goes into the store. */
export function rawOf({ rows }: Pick<PreparedRecord, 'rows'>): string {
  return String(rows.record?.[2]);
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

/**
 * A stretch of the input as the journal knows it. Units that share a place are written in one transaction, and it is written down in the same that they
 * were; a load that goes on leaves the place out.
 */
export interface Place {
  /** Of this load alone: a file, a range of one, a range of numbers. The same for the same input, however often it is planned. */
  readonly key: string;
  /** Digest of the content. Asked for when the units have been read (but for a large document), and again and again. */
  digest(): string;
}

/** A place whose digest is worked out once. */
export function placeWith(key: string, digest: () => string): Place {
  let known: string | undefined;
  return {
    key,
    digest: () => {
      known ??= digest();
      return known;
    },
  };
}

/** What an interrupted load has done, by the key of the place. */
export type Done = ReadonlyMap<string, DonePlace>;

export interface DonePlace {
  readonly digest: string;
  /** Chunks of units that lacked a record and were left for later. */
  readonly left: readonly Chunk[];
}

/** What is written whole or not at all: a document, a line, or one generated record with its membership. */
export interface Unit {
  readonly file: string | null;
  /** The byte at which it begins in a file of lines. */
  readonly offset?: number | undefined;
  /** Undefined for what cannot be loaded again by itself (a mended reject). */
  readonly place?: Place | undefined;
  /** `Part` when it has been read whole; else a function that reads it from its start, part by part, each time it is called. */
  readonly content: Part | (() => AsyncIterable<Part>);
  /** The ensembles whose attributes the records were given: each must be in the store and have just these. */
  readonly ensembles?: readonly EnsembleView[] | undefined;
  /** Ensembles that records became members of and that were not there when the unit was read: it is read again once one is. */
  readonly unseen?: readonly string[] | undefined;
  /** The chunk to plan again when this unit only lacks a record that another unit may still bring. */
  readonly again?: Chunk | undefined;
  /** Adds to rejects of the unit what they lack: line, byte, and the text of what is refused. Called for a unit that is refused. */
  readonly locate?: ((rejects: readonly Reject[]) => Promise<readonly Reject[]>) | undefined;
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
  /** How many records the chunks hold, where that is known before they are read. */
  readonly records?: number | undefined;
  /** In order of stages. */
  readonly chunks: Iterable<C>;
  /** What the user should know of how the input was understood: one line each. */
  readonly notes?: readonly string[] | undefined;
}

/** What a worker's source is told of the store. */
export interface SourceContext {
  readonly info: StoreInfo;
  /** Id of the user record that becomes `creator`. */
  readonly creator: string;
  /** The ensembles with these ids, as they are in the store now. One that is not there has no entry, a record that is no ensemble is null. */
  ensembles(ids: readonly string[]): Promise<ReadonlyMap<string, EnsembleView | null>>;
}

/** Where records come from. The coordinator plans, the workers read. */
export interface Source<C extends Chunk = Chunk> {
  /**
   * All that is left to do when what is `done` is done (default: nothing is). Throws `ERR_INPUT` when an input cannot be found, `ERR_INPUT_CHANGED` when what is done
   * has another content now.
   */
  plan(done?: Done): Promise<Plan<C>>;
  /**
   * Chunks of the units that lacked a record of another one, put together anew. `atOnce`: in as few chunks as memory allows, since units of one
   * chunk can refer to one another. What of them is `done` is left out (default: nothing is).
   */
  again(chunks: readonly C[], atOnce: boolean, done?: Done): Iterable<C>;
  /** Read, parsed, validated and mapped to rows. A unit that is refused is yielded with its rejects. */
  units(chunk: C): AsyncIterable<Unit>;
  /** Lets go of what planning has unpacked. Called by who has planned, when all is done. */
  close?(): Promise<void>;
}
