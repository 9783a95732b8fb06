/**
 * Sends the notebook's rows in one session, with nothing of the product but its rows: merged and sorted a batch, in transactions of 2000 records.
 *
 *     node dist/bench/mariadb/send-rows.js URL batch|multi|local on|off ENSEMBLES DATASETS ATTRIBUTES
 *
 * `on` and `off`: whether the server checks foreign keys. Creates the store and prints one JSON line, a {@link SendResult}.
 */
import { sortedRows } from '../../src/kosh/batch.js';
import { connect } from '../../src/kosh/connect.js';
import { OnlyRetry } from '../../src/locks/only-retry.js';
import { defaultStoreInfo, userId } from '../../src/records/kosh.js';
import { type InsertName, inserts, type SqlValue } from '../../src/records/types.js';
import { type GeneratedChunk, GeneratedSource } from '../../src/sources/generated.js';
import type { Part } from '../../src/sources/source.js';
import { sizesFrom } from '../calls/loop.js';
import type { NotebookSizes } from '../support/bare-loop.js';
import { connectBare } from './connect.js';
import { isWay, ways } from './ways.js';

export interface SendResult {
  /** From before the first row is made into what is sent to the end of the last COMMIT. The store is there, and the rows are merged and sorted. */
  readonly seconds: number;
}

/** What is sent in one transaction: rows by what they are inserted into. */
type Batch = readonly (readonly [name: InsertName, rows: readonly (readonly SqlValue[])[]])[];

const recordsABatch = 2000;
const user = process.env.USER || 'default';

async function batchesOf(sizes: NotebookSizes): Promise<Batch[]> {
  const context = { info: defaultStoreInfo, creator: userId(user), ensembles: async () => new Map() };
  const source = new GeneratedSource({ ...sizes, prefix: '', batchSize: recordsABatch, workers: 1 }, () => context);
  const parts = async (chunk: GeneratedChunk) => {
    const found: Part[] = [];
    for await (const { content } of source.units(chunk)) found.push(content as Part);
    return found;
  };
  const batches: Batch[] = [];
  for (const [part, total] of [
    ['ensembles', sizes.ensembles] as const,
    ['datasets', sizes.ensembles * sizes.datasets] as const,
  ]) {
    for (let from = 0; from < total; from += recordsABatch) {
      const to = Math.min(total, from + recordsABatch);
      const merged = sortedRows(await parts({ stage: 0, weight: to - from, part, from, to }));
      batches.push([...merged].map(([name, values]) => [name, rowsOf(values, inserts[name].columns.length)]));
    }
  }
  return batches;
}

function rowsOf(values: readonly SqlValue[], width: number): SqlValue[][] {
  return Array.from({ length: values.length / width }, (_, n) => values.slice(n * width, (n + 1) * width));
}

const [url = '', way = '', keys = '', ...rest] = process.argv.slice(2);
if (!isWay(way)) throw new Error(`there is no way ${way}`);
const batches = await batchesOf(sizesFrom(rest));
await (await connect(url, { lockStrategy: new OnlyRetry(), username: user })).close();
const bare = await connectBare(url);
await bare.connection.query(`SET SESSION foreign_key_checks = ${keys === 'on' ? 1 : 0}`);
const started = performance.now();
for (const batch of batches) {
  for (const [name, rows] of batch) await ways[way](bare, inserts[name], rows);
  await bare.connection.query('COMMIT');
}
const result: SendResult = { seconds: (performance.now() - started) / 1000 };
await bare.connection.end();
process.stdout.write(`${JSON.stringify(result)}\n`);
