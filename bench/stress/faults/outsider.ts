/**
 * Another program: it opens a store with SQLite alone, holds a write transaction for a while and rolls it back.
 *
 *     node outsider.js STORE IMMEDIATE|EXCLUSIVE MILLISECONDS
 *
 * Says `begun` and `ended`. Ends at once when its input does.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';

const [store = '', begin = '', ms = ''] = process.argv.slice(2);
const input = once(process.stdin.resume(), 'end').then(() => 'over' as const);

const db = new Database(store, { timeout: 100, fileMustExist: true });
for (let hasBegun = false; !hasBegun; ) {
  try {
    db.exec(`BEGIN ${begin}`);
    hasBegun = true;
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) throw error;
    if ((await Promise.race([input, sleep(20)])) === 'over') process.exit(0);
  }
}
db.exec('UPDATE "Record" SET type = type');
process.stdout.write('begun\n');
await Promise.race([input, sleep(Number(ms))]);
db.exec('ROLLBACK');
db.close();
process.stdout.write('ended\n', () => process.exit(0));
