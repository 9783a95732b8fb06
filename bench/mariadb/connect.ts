import { Readable } from 'node:stream';
import { type Connection, createConnection } from 'mariadb';

/** A connection with what it sends as the file of `LOAD DATA LOCAL INFILE`, whatever name that gives. */
export interface BareConnection {
  readonly connection: Connection;
  localFile: Buffer;
}

/**
 * Connects to a database with nothing of ours in between. The session is like one of the product: strict, names in double quotes, `READ COMMITTED`,
 * nothing committed but by COMMIT. On a node of a cluster a read waits for what the others have committed.
 */
export async function connectBare(url: string): Promise<BareConnection> {
  const { hostname, port, username, pathname } = new URL(url);
  const bare = { localFile: Buffer.alloc(0) };
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: username,
    database: pathname.slice(1),
    charset: 'utf8mb4',
    collation: 'UTF8MB4_BIN',
    sessionVariables: {
      sql_mode: 'ANSI_QUOTES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
      autocommit: 0,
      wsrep_sync_wait: 1,
    },
    permitLocalInfile: true,
    infileStreamFactory: () => Readable.from([bare.localFile]),
    bigIntAsNumber: true,
    insertIdAsNumber: true,
    checkDuplicate: false,
  });
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  return Object.assign(bare, { connection });
}
