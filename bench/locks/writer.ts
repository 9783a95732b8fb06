/** One of several processes that write one store, with one connection: started by `throughput.ts` with a {@link WriterJob} as JSON. */

import { nowMs } from '../../src/clock.js';
import { codeOf } from '../../src/errors.js';
import { join, transact } from '../../src/kosh/transact.js';
import { createLockStrategy } from '../../src/locks/registry.js';
import type { SqlValue } from '../../src/records/types.js';
import type { Transaction } from '../../src/stores/connection.js';
import { takePart } from '../support/peers.js';
import { lockFile, storeFile } from '../support/trial-store.js';
import type { Sample, WriterReport } from './figures.js';
import { recordsATransaction, rowsATransaction, type StoreTrial } from './trials.js';

export interface WriterJob extends StoreTrial {
  readonly index: number;
}

const { strategy: name, index } = JSON.parse(process.argv[2] ?? '') as WriterJob;
const strategy = createLockStrategy(name, { lockPath: lockFile });
let retries = 0;
const joined = {
  ...(await join(storeFile, strategy)),
  onAcquisition: (acquisition: { readonly retries: readonly string[] }) => {
    retries += acquisition.retries.length;
  },
};

const attributes = rowsATransaction / recordsATransaction - 1;

/** The rows of transaction number `n`: records that no other transaction has. */
async function writeRows(tx: Transaction, n: number): Promise<void> {
  const ids = Array.from({ length: recordsATransaction }, (_, k) => `writer_${index}_${n}_${k}`);
  const texts = ids.flatMap((id): SqlValue[] =>
    Array.from({ length: attributes }, (_, k) => [id, `att_${k}`, `value_${n}_${k}`]).flat(),
  );
  await tx.insert(
    'record',
    ids.flatMap((id) => [id, 'dataset', `{"id":"${id}"}`]),
  );
  await tx.insert('string', texts);
}

await takePart(async ({ toMs }): Promise<WriterReport> => {
  const samples: Sample[] = [];
  const gaveUpMs: number[] = [];
  for (let n = 0; nowMs() < toMs; n++) {
    const asked = nowMs();
    let started = Number.NaN;
    try {
      await transact(joined, (tx) => {
        started = nowMs();
        return writeRows(tx, n);
      });
      samples.push({ asked, started, ended: nowMs() });
    } catch (error) {
      if (codeOf(error) !== 'ERR_RETRIES_EXHAUSTED' && codeOf(error) !== 'ERR_LOCK_TIMEOUT') throw error;
      gaveUpMs.push(nowMs() - asked);
    }
  }
  await joined.connection.close();
  await strategy.close();
  return { samples, retries, gaveUpMs };
});
