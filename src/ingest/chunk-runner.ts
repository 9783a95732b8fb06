import { loadEndedCode } from '../../workers/place-journal.js';
import type { ChunkResult } from '../../workers/protocol.js';
import { codeOf } from '../errors.js';
import type { Chunk, Done, Plan, Source } from '../sources/source.js';
import type { Pool } from './pool.js';

/** Chunks given out a worker: the next one is there when a worker comes back. */
const chunksAWorker = 2;

export interface ChunkRunnerOptions {
  readonly pool: Pool;
  readonly source: Source;
  readonly workers: number;
  /** Told what became of a chunk, before the next ones are given out. */
  readonly onResult: (chunk: Chunk, result: ChunkResult) => Promise<void>;
  /** Whether nothing new is to be begun. */
  readonly isStopped: () => boolean;
  /** Has the workers finish what they have begun. */
  readonly stop: () => void;
}

/** Gives chunks to the workers. */
export class ChunkRunner {
  readonly #options: ChunkRunnerOptions;
  #hasEndedElsewhere = false;

  constructor(options: ChunkRunnerOptions) {
    this.#options = options;
  }

  /** Another process has brought the same load to its end. */
  get hasEndedElsewhere(): boolean {
    return this.#hasEndedElsewhere;
  }

  /** Stage after stage; then, together again, what lacked a record, as long as that brings anything in. Answers what still lacks one. */
  async run(plan: Plan): Promise<readonly Chunk[]> {
    return this.again(await this.#run(plan.chunks, false));
  }

  /** What lacked a record, put together anew as long as that brings anything in. */
  async again(chunks: readonly Chunk[]): Promise<readonly Chunk[]> {
    let left = chunks;
    for (let brought = 1; left.length > 0 && brought > 0 && !this.#options.isStopped(); ) {
      brought = 0;
      left = await this.#run(this.#options.source.again(left, false), false, ({ inserted, elsewhere }) => {
        brought += inserted.records + elsewhere.records;
      });
    }
    return left;
  }

  /** Of what was left by others, put together as it is tried, what is not done. */
  undone(chunks: readonly Chunk[], done: Done): readonly Chunk[] {
    return [...this.#options.source.again(chunks, false, done)];
  }

  /** The last try, of all at once, so that units which need one another find one another. */
  async finally(chunks: readonly Chunk[]): Promise<void> {
    if (chunks.length > 0) await this.#run(this.#options.source.again(chunks, true), true);
  }

  async #run(chunks: Iterable<Chunk>, final: boolean, onResult?: (result: ChunkResult) => void): Promise<Chunk[]> {
    const { workers, isStopped, stop } = this.#options;
    const again: Chunk[] = [];
    const running = new Set<Promise<void>>();
    let failure: { error: unknown } | undefined;
    let stage = 0;
    for (const chunk of chunks) {
      if (chunk.stage !== stage) await Promise.all(running);
      stage = chunk.stage;
      while (running.size >= workers * chunksAWorker) await Promise.race(running);
      if (failure || isStopped()) break;
      const task = this.#runChunk(chunk, final)
        .then((result) => {
          onResult?.(result);
          for (const left of result.again) again.push(left);
        })
        .catch((error: unknown) => {
          if (codeOf(error) === loadEndedCode) this.#hasEndedElsewhere = true;
          else failure ??= { error };
          // The others finish what they have begun.
          stop();
        })
        .finally(() => running.delete(task));
      running.add(task);
    }
    await Promise.all(running);
    if (failure) throw failure.error;
    return again;
  }

  async #runChunk(chunk: Chunk, final: boolean): Promise<ChunkResult> {
    const result = await this.#options.pool.run({ chunk, final });
    await this.#options.onResult(chunk, result);
    return result;
  }
}
