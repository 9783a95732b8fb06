import type { EnsembleView } from '../records/kosh-rules.js';
import { mergeRows } from '../records/merge-rows.js';
import type { InsertName, Rows, SqlValue } from '../records/types.js';
import type { Part } from '../sources/source.js';
import type { WholeUnit } from './unit-fate.js';

export type MergedRows = Map<InsertName, SqlValue[]>;

/** Units that are written together, and all that can be known about them without the store: worked out before the lock is asked for. */
export class Batch {
  readonly units: readonly WholeUnit[];
  readonly rows: MergedRows;
  /** Ids of all records. */
  readonly ids: readonly string[];
  /** The unit that brings a record. */
  readonly owners: ReadonlyMap<string, WholeUnit>;
  /** Ids that relationships name and no record of the batch has. */
  readonly elsewhere: readonly string[];
  /** What members were told about their ensembles. */
  readonly ensembles: ReadonlyMap<string, EnsembleView>;

  constructor(units: readonly WholeUnit[]) {
    const owners = new Map<string, WholeUnit>();
    const ensembles = new Map<string, EnsembleView>();
    const elsewhere = new Set<string>();
    for (const unit of units) {
      for (const { id } of unit.content.records) owners.set(id, unit);
      if (unit.ensemble) ensembles.set(unit.ensemble.id, unit.ensemble);
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
    this.owners = owners;
    this.elsewhere = [...elsewhere];
    this.ensembles = ensembles;
  }
}

/** All rows of some parts in the order of their keys, which is the order in which the indexes take them fastest. */
export function sortedRows(parts: readonly Part[]): MergedRows {
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
