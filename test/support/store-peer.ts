/** A program that works on a store: a process that `lock-peers.ts` starts, and that is sent {@link StoreJob}s. It does one after the other. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { connect, Ensemble, type Store } from '../../src/index.js';
import type { LeaseTiming } from '../../src/locks/lease-timing.js';
import type { LockOptions } from '../../src/locks/lock-options.js';
import { RFileLock } from '../../src/locks/r-file-lock.js';
import { createLockStrategy } from '../../src/locks/registry.js';
import { lookAround, lookThrough, stateOf } from './outside-reader.js';

/** How a peer opens the store. */
export interface StoreAccess {
  readonly store: string;
  readonly strategy: string;
  readonly options: LockOptions;
  /** Of an `RFileLock` whose holder is going to be killed. */
  readonly timing?: LeaseTiming;
}

/** What the peer does, and what it says: `ready` when it is up, then what is given here. */
export type StoreJob =
  /** Connects: what follows is done with this store. `opened`. */
  | ({ readonly kind: 'open' } & StoreAccess)
  /** Sets the attributes `<prefix>_0` and so on of a record, one call each. `set`. */
  | { readonly kind: 'set'; readonly id: string; readonly prefix: string; readonly rounds: number }
  /** Adds 1 to the attribute `n` of a record, `rounds` times. `counted`. */
  | { readonly kind: 'count'; readonly id: string; readonly rounds: number }
  /** Takes a record from one {@link stateOf} to the next until it is told to stop. `stopped`. */
  | { readonly kind: 'tick'; readonly id: string }
  /** Looks at records until it has seen `states` of them; fails when they do not go together. `watched`. */
  | { readonly kind: 'watch'; readonly way: 'around' | 'through'; readonly ids: readonly string[]; readonly states: number }
  /** Creates batches of `size` members until it is told to stop. `created` after the third, `stopped`. */
  | { readonly kind: 'create'; readonly ensemble: string; readonly prefix: string; readonly size: number }
  /** Creates an ensemble and `size` members, one call each. `filled`. */
  | { readonly kind: 'fill'; readonly ensemble: string; readonly size: number }
  /** Ends a `tick` or a `create`. */
  | { readonly kind: 'stop' };

const say = (word: string) => process.send?.(word);
let access: StoreAccess | undefined;
let opened: Store | undefined;
let stopped = false;

function store(): Store {
  if (!opened) throw new Error('there was no "open"');
  return opened;
}

async function open(how: StoreAccess): Promise<void> {
  const { store: path, strategy, options, timing } = how;
  access = how;
  opened = await connect(path, {
    lockStrategy: timing ? new RFileLock(options, { timing }) : createLockStrategy(strategy, options),
    username: 'default',
  });
  say('opened');
}

async function watch(way: 'around' | 'through', ids: readonly string[], states: number): Promise<void> {
  const seen = new Set<number>();
  const look = way === 'around' ? lookAround(access?.store as string) : lookThrough(store());
  while (seen.size < states) {
    seen.add(await look(ids));
    await turn();
  }
  say('watched');
}

async function create(ensembleId: string, prefix: string, size: number): Promise<void> {
  const ensemble = await store().open(ensembleId);
  if (!(ensemble instanceof Ensemble)) throw new Error(`${ensembleId} is no ensemble`);
  for (let batch = 0; !stopped; batch++) {
    const ids = Array.from({ length: size }, (_, n) => `${prefix}_${batch}_${n}`);
    await ensemble.createMany(ids.map((id) => ({ id, metadata: { batch, text: `text of ${id}`, list: ['a', id] } })));
    if (batch === 2) say('created');
  }
}

async function fill(ensembleId: string, size: number): Promise<void> {
  const ensemble = await store().createEnsemble({ id: ensembleId, metadata: { of: ensembleId } });
  for (let n = 0; n < size; n++) await ensemble.create({ id: `${ensembleId}_${n}`, metadata: { n } });
  say('filled');
}

async function run(job: StoreJob): Promise<void> {
  if (job.kind === 'open') return await open(job);
  if (job.kind === 'watch') return await watch(job.way, job.ids, job.states);
  if (job.kind === 'fill') return await fill(job.ensemble, job.size);
  if (job.kind === 'set') {
    const { attributes } = await store().open(job.id);
    for (let n = 0; n < job.rounds; n++) await attributes.set(`${job.prefix}_${n}`, n);
    say('set');
  }
  if (job.kind === 'count') {
    const { attributes } = await store().open(job.id);
    for (let n = 0; n < job.rounds; n++) await attributes.update(({ n: before }) => ({ n: (before as number) + 1 }));
    say('counted');
  }
  if (job.kind === 'tick') {
    while (!stopped) {
      await store().update(job.id, ({ n }) => stateOf((n as number) + 1));
      // SQLite lets no reader in while it commits, and a reader that waits looks ever more seldom.
      await sleep(Math.random() * 10);
    }
    say('stopped');
  }
  if (job.kind === 'create') {
    await create(job.ensemble, job.prefix, job.size);
    say('stopped');
  }
}

// A job that fails is an unhandled rejection: the process ends with it, and whoever waits for its word hears of that.
let before: Promise<void> = Promise.resolve();
process.on('message', (job: StoreJob) => {
  if (job.kind === 'stop') stopped = true;
  else before = before.then(() => run(job));
});
say('ready');
