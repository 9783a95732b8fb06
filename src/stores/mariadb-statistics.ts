import type { SqlValue } from '../records/types.js';
import { collationFolds } from './column-rules.js';
import type { Answer } from './mariadb-client.js';
import type { TextKind } from './mariadb-schema.js';
import { tables } from './schema.js';
import { countRows, type StatisticsQuery, type StoreStatistics } from './statistics.js';

/** The session that is asked, and what is known of it. */
export interface StatisticsSession {
  query(sql: string, values?: readonly SqlValue[]): Promise<Answer>;
  readonly isClustered: boolean;
  /** How the tables keep texts. */
  readonly texts: TextKind | undefined;
}

/** What a store in MariaDB holds. */
export async function mariadbStatistics(session: StatisticsSession, query: StatisticsQuery): Promise<StoreStatistics> {
  const folds = session.texts !== undefined && collationFolds(session.texts.collation);
  const counted = await countRows(
    { query: (sql, values) => session.query(sql, values), exact: (column) => (folds ? `BINARY ${column}` : column) },
    query,
  );
  const [server] = await session.query('SELECT VERSION() AS version');
  const sizes = await session.query(
    `SELECT TABLE_NAME AS name, DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME`,
  );
  const ours = sizes
    .map(({ name, bytes }) => ({ name: String(name), bytes: Number(bytes) }))
    .filter(({ name }) => tables.some((table) => table.name === name));
  return {
    engine: {
      name: 'MariaDB',
      version: String(server?.version),
      isClustered: session.isClustered,
      bytes: ours.reduce((sum, { bytes }) => sum + bytes, 0),
      tables: ours,
    },
    ...counted,
  };
}
