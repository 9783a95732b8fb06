import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { IngestError, messageOf } from '../../src/errors.js';
import { threadEntry } from '../../src/threads.js';
import { sayOnTheWay } from './say.js';
import { openSession, type ServerSession } from './server-session.js';
import type { Purpose } from './throw-away-folder.js';

/** Characters of the name of a database. */
const longestName = 64;
/** How long the end of this process waits for a server. */
const lastChanceMs = 2000;

/** A database that is dropped when it is disposed of, and however else this process ends by itself. What cannot be dropped is named on stderr. */
export class ThrowAwayDatabase implements AsyncDisposable {
  readonly name: string;
  /** The given store, on the same server. */
  readonly #beside: string;
  /** Nothing waits at the end of a process: another one does it. It leads a group of its own, which a third Ctrl-C does not reach. */
  readonly #dropAtEnd = () => {
    const { url, execArgv } = threadEntry('./drop-database', import.meta.url);
    const args = [...(execArgv.execArgv ?? []), fileURLToPath(url), this.#beside, this.name];
    const options = { stdio: 'ignore', timeout: lastChanceMs, killSignal: 'SIGKILL', detached: true } as const;
    if (spawnSync(process.execPath, args, options).status !== 0) this.#sayLeft('the server did not do it in time');
  };

  private constructor(beside: string, name: string) {
    this.#beside = beside;
    this.name = name;
  }

  /** Creates it on the server of a store. Throws `ERR_STORE_OPEN` when the user may not, and what connecting throws. */
  static async create(beside: string, purpose: Purpose): Promise<ThrowAwayDatabase> {
    const session = await openSession(beside);
    const ending = `_${purpose}_${randomBytes(4).toString('hex')}`;
    const stem = [...session.database].slice(0, longestName - ending.length).join('');
    const made = new ThrowAwayDatabase(beside, `${stem}${ending}`);
    process.once('exit', made.#dropAtEnd);
    try {
      await session.query(`CREATE DATABASE ${quoted(made.name)}`);
      return made;
    } catch (error) {
      process.removeListener('exit', made.#dropAtEnd);
      const why = (error as { readonly sqlMessage?: string }).sqlMessage ?? messageOf(error);
      throw new IngestError('ERR_STORE_OPEN', `the throw-away database ${made.name} cannot be created: ${why}`, {
        hint: `Let the user do so: GRANT ALL ON \`${stem.replaceAll('_', '\\_')}\\_${purpose}\\_%\`.* TO the user.`,
        cause: error,
      });
    } finally {
      await session.close().catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await dropDatabase(this.#beside, this.name);
    } catch (error) {
      // It must not hide what the run ended with, which may be the same.
      this.#sayLeft(messageOf(error));
    }
    process.removeListener('exit', this.#dropAtEnd);
  }

  #sayLeft(why: string): void {
    sayOnTheWay(
      `the throw-away database ${this.name} is left on the server (${why}): DROP DATABASE \`${this.name.replaceAll('`', '``')}\``,
    );
  }
}

/** Drops a database on the server of a store, if it is there, and ends the sessions of the same user in it, which would keep it. */
export async function dropDatabase(beside: string, name: string): Promise<void> {
  const session = await openSession(beside);
  try {
    await endSessions(session, name);
    await session.query(`DROP DATABASE IF EXISTS ${quoted(name)}`);
  } finally {
    await session.close();
  }
}

async function endSessions(session: ServerSession, name: string): Promise<void> {
  const found = await session.query('SELECT id FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()', [
    name,
  ]);
  // One that has ended by itself is no error.
  for (const { id } of found) await session.query(`KILL ${Number(id)}`).catch(() => undefined);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
