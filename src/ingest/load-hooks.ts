import type { ChunkResult } from '../../workers/protocol.js';
import type { Chunk, Reject } from '../sources/source.js';
import type { LoadProgress, LoadSummary } from './summary.js';

/** What a caller of `load` can be told, and how to stop it. */
export interface LoadHooks {
  /** Called about ten times a second. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Called with what became of each chunk, as soon as its worker has said so. @internal For `bench`. */
  readonly onChunk?: ((result: ChunkResult) => void) | undefined;
  /** Asked what of that which still lacks a record is to be tried for the last time; the rest is left to the caller. @internal For `watch`. */
  readonly keep?: ((left: readonly Chunk[]) => readonly Chunk[]) | undefined;
  /** Something that the user should know and that does not stop the load. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Called with what was refused, before it is written to the rejects file. */
  readonly onRejects?: ((rejects: readonly Reject[]) => void) | undefined;
  /** Called by a load that watches a directory, each time something was loaded. */
  readonly onRound?: ((summary: LoadSummary) => void) | undefined;
  /**
   * Called at last when the load was interrupted, stopped or has failed and the same load can go on: `records` are in, those of earlier runs included. Not
   * called when nothing is.
   */
  readonly onUnfinished?: ((loaded: { readonly records: number }) => void) | undefined;
  /** Aborting it ends the load: running transactions are finished, nothing new is begun. */
  readonly signal?: AbortSignal | undefined;
}
