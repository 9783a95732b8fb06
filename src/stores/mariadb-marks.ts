import { IngestError } from '../errors.js';
import { marksTable, staleMarks } from './mariadb-schema.js';
import type { MariadbSession } from './mariadb-session.js';

/**
 * The transaction is the one that left the mark. A server or a proxy that has ended it without saying so has begun another, in which only a part of the work
 * would be committed: Galera did so with the bulk protocol (10.11.19).
 */
export async function assertMarked(session: MariadbSession, token: string, store: string): Promise<void> {
  // What the transaction has written itself needs no waiting for other nodes.
  const atOnce = session.facts.isClustered ? 'SET STATEMENT wsrep_sync_wait = 0 FOR ' : '';
  const rows = await session.query(`${atOnce}SELECT 1 FROM "${marksTable}" WHERE token = ?`, [token]);
  if (rows.length > 0) return;
  session.destroy();
  throw new IngestError('ERR_STORE_BUSY', `the store ${store} ended a transaction without saying so`, {
    hint: 'With several writers use the lock strategy OnlyRetry, which runs it again.',
  });
}

/** That of the last transaction, and those that others could not remove. Whatever goes wrong, they only take space. */
export async function removeMarks(session: MariadbSession, last: string): Promise<void> {
  const stale = await session.query(staleMarks);
  const tokens = [last, ...stale.map(({ token }) => token)];
  await session.query(`DELETE FROM "${marksTable}" WHERE token IN (${tokens.map(() => '?').join(', ')})`, tokens);
  await session.query('COMMIT');
}
