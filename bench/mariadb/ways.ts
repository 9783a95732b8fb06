import type { UpsertResult } from 'mariadb';
import type { SqlValue } from '../../src/records/types.js';
import { quoteColumn } from '../../src/stores/schema.js';
import type { BareConnection } from './connect.js';
import { assertLoaded, lineOf, loadStatement } from './data-file.js';

type Into = { readonly table: string; readonly columns: readonly string[] };
type Send = (bare: BareConnection, into: Into, rows: readonly (readonly SqlValue[])[]) => Promise<void>;

const rowsAStatement = 1000;
/** Bytes of rows in one call of `batch`, as in the product. */
const batchBytes = 4 * 2 ** 20;

/** How rows can be sent. */
export const ways = { batch, multi, local } as const satisfies Record<string, Send>;

export type Way = keyof typeof ways;

export function isWay(text: string): text is Way {
  return Object.hasOwn(ways, text);
}

/** `batch()` of the connector: one prepared statement and the values of all rows (`COM_STMT_BULK_EXECUTE`). This is what the product does. */
async function batch({ connection }: BareConnection, into: Into, rows: readonly (readonly SqlValue[])[]): Promise<void> {
  const sql = `${head(into)} ${marks(into)}`;
  for (const block of blocks(rows)) await connection.batch(sql, block);
}

/** `INSERT … VALUES (?, ?), (?, ?), …`: the connector writes the values into the text. */
async function multi({ connection }: BareConnection, into: Into, rows: readonly (readonly SqlValue[])[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsAStatement) {
    const some = rows.slice(from, from + rowsAStatement);
    await connection.query(`${head(into)} ${some.map(() => marks(into)).join(', ')}`, some.flat());
  }
}

/** `LOAD DATA LOCAL INFILE` of a file that is made in memory. */
async function local(bare: BareConnection, into: Into, rows: readonly (readonly SqlValue[])[]): Promise<void> {
  bare.localFile = Buffer.from(rows.map(lineOf).join(''));
  const answer = await bare.connection.query<UpsertResult>(loadStatement("LOCAL INFILE 'rows'", into));
  assertLoaded(answer, { ...into, rows: rows.length });
}

function head({ table, columns }: Into): string {
  return `INSERT INTO "${table}" (${columns.map(quoteColumn).join(', ')}) VALUES`;
}

function marks({ columns }: Into): string {
  return `(${columns.map(() => '?').join(', ')})`;
}

function* blocks(rows: readonly (readonly SqlValue[])[]): Generator<(readonly SqlValue[])[]> {
  let block: (readonly SqlValue[])[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (bytes > batchBytes) {
      yield block;
      block = [];
      bytes = 0;
    }
    block.push(row);
    for (const value of row) bytes += String(value).length;
  }
  yield block;
}
