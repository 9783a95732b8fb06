import { openMariadbSession } from '../../../bench/place/server-session.js';
import { IngestError } from '../../errors.js';
import { readSchema, type SchemaFacts } from '../../stores/mariadb-schema.js';
import type { MariadbSession } from '../../stores/mariadb-session.js';
import { storeName } from '../../stores/store-location.js';
import { interrupted } from '../peers.js';

/** A store on a server that was reached. */
export interface Server {
  readonly session: MariadbSession;
  readonly database: string;
  /** Settings of the server, by name in small letters. */
  readonly variables: ReadonlyMap<string, string>;
  /** Its state, the same. */
  readonly status: ReadonlyMap<string, string>;
  /** Its tables; an error when they are not those of a store. */
  readonly schema: SchemaFacts | IngestError;
}

/** A store on a server. */
export interface ServerPlace extends AsyncDisposable {
  readonly kind: 'server';
  /** As it was given. */
  readonly store: string;
  /** Why it was not reached. */
  readonly server: Server | { readonly refused: IngestError };
}

/** Connects to the server of a store, reads its settings and its tables, and writes nothing. */
export async function lookAtServer(store: string, signal: AbortSignal): Promise<ServerPlace> {
  let session: MariadbSession | undefined;
  try {
    const opened = await openMariadbSession(store, signal);
    session = opened.session;
    const server: Server = {
      ...opened,
      variables: await listed(session, 'SHOW GLOBAL VARIABLES'),
      status: await listed(session, 'SHOW GLOBAL STATUS'),
      schema: await schemaOf(session, storeName(store)),
    };
    return { kind: 'server', store, server, [Symbol.asyncDispose]: () => opened.session.close() };
  } catch (error) {
    await session?.close();
    if (signal.aborted) throw interrupted();
    if (!(error instanceof IngestError)) throw error;
    return { kind: 'server', store, server: { refused: error }, [Symbol.asyncDispose]: async () => {} };
  }
}

async function listed(session: MariadbSession, statement: string): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query(statement);
  return new Map(rows.map(({ Variable_name: name, Value: value }) => [String(name).toLowerCase(), String(value)]));
}

async function schemaOf(session: MariadbSession, name: string): Promise<SchemaFacts | IngestError> {
  try {
    return await readSchema(session, name);
  } catch (error) {
    if (error instanceof IngestError) return error;
    throw error;
  }
}
