import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';

export const journalModes = ['delete', 'truncate', 'wal'] as const;
export type JournalMode = (typeof journalModes)[number];

/**
 * Makes the new file `store` one that is used in this journal mode. The file itself keeps only WAL: DELETE and TRUNCATE are settings of each
 * connection, DELETE the one that it begins with. For TRUNCATE every connection that this process opens later is therefore given it
 * by its first pragma; to the other two modes nothing is done but to the file.
 */
export function prepareStore(store: string, mode: JournalMode): void {
  const db = new Database(store);
  db.pragma(`journal_mode = ${mode}`);
  db.close();
  if (mode === 'truncate') giveToAll(mode);
}

function giveToAll(mode: JournalMode): void {
  const given = new WeakSet<object>();
  const { pragma } = Database.prototype;
  Database.prototype.pragma = function (this: Database.Database, ...args: Parameters<typeof pragma>) {
    if (!given.has(this)) pragma.call(this, `journal_mode = ${mode}`);
    given.add(this);
    return pragma.apply(this, args);
  };
}

/** The mode in which an open store was last written, by what lies beside the file. */
export function usedJournalMode(store: string): JournalMode | 'unknown' {
  if (existsSync(`${store}-wal`)) return 'wal';
  if (!existsSync(`${store}-journal`)) return 'delete';
  return statSync(`${store}-journal`).size === 0 ? 'truncate' : 'unknown';
}
