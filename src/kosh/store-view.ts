import type { StoreInfo } from '../records/kosh.js';
import type { Relationship, Rows } from '../records/types.js';
import type { Awaitable, StoredRecord, Transaction } from '../stores/connection.js';
import { membersOf, pageSize } from './calls/stored.js';

/** The store as units that meet records of it see and change it. */
export interface StoreView {
  records(ids: readonly string[]): Awaitable<ReadonlyMap<string, StoredRecord>>;
  /** Those with these subjects, or with these subjects as members of an ensemble. */
  relationships(subjects: readonly string[], predicate?: string): Awaitable<readonly Relationship[]>;
  /** Ids of the members of an ensemble, some hundreds at a time. */
  members(ensembleId: string, info: StoreInfo): AsyncIterable<readonly string[]>;
  /** Gives a record that is there another content. */
  put(record: StoredRecord, rows: Rows): Awaitable<void>;
}

/** What is put is written at once. */
export class DirectView implements StoreView {
  protected readonly tx: Transaction;

  constructor(tx: Transaction) {
    this.tx = tx;
  }

  records(ids: readonly string[]): Awaitable<ReadonlyMap<string, StoredRecord>> {
    return this.tx.records(ids, 'to change');
  }

  async relationships(subjects: readonly string[], predicate?: string): Promise<readonly Relationship[]> {
    const found: Relationship[] = [];
    for (let at = 0; at < subjects.length; at += pageSize) {
      found.push(...(await this.tx.relationships({ subject: subjects.slice(at, at + pageSize), predicate })));
    }
    return found;
  }

  async *members(ensembleId: string, info: StoreInfo): AsyncGenerator<readonly string[]> {
    for await (const page of membersOf(this.tx, ensembleId, info)) yield page.map(({ id }) => id);
  }

  put(_record: StoredRecord, rows: Rows): Awaitable<void> {
    return this.tx.replaceRecord(rows);
  }
}

interface Layer {
  readonly records: Map<string, StoredRecord>;
  readonly rows: Map<string, Rows>;
  /** By subject. */
  readonly relationships: Map<string, Relationship[]>;
}

const newLayer = (): Layer => ({ records: new Map(), rows: new Map(), relationships: new Map() });

/** What was read of a store in one transaction; undefined for a record that it has not. */
export class ReadSoFar {
  readonly records = new Map<string, StoredRecord | undefined>();
  /** By subject. */
  readonly relationships = new Map<string, Relationship[]>();
}

/** What is put or added is kept in memory, unit by unit: that of a unit which is refused is forgotten. The store is read once. */
export class PlannedView extends DirectView {
  readonly #read: ReadSoFar;
  readonly #kept = newLayer();
  #unit = newLayer();

  /** @param read for one view after the other, as long as nothing is written */
  constructor(tx: Transaction, read: ReadSoFar) {
    super(tx);
    this.#read = read;
  }

  override async records(ids: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>> {
    const read = this.#read.records;
    const unread = ids.filter((id) => !read.has(id));
    if (unread.length > 0) {
      const found = await super.records(unread);
      for (const id of unread) read.set(id, found.get(id));
    }
    const records = new Map<string, StoredRecord>();
    for (const id of ids) {
      const record = this.#unit.records.get(id) ?? this.#kept.records.get(id) ?? read.get(id);
      if (record) records.set(id, record);
    }
    return records;
  }

  override async relationships(subjects: readonly string[], predicate?: string): Promise<readonly Relationship[]> {
    const read = this.#read.relationships;
    const unread = subjects.filter((subject) => !read.has(subject));
    for (const subject of unread) read.set(subject, []);
    // The store's own foreign keys: what is not there has none.
    const asked = unread.filter((subject) => !this.#read.records.has(subject) || this.isStored(subject));
    for (const found of await super.relationships(asked)) read.get(found.subject)?.push(found);
    const all = subjects.flatMap((subject) => [...(read.get(subject) ?? []), ...(this.#kept.relationships.get(subject) ?? [])]);
    return predicate === undefined ? all : all.filter((one) => one.predicate === predicate);
  }

  override put(record: StoredRecord, rows: Rows): void {
    this.#unit.records.set(record.id, record);
    this.#unit.rows.set(record.id, rows);
  }

  /** The unit is written, with these new relationships. */
  keep(relationships: readonly Relationship[]): void {
    for (const [id, record] of this.#unit.records) this.#kept.records.set(id, record);
    for (const [id, rows] of this.#unit.rows) this.#kept.rows.set(id, rows);
    for (const relationship of relationships) {
      const { subject } = relationship;
      this.#kept.relationships.set(subject, [...(this.#kept.relationships.get(subject) ?? []), relationship]);
    }
    this.#unit = newLayer();
  }

  /** The unit is refused. */
  forget(): void {
    this.#unit = newLayer();
  }

  /** Of all that was kept the rows of each record, new ones and those that were there, and the relationships. */
  get kept(): { readonly rows: ReadonlyMap<string, Rows>; readonly relationships: readonly Relationship[] } {
    return { rows: this.#kept.rows, relationships: [...this.#kept.relationships.values()].flat() };
  }

  /** Whether the store itself has the record. */
  isStored(id: string): boolean {
    return this.#read.records.get(id) !== undefined;
  }
}
