import { setTimeout as pause } from 'node:timers/promises';
import type { Awaitable, Connection, Transaction, TransactionHooks } from '../../../src/stores/connection.js';

/** What of a transaction writes. */
const writes: ReadonlySet<string> = new Set<keyof Transaction>([
  'insert',
  'replaceRecord',
  'deleteRecords',
  'deleteRelationships',
] satisfies (keyof Transaction)[]);

type Write = (tx: Transaction) => unknown;

/**
 * Control: commits a transaction in two halves. The first has all that is read and the first thing that is written; what is written later is kept back for the
 * second. Whoever tries again when the second was refused does the first once more.
 */
export class HalvedConnection implements Connection {
  readonly #inner: Connection;
  readonly read: Connection['read'];
  readonly schema: Connection['schema'];
  readonly createSchema: Connection['createSchema'];
  readonly createJournal: Connection['createJournal'];
  readonly stage: Connection['stage'];
  readonly problems: Connection['problems'];
  readonly check: Connection['check'];
  readonly close: Connection['close'];

  constructor(inner: Connection) {
    this.#inner = inner;
    this.read = inner.read.bind(inner);
    this.schema = inner.schema.bind(inner);
    this.createSchema = inner.createSchema.bind(inner);
    this.createJournal = inner.createJournal.bind(inner);
    this.stage = inner.stage.bind(inner);
    this.problems = inner.problems.bind(inner);
    this.check = inner.check.bind(inner);
    this.close = inner.close.bind(inner);
  }

  async transaction<T>(work: (tx: Transaction) => Awaitable<T>, hooks: TransactionHooks = {}): Promise<T> {
    const { runs: _, ...each } = hooks;
    const later: Write[] = [];
    const result = await this.#inner.transaction((tx) => work(keepBack(tx, later)), each);
    // Others get in between: that is what shows it.
    await pause(5);
    await this.#inner.transaction(async (tx) => {
      for (const write of later) await write(tx);
    }, each);
    return result;
  }
}

/** A transaction that does the first thing that is written and puts the others into the list. */
function keepBack(tx: Transaction, later: Write[]): Transaction {
  let isFirst = true;
  return new Proxy(tx, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        if (isFirst || !writes.has(String(name))) {
          if (writes.has(String(name))) isFirst = false;
          return member.apply(target, values);
        }
        later.push((second) => (second[name as keyof Transaction] as (...values: unknown[]) => unknown)(...values));
        return 0;
      };
    },
  });
}
