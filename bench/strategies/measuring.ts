import type { BenchConfig } from '../../src/config/bench-options.js';
import { IngestError, messageOf } from '../../src/errors.js';
import type { SqliteSettings } from '../../src/stores/connection.js';
import { isOnServer } from '../../src/stores/store-location.js';
import { filePlace } from '../place/file-place.js';
import { lockPathOf } from '../place/lock-path.js';
import type { Place } from '../place/place.js';
import { serverPlace } from '../place/server-place.js';
import type { Round } from './collect.js';
import { environmentOf } from './environment.js';
import type { FloorJob, FloorOutcome } from './floor.js';
import { runGroup } from './group.js';
import type { KoshPeer } from './peer/kosh.js';
import type { FloorPlan, Trial } from './plan.js';
import type { TrialJob, TrialOutcome } from './protocol.js';
import type { Environment } from './results.js';
import { checkRoom } from './room.js';

/** What came of one round of a trial. */
export type Found = Omit<Round, 'round' | 'floorRate'> | { readonly failure: string };

/** What is wrong with the place and not with a strategy, and ends the whole run. */
const ofThePlace: ReadonlySet<string> = new Set([
  'ERR_STORE_FULL',
  'ERR_STORE_OPEN',
  'ERR_STORE_READ_ONLY',
  'ERR_STORE_UNAVAILABLE',
  'ERR_LOCK_PATH',
  'ERR_INTERRUPTED',
]);

/** Measures one thing at a time, each in a place of its own that is there for it alone. */
export class Measuring {
  readonly #config: BenchConfig;
  readonly #signal: AbortSignal | undefined;
  readonly #sqlite: SqliteSettings | undefined;
  /** The one that was given. */
  #lockPath: string | undefined;

  constructor(config: BenchConfig, signal: AbortSignal | undefined) {
    this.#config = config;
    this.#signal = signal;
    const { store, journalMode, synchronous } = config;
    this.#sqlite = isOnServer(store) ? undefined : { journalMode, synchronous };
  }

  /** Sees whether these trials can be run here at all, and what the figures will depend on. */
  async environment(trials: readonly Trial[]): Promise<Environment> {
    await using place = await this.#open();
    // Looked at once: what is there later is our own.
    const { lockPath } = this.#config;
    if (lockPath !== '') this.#lockPath = await lockPathOf(lockPath, place);
    if (place.engine === 'SQLite') checkRoom(place.disk, trials);
    return environmentOf(place, this.#sqlite);
  }

  /** Units a second. */
  async floor({ load, batchSize, sizes, length }: FloorPlan, round: number): Promise<number> {
    await using place = await this.#open();
    const job: FloorJob = {
      store: place.store,
      sqlite: this.#sqlite,
      load,
      batchSize,
      sizes,
      length,
      seed: this.#config.seed + round,
    };
    const { answer } = await runGroup<FloorOutcome>('floor', job, { cwd: place.folder, signal: this.#signal });
    return answer.units / answer.seconds;
  }

  /** One round of a trial. Throws when no trial can be run here any more. */
  async trial({ key, sizes, length }: Trial, round: number): Promise<Found> {
    await using place = await this.#open();
    const { numTries, patience, timeout, seed, control } = this.#config;
    const lockOptions = { numTries, patience, timeout, lockPath: this.#lockPath ?? (await lockPathOf('', place)) };
    const job: TrialJob = {
      ...key,
      store: place.store,
      sqlite: this.#sqlite,
      lockOptions,
      sizes,
      length,
      seed: seed + round,
      control,
    };
    try {
      const { answer, busySeconds, seconds } = await runGroup<TrialOutcome>('trial', job, {
        cwd: place.folder,
        signal: this.#signal,
      });
      return { outcome: answer, busySeconds, seconds };
    } catch (error) {
      if (error instanceof IngestError && ofThePlace.has(error.code)) throw error;
      return { failure: messageOf(error) };
    }
  }

  /** One round of the real Kosh. */
  async peer(peer: KoshPeer, round: number): Promise<void> {
    await using place = await this.#open();
    await peer.run(round, { cwd: place.folder, store: place.store, sizes: this.#config, signal: this.#signal });
  }

  #open(): Promise<Place> {
    const { store } = this.#config;
    return isOnServer(store) ? serverPlace(store, 'bench') : Promise.resolve(filePlace(store, 'bench'));
  }
}
