import type { EnsembleView } from '../records/kosh-rules.js';
import { mergeRows } from '../records/merge-rows.js';
import type { InsertName, Relationship, Rows, SqlValue } from '../records/types.js';
import type { PreparedRecord } from '../sources/source.js';
import type { WholeUnit } from './unit-fate.js';

export type MergedRows = Map<InsertName, SqlValue[]>;

/** Units that are written together, and all that can be known about them without the store: worked out before the lock is asked for. */
export class Batch {
  readonly units: readonly WholeUnit[];
  readonly rows: MergedRows;
  /** Ids of all records. */
  readonly ids: readonly string[];
  readonly #owners: ReadonlyMap<string, WholeUnit>;
  /** Further units that bring a record of the same id. */
  readonly #twins: ReadonlyMap<string, readonly WholeUnit[]>;
  /** Ids that relationships name and no record of the batch has. */
  readonly elsewhere: readonly string[];
  /** What members were told about their ensembles. */
  readonly ensembles: ReadonlyMap<string, EnsembleView>;

  constructor(units: readonly WholeUnit[]) {
    const owners = new Map<string, WholeUnit>();
    const twins = new Map<string, WholeUnit[]>();
    const ensembles = new Map<string, EnsembleView>();
    const elsewhere = new Set<string>();
    for (const unit of units) {
      for (const { id } of unit.content.records) {
        if (owners.has(id)) twins.set(id, [...(twins.get(id) ?? []), unit]);
        else owners.set(id, unit);
      }
      for (const ensemble of unit.ensembles ?? []) ensembles.set(ensemble.id, ensemble);
    }
    for (const { content } of units) {
      for (const { subject, object } of content.relationships) {
        if (!owners.has(subject)) elsewhere.add(subject);
        if (!owners.has(object)) elsewhere.add(object);
      }
    }
    this.units = units;
    this.rows = sortedRows(units.map((unit) => unit.content));
    this.ids = [...owners.keys()];
    this.#owners = owners;
    this.#twins = twins;
    this.elsewhere = [...elsewhere];
    this.ensembles = ensembles;
  }

  get hasTwins(): boolean {
    return this.#twins.size > 0;
  }

  /** The units that bring a record. */
  readonly bringers = (id: string): readonly WholeUnit[] => {
    const owner = this.#owners.get(id);
    return owner ? [owner, ...(this.#twins.get(id) ?? [])] : [];
  };
}

/** As much of a part as rows are made of. */
export interface PartRows {
  readonly records: readonly Pick<PreparedRecord, 'id' | 'rows'>[];
  readonly relationships: readonly Relationship[];
}

/** All rows of some parts in the order of their keys, which is the order in which the indexes take them fastest. */
export function sortedRows(parts: readonly PartRows[]): MergedRows {
  const records = parts.flatMap((part) => part.records).sort((a, b) => compare(a.id, b.id));
  const relationships = parts.flatMap((part) => part.relationships);
  relationships.sort((a, b) => compare(a.subject, b.subject) || compare(a.object, b.object));
  const rows: Rows[] = records.map((record) => record.rows);
  rows.push({ relationship: relationships.flatMap(({ subject, predicate, object }) => [subject, object, predicate]) });
  return mergeRows(rows);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
