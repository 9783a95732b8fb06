import Database from 'better-sqlite3';

function readOnly<T>(store: string, work: (db: Database.Database) => T): T {
  const db = new Database(store, { readonly: true });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** The text of a record in the store; fails when it is not there. */
export function rawOf(store: string, id: string): string {
  return readOnly(store, (db) => {
    const raw: unknown = db.prepare('SELECT raw FROM Record WHERE id = ?').pluck().get(id);
    if (typeof raw === 'string') return raw;
    throw new Error(`${id} is not in ${store}`);
  });
}

/** Every relationship as subject, predicate, object, in order. */
export function relationshipsOf(store: string): string[][] {
  const sql = 'SELECT subject_id, predicate, object_id FROM Relationship ORDER BY subject_id, object_id';
  return readOnly(store, (db) => db.prepare(sql).raw().all() as string[][]);
}

/** Ids of the records of a type, in order. */
export function idsOf(store: string, type: string): string[] {
  return readOnly(store, (db) => db.prepare('SELECT id FROM Record WHERE type = ? ORDER BY id').pluck().all(type) as string[]);
}
