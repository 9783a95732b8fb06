import { type Joined, readThrough, transact } from '../../../src/kosh/transact.js';
import { type InsertName, inserts, type Rows } from '../../../src/records/types.js';
import type { Transaction } from '../../../src/stores/connection.js';
import { oneOf, type Random } from '../../support/random.js';
import type { OperationKind, OperationResult } from '../events.js';
import type { WorkloadSizes } from '../protocol.js';
import { lookAt, tornIn } from './look.js';
import {
  counted,
  counterIds,
  counterValue,
  datasetRows,
  ensembleIds,
  firstDatasetIds,
  memberOf,
  own,
  rowsWith,
} from './records.js';

/** What a thread knows when it chooses its next operation. */
export interface Memory {
  readonly random: Random;
  readonly sizes: WorkloadSizes;
  /** Ids of its own, each given out once. */
  readonly nextId: () => string;
  /** Datasets that it has inserted itself and not deleted. */
  readonly mine: string[];
  /** Datasets of others that it has read of lately. */
  readonly others: string[];
}

/** One kind of operation. */
export interface Operation {
  /** How often it is chosen, against the others. */
  readonly weight: number;
  /** Ids of what it will be about, see `StartEvent`; undefined when there is nothing to do it with. */
  choose(memory: Memory): readonly string[] | undefined;
  /** One transaction. `inside` is called at the end of its work, before COMMIT. */
  run(joined: Joined, on: readonly string[], inside: () => void): Promise<OperationResult>;
  /** Called when it was acknowledged. */
  learn?(memory: Memory, on: readonly string[], result: OperationResult): void;
}

/** How many datasets of others a thread keeps in mind, and how many of an ensemble it looks at. */
const othersKept = 20;
const membersSeen = 3;

/** Everything that threads do, by kind. */
export const operations = {
  insert: {
    weight: 20,
    choose: ({ nextId, random, sizes }) => [nextId(), oneOf(random, ensembleIds(sizes))],
    run: (joined, [id = '', ensemble = ''], inside) => {
      const rows = datasetRows(id, ensemble);
      return transact(joined, async (tx) => {
        await insertRows(tx, rows);
        await tx.insert('relationship', [id, ensemble, memberOf]);
        inside();
        return {};
      });
    },
    learn: ({ mine }, [id = '']) => mine.push(id),
  },
  increment: {
    weight: 35,
    choose: ({ random, sizes }) => [oneOf(random, counterIds(sizes))],
    run: (joined, [id = ''], inside) =>
      transact(joined, async (tx) => {
        const record = (await tx.records([id], 'to change')).get(id);
        const before = record && counterValue(record.raw);
        if (!record || before === undefined) return { torn: `counter ${id} is ${record ? 'without a number' : 'not there'}` };
        const value = before + 1;
        await tx.replaceRecord(rowsWith(id, record.raw, counted, value));
        inside();
        return { value };
      }),
  },
  move: {
    weight: 20,
    choose: (memory) => {
      const { random, sizes, mine, others } = memory;
      const ids = oneOf(
        random,
        [firstDatasetIds(sizes), mine, others].filter(({ length }) => length > 0),
      );
      return ids && [oneOf(random, ids), oneOf(random, ensembleIds(sizes))];
    },
    run: (joined, [id = '', ensemble = ''], inside) =>
      transact(joined, async (tx) => {
        // Others wait here before they look at the memberships.
        const record = (await tx.records([id], 'to change')).get(id);
        const [seen] = await lookAt(tx, [id]);
        const torn = seen && tornIn(seen);
        if (!record || !seen?.there) return { there: false, ...(torn === undefined ? {} : { torn }) };
        await tx.deleteRelationships({ subject: id, predicate: memberOf });
        await tx.insert('relationship', [id, ensemble, memberOf]);
        await tx.replaceRecord(rowsWith(id, record.raw, own, ensemble));
        inside();
        return { there: true, ...(seen.own === undefined ? {} : { from: seen.own }), ...(torn === undefined ? {} : { torn }) };
      }),
    learn: (memory, [id = ''], { there }) => {
      if (!there) forget(memory.others, id);
    },
  },
  delete: {
    weight: 12,
    choose: ({ random, mine }) => (mine.length > 0 ? [oneOf(random, mine)] : undefined),
    run: (joined, [id = ''], inside) =>
      transact(joined, async (tx) => {
        const there = (await tx.records([id], 'to change')).has(id);
        if (there) await tx.deleteRecords([id]);
        inside();
        return { there };
      }),
    learn: ({ mine }, [id = '']) => forget(mine, id),
  },
  read: {
    weight: 15,
    choose: ({ random, sizes, mine, others }) => {
      const known = [firstDatasetIds(sizes), mine, others].flatMap((ids) => (ids.length > 0 ? [oneOf(random, ids)] : []));
      return [...counterIds(sizes), oneOf(random, ensembleIds(sizes)), ...new Set(known)];
    },
    run: (joined, on, inside) =>
      readThrough(joined, async (reader) => {
        const counters = await reader.records(on.filter((id) => id.startsWith('counter-')));
        const [ensemble] = on.filter((id) => id.startsWith('ensemble-'));
        const members = await reader.relationships({ predicate: memberOf, object: ensemble ?? '' }, { limit: membersSeen });
        const ids = new Set([...on.filter(isDataset), ...members.map(({ subject }) => subject)]);
        const datasets = await lookAt(reader, [...ids]);
        inside();
        return {
          counters: Object.fromEntries([...counters].map(([id, { raw }]) => [id, counterValue(raw) ?? Number.NaN])),
          datasets,
        };
      }),
    learn: ({ mine, others }, _, { datasets = [] }) => {
      for (const { id, there } of datasets) {
        forget(others, id);
        if (there && !mine.includes(id)) others.push(id);
      }
      others.splice(0, Math.max(0, others.length - othersKept));
    },
  },
} as const satisfies Record<OperationKind, Operation>;

function isDataset(id: string): boolean {
  return !/^(counter|ensemble)-/.test(id);
}

const kinds = Object.keys(operations) as OperationKind[];
const totalWeight = kinds.reduce((sum, kind) => sum + operations[kind].weight, 0);

/** The next operation of a thread. */
export function chooseOperation(memory: Memory): { readonly kind: OperationKind; readonly on: readonly string[] } {
  let at = memory.random() * totalWeight;
  const kind = kinds.find((name) => (at -= operations[name].weight) < 0) ?? 'read';
  const on = (operations[kind] as Operation).choose(memory);
  return on ? { kind, on } : { kind: 'increment', on: operations.increment.choose(memory) };
}

/** The rows of a record, and of nothing else. */
export async function insertRows(tx: Transaction, rows: Rows): Promise<void> {
  // The record first: the others refer to it.
  for (const name of Object.keys(inserts) as InsertName[]) {
    const values = rows[name];
    if (values) await tx.insert(name, values);
  }
}

function forget(ids: string[], id: string): void {
  const at = ids.indexOf(id);
  if (at >= 0) ids.splice(at, 1);
}
