import type { SqlValue } from '../records/types.js';
import { countRows, type StatisticsQuery, type StoreStatistics } from './statistics.js';

/** What a SQLite store holds. `all` runs a statement in the transaction. */
export async function sqliteStatistics(
  all: (sql: string, values: readonly SqlValue[]) => unknown[],
  query: StatisticsQuery,
): Promise<StoreStatistics> {
  const ask = (sql: string, values: readonly SqlValue[] = []) => all(sql, values) as Record<string, unknown>[];
  const one = (sql: string) => Object.values(ask(sql)[0] ?? {})[0];
  const pageBytes = Number(one('PRAGMA page_size'));
  return {
    engine: {
      name: 'SQLite',
      version: String(one('SELECT sqlite_version()')),
      journalMode: String(one('PRAGMA journal_mode')),
      bytes: pageBytes * Number(one('PRAGMA page_count')),
      freeBytes: pageBytes * Number(one('PRAGMA freelist_count')),
    },
    // Its tables compare letter for letter.
    ...(await countRows({ query: async (sql, values) => ask(sql, values), exact: (column) => column }, query)),
  };
}
