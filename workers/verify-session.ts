import { threadId } from 'node:worker_threads';
import { lockStrategyOf } from '../src/config/load-options.js';
import { ensembleViews } from '../src/kosh/ensemble-views.js';
import { openStoreReadOnly } from '../src/kosh/open-store.js';
import type { Joined } from '../src/kosh/transact.js';
import { unkept } from '../src/kosh/unit-rejects.js';
import { Findings } from '../src/kosh/verify-findings.js';
import { verifyRecords } from '../src/kosh/verify-records.js';
import { type RefusedPlace, RefusedUnits } from '../src/kosh/verify-refused.js';
import { type ComparedPart, type ExpectedPart, verifyParts } from '../src/kosh/verify-units.js';
import { type StoreInfo, userId } from '../src/records/kosh.js';
import { createSource } from '../src/sources/registry.js';
import type { Chunk, Part, Source, SourceContext, Unit } from '../src/sources/source.js';
import type { VerifyResult, VerifyTask } from './protocol.js';
import type { SessionOptions } from './session.js';

/** Records of the inputs that are compared at once. */
const recordsAtOnce = 500;

export interface VerifySessionOptions extends SessionOptions {
  /** What the load has refused, which is not expected in the store. */
  readonly refused: readonly RefusedPlace[];
}

/** One connection that only reads, joined with one lock strategy, and the source that what is expected is read from. Works without threads. */
export class VerifySession {
  readonly #options: VerifySessionOptions;
  readonly #joined: Joined;
  readonly #info: StoreInfo;
  readonly #source: Source;
  readonly #refused: RefusedUnits;

  static async open(options: VerifySessionOptions): Promise<VerifySession> {
    const { config, shared, signal } = options;
    const source = await createSource(config, () => session.#context());
    let session: VerifySession;
    shared.moved('idle', 'waiting');
    try {
      const { joined, info } = await openStoreReadOnly(config.store, lockStrategyOf(config), { signal });
      session = new VerifySession(options, info, { joined, source });
      return session;
    } finally {
      shared.moved('waiting', 'idle');
    }
  }

  private constructor(
    options: VerifySessionOptions,
    info: StoreInfo,
    { joined, source }: { readonly joined: Joined; readonly source: Source },
  ) {
    this.#options = options;
    this.#joined = { ...joined, onPhase: options.shared.follow() };
    this.#info = info;
    this.#refused = new RefusedUnits(options.refused);
    this.#source = source;
    options.shared.sessionOpened();
  }

  #context(): SourceContext {
    const { user, signal } = this.#options;
    const ensembles = (ids: readonly string[]) => ensembleViews(this.#joined, this.#info, ids, signal);
    return { info: this.#info, creator: userId(user), ensembles };
  }

  async process(task: VerifyTask): Promise<VerifyResult> {
    const { signal, shared } = this.#options;
    if (task.chunk) return this.#compare(task.chunk);
    const findings = await verifyRecords(this.#joined, task.ids, signal);
    shared.addRecords(task.ids.length);
    return resultOf(findings, [], { records: 0, relationships: 0 });
  }

  async #compare(chunk: Chunk): Promise<VerifyResult> {
    const result = new ChunkResult();
    let waiting: ExpectedPart[] = [];
    let records = 0;
    const flush = async () => {
      result.add(waiting, await this.#verify(waiting));
      waiting = [];
      records = 0;
    };
    for await (const unit of this.#source.units(chunk)) {
      this.#options.signal.throwIfAborted();
      if (typeof unit.content === 'function') {
        await this.#compareStream({ ...unit, content: unit.content }, result);
        continue;
      }
      const why = this.#unexpected(unit, unit.content);
      if (why) result.findings.notes[why]++;
      else {
        waiting.push({ file: unit.file, part: unit.content });
        records += unit.content.records.length;
      }
      if (records >= recordsAtOnce) await flush();
    }
    await flush();
    return result.value;
  }

  /** What is wrong with a unit may only show at its end: what was found until then does not count. */
  async #compareStream({ file, content }: Unit & { content: () => AsyncIterable<Part> }, into: ChunkResult): Promise<void> {
    const own = new ChunkResult();
    for await (const part of content()) {
      this.#options.signal.throwIfAborted();
      const why = this.#unexpected({ file }, part);
      if (why) {
        into.findings.notes[why]++;
        return;
      }
      const parts = [{ file, part }];
      own.add(parts, await this.#verify(parts));
    }
    into.merge(own);
  }

  async #verify(parts: readonly ExpectedPart[]): Promise<ComparedPart[]> {
    if (parts.length === 0) return [];
    const { signal, shared, config } = this.#options;
    const mayHoldMore = config.ifExists === 'merge';
    const compared = await verifyParts(this.#joined, parts, { info: this.#info, signal, mayHoldMore });
    for (const { part } of parts) shared.addRecords(part.records.length);
    return compared;
  }

  /** Why a unit is not expected in the store, as its note is called. */
  #unexpected(unit: Pick<Unit, 'file' | 'offset'>, part: Part): 'notLoadable' | 'leftOut' | undefined {
    const ids = new Set(part.records.map(({ id }) => id));
    const hasTwins = ids.size < part.records.length;
    if (part.rejects.length > 0 || hasTwins || unkept(this.#joined.connection, unit.file, part).length > 0) return 'notLoadable';
    return this.#refused.has(unit, part) ? 'leftOut' : undefined;
  }

  async close(): Promise<void> {
    try {
      await this.#joined.strategy.close();
      await this.#joined.connection.close();
    } finally {
      this.#options.shared.sessionClosed();
    }
  }
}

/** Adds up what became of the parts of a chunk. */
class ChunkResult {
  readonly findings = new Findings();
  readonly #hashes: number[] = [];
  readonly #compared = { records: 0, relationships: 0 };

  add(parts: readonly ExpectedPart[], compared: readonly ComparedPart[]): void {
    for (const { part } of parts) {
      this.#compared.records += part.records.length;
      this.#compared.relationships += part.relationships.length;
    }
    for (const { findings, hashes } of compared) {
      this.findings.addAll(findings);
      for (const hash of hashes) this.#hashes.push(hash);
    }
  }

  merge(other: ChunkResult): void {
    this.findings.addAll(other.findings);
    for (const hash of other.#hashes) this.#hashes.push(hash);
    this.#compared.records += other.#compared.records;
    this.#compared.relationships += other.#compared.relationships;
  }

  get value(): VerifyResult {
    return resultOf(this.findings, this.#hashes, this.#compared);
  }
}

function resultOf(findings: Findings, hashes: readonly number[], compared: VerifyResult['compared']): VerifyResult {
  const { differences, more, notes } = findings;
  return { differences, more, notes, hashes: Float64Array.from(hashes), compared, worker: threadId };
}
