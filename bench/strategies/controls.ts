import { setTimeout as sleep } from 'node:timers/promises';
import type { LockStrategy } from '../../src/locks/lock-strategy.js';
import type { Awaitable, Connection, Transaction, TransactionHooks } from '../../src/stores/connection.js';

/** What is broken on purpose, to see that the bench finds it. */
export interface Control {
  /** One sentence. */
  readonly defect: string;
  readonly strategy?: ((strategy: LockStrategy) => LockStrategy) | undefined;
  readonly connection?: ((connection: Connection) => Connection) | undefined;
}

const sleepMs = 10;
const dropFirst = 50;
const dropEvery = 1000;

/** The negative controls by name. */
export const controls = {
  slow: { defect: `it sleeps ${sleepMs} ms in the lock`, strategy: sleeping },
  drop: { defect: `it drops record ${dropFirst} of each worker, and then one in ${dropEvery}`, connection: dropping },
} as const satisfies Record<string, Control>;

export type ControlName = keyof typeof controls;

function sleeping(inner: LockStrategy): LockStrategy {
  return {
    name: inner.name,
    run: (work, options) =>
      inner.run(async (lease) => {
        const result = await work(lease);
        await sleep(sleepMs);
        return result;
      }, options),
    close: () => inner.close(),
  };
}

/** Rolls a transaction back and says that it was committed. */
function dropping(inner: Connection): Connection {
  let transactions = 0;
  const transaction = async <T>(work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks = {}): Promise<T> => {
    if (transactions++ % dropEvery !== dropFirst) return inner.transaction(work, hooks);
    let done: { readonly result: T } | undefined;
    await inner
      .transaction(async (tx) => {
        done = { result: await work(tx) };
        throw new Error('dropped');
      }, hooks)
      .catch((error: unknown) => {
        if (!done) throw error;
      });
    return (done as unknown as { readonly result: T }).result;
  };
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'transaction') return transaction;
      const member = Reflect.get(target, name, target) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
