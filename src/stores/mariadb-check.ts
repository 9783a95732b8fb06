import { checkTables, type StoreCheck } from './check-sql.js';
import { beginSnapshot } from './mariadb-reader.js';
import type { MariadbSession } from './mariadb-session.js';
import { tables } from './schema.js';

/** What the server says of a table that is well. */
const well = /^(OK|Table is already up to date)$/i;

/** Has the server check the tables (`CHECK TABLE`), then looks for rows that refer to no record, in one state of the store. */
export async function checkMariadb(session: MariadbSession): Promise<StoreCheck> {
  const integrity: string[] = [];
  // Before the snapshot: it commits whatever transaction it is in.
  for (const { name } of tables) {
    for (const { Msg_type, Msg_text } of await session.query(`CHECK TABLE "${name}"`)) {
      if (!well.test(String(Msg_text)) && Msg_type !== 'note') integrity.push(`${name}: ${Msg_text}`);
    }
  }
  if (integrity.length > 0) return { integrity, dangling: [], rows: {} };
  await beginSnapshot(session);
  return { integrity, ...(await checkTables((sql) => session.query(sql))) };
}
