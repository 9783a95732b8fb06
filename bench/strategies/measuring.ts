import { existsSync } from 'node:fs';
import type { BenchConfig } from '../../src/config/bench-options.js';
import { codeOf, IngestError, messageOf } from '../../src/errors.js';
import type { SqliteSettings } from '../../src/stores/connection.js';
import { isOnServer } from '../../src/stores/store-location.js';
import { filePlace } from '../place/file-place.js';
import { LeftLock } from '../place/left-lock.js';
import { lockPathOf } from '../place/lock-path.js';
import type { Place } from '../place/place.js';
import { serverPlace } from '../place/server-place.js';
import type { Round } from './collect.js';
import { environmentOf } from './environment.js';
import type { FloorJob, FloorOutcome } from './floor.js';
import { type GroupRun, runGroup } from './group.js';

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
    // Awaited here: the place is gone as soon as this returns.
    return await environmentOf(place, this.#sqlite);
  }

  /** Units a second. One that is killed is tried once more; throws `ERR_WORKER` when that is killed too. */
  async floor(plan: FloorPlan, round: number): Promise<number> {
    try {
      return await this.#floorOnce(plan, round);
    } catch (error) {
      if (codeOf(error) !== 'ERR_WORKER') throw error;
      return this.#floorOnce(plan, round);
    }
  }

  async #floorOnce({ load, batchSize, sizes, length }: FloorPlan, round: number): Promise<number> {
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
    const { answer } = await inPlace(place, () => this.#run<FloorOutcome>('floor', job, place));
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
    using left = new LeftLock(key.strategy === 'RFileLock' ? this.#lockPath : undefined);
    try {
      const { answer, busySeconds, seconds } = await inPlace(place, () => this.#run<TrialOutcome>('trial', job, place));
      left.forget();
      return { outcome: answer, busySeconds, seconds };
    } catch (error) {
      if (error instanceof IngestError && ofThePlace.has(error.code)) throw error;
      return { failure: messageOf(error) };
    }
  }

  /** One round of the real Kosh. */
  async peer(peer: KoshPeer, round: number): Promise<void> {
    await using place = await this.#open();
    await inPlace(place, () =>
      peer.run(round, { cwd: place.folder, store: place.store, sizes: this.#config, signal: this.#signal }),
    );
  }

  #run<T>(program: 'trial' | 'floor', job: unknown, { folder }: Place): Promise<GroupRun<T>> {
    return runGroup<T>(program, job, { cwd: folder, signal: this.#signal });
  }

  #open(): Promise<Place> {
    const { store } = this.#config;
    return isOnServer(store) ? serverPlace(store, 'bench') : Promise.resolve(filePlace(store, 'bench'));
  }
}

/** Does something in a place. Throws `ERR_STORE_OPEN` when that was taken away meanwhile, whatever else came of it: no strategy is to blame. */
async function inPlace<T>(place: Place, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    if (codeOf(error) !== 'ERR_INTERRUPTED') checkThere(place);
    throw error;
  }
  checkThere(place);
  return result;
}

function checkThere({ disk, folder }: Place): void {
  if (existsSync(disk)) return;
  throw new IngestError('ERR_STORE_OPEN', `the throw-away folder ${folder} was removed while the bench worked in it`, {
    hint: 'Run it again, and leave the folder there: the bench removes it itself.',
  });
}
