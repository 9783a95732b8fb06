/** Another process, which tries locks and reads a store for {@link Peers}: a file system that hangs hangs this one, and a lock that is tried is another process's. */
import { codeOf, messageOf } from '../errors.js';
import { RFileLock } from '../locks/r-file-lock.js';
import { storeInfoId } from '../records/kosh.js';
import { journalTable } from '../stores/journal.js';
import { type BareSqlite, openBareSqlite } from '../stores/sqlite.js';
import type { Answer, Contents, Order } from './orders.js';

/** How many faults are listed. */
const mostFaults = 5;
/** How long a read waits for a writer. */
const readPatienceMs = 5000;

let letGo: () => Promise<void> | void = () => {};

function takeSqliteLock(path: string, patienceMs: number): void {
  const db = openBareSqlite(path, { busyTimeoutMs: patienceMs });
  try {
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    db.close();
    throw error;
  }
  letGo = () => db.close();
}

async function takeFileLock(lockPath: string, patienceMs: number): Promise<void> {
  const lock = new RFileLock({ lockPath, numTries: 1, timeout: patienceMs / 1000 });
  const ended = new Promise<void>((resolve) => {
    letGo = async () => {
      resolve();
      await lock.close();
    };
  });
  await new Promise<void>((resolve, reject) => {
    lock
      .run(() => {
        resolve();
        return ended;
      })
      .catch(async (error: unknown) => {
        await lock.close();
        reject(error);
      });
  });
}

function read(path: string, isWhole: boolean): Contents {
  const db = openBareSqlite(path, { busyTimeoutMs: readPatienceMs, readOnly: true });
  try {
    const tables = db.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rootpage");
    const schema = schemaOf(db);
    return {
      tables: tables.map(({ name }) => String(name)),
      schema,
      hasStoreInfo: schema === 'sina' && db.all(`SELECT 1 FROM "Record" WHERE id = '${storeInfoId}'`).length > 0,
      unfinished: journalOf(db),
      integrity: isWhole ? db.all(`PRAGMA quick_check(${mostFaults})`).map(({ quick_check: line }) => String(line)) : undefined,
    };
  } finally {
    db.close();
  }
}

function journalOf(db: BareSqlite): string[] {
  if (db.all(`SELECT 1 FROM sqlite_master WHERE name = '${journalTable}'`).length === 0) return [];
  return db.all(`SELECT text FROM ${journalTable} WHERE place = ''`).map(({ text }) => String(text));
}

function schemaOf(db: BareSqlite): Contents['schema'] {
  try {
    return db.schema();
  } catch (error) {
    if (codeOf(error) === 'ERR_STORE_SCHEMA') return { refused: messageOf(error) };
    throw error;
  }
}

async function obey(order: Order): Promise<Answer> {
  switch (order.kind) {
    case 'take SQLite lock':
      takeSqliteLock(order.path, order.patienceMs);
      return { kind: 'done' };
    case 'take file lock':
      await takeFileLock(order.path, order.patienceMs);
      return { kind: 'done' };
    case 'let go':
      await letGo();
      return { kind: 'done' };
    case 'read':
      return { kind: 'done', contents: read(order.path, order.isWhole) };
  }
}

/** What says that somebody else has the lock. */
const busyCodes = /^(SQLITE_BUSY|ERR_LOCK_TIMEOUT)/;

process.on('message', async (order: Order) => {
  let answer: Answer;
  try {
    answer = await obey(order);
  } catch (error) {
    const code = codeOf(error) ?? 'ERR';
    answer = busyCodes.test(code) ? { kind: 'busy' } : { kind: 'failed', code, said: `${code}: ${messageOf(error)}` };
  }
  process.send?.(answer);
});
// Without who started it nobody would ever tell it to end.
process.on('disconnect', () => process.exit());
