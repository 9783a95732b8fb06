/**
 * Drops a throw-away database on behalf of a process that ends.
 *
 *     node dist/bench/place/drop-database.js STORE DATABASE
 *
 * STORE is the URL of the store that it was made beside. Ends with 1 when it cannot.
 */
import { dropDatabase } from './throw-away-database.js';

const [store = '', database = ''] = process.argv.slice(2);
try {
  await dropDatabase(store, database);
} catch {
  process.exitCode = 1;
}
