import { codeOf, IngestError, messageOf } from '../errors.js';
import { type MariadbError, meaningOf } from './mariadb-meanings.js';
import { storeError } from './store-error.js';

/** Error number of MariaDB for a key that is there. */
export const duplicateEntry = 1062;
/** And for a table that is not. */
export const noSuchTable = 1146;
/** For a table whose keys do not fit the tables that they refer to. */
export const cannotCreate = 1005;

export function numberOf(error: unknown): number | undefined {
  const number = (error as MariadbError | undefined)?.errno;
  return typeof number === 'number' ? number : undefined;
}

/** The server has rolled the transaction back: sqlstate class 40 by the SQL standard, and a few that say so elsewhere. */
function isRolledBack(error: MariadbError): boolean {
  return meaningOf(error)?.code === 'ERR_STORE_BUSY' || /^40/.test(error.sqlState ?? '');
}

/** Whether the transaction in which it came can go on: only a statement was refused. */
export function leavesTransaction(error: unknown): boolean {
  const code = meaningOf(error as MariadbError)?.code;
  return code !== 'ERR_STORE_BUSY' && code !== 'ERR_STORE_UNAVAILABLE';
}

/**
 * What the connector throws, as an {@link IngestError} that names the store. At COMMIT, what does not say that the transaction was rolled back leaves open
 * whether it was committed: `ERR_COMMIT_UNKNOWN`.
 */
export function mariadbError(error: unknown, store: string, atCommit = false): unknown {
  const found = error as MariadbError;
  const meaning = meaningOf(found);
  if (!meaning) return error;
  if (atCommit && !isRolledBack(found)) {
    const hint = 'It is looked for when the same transaction is run again: use the lock strategy OnlyRetry.';
    const message = `the store ${store} did not answer a COMMIT (${said(found)}): it is not known whether it was done`;
    return new IngestError('ERR_COMMIT_UNKNOWN', message, { hint, cause: error });
  }
  return storeError(meaning, store, said(found), error);
}

function said(error: MariadbError): string {
  const code = codeOf(error);
  const [text = ''] = (error.sqlMessage ?? messageOf(error)).split('\n');
  return code === undefined || text.includes(code) ? text : `${code}: ${text}`;
}
