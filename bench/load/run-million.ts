import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreCheck } from '../check-store.js';
import type { SampledLoad } from '../sampled-load.js';
import { askProgram, runProgram } from '../support/run-process.js';
import { tenthsOf } from '../support/statistics.js';
import { lockFile, ownRecords, soundness, storeFile } from '../support/trial-store.js';
import type { RunOptions } from '../support/workspace.js';
import type { MillionResult } from './results.js';

const ensembles = 10;
const attributes = 10;

/** What a dataset of this size takes in the store and, while the last batches are written, beside it. */
const bytesADataset = 7000;

/** One load of `ensembles` x `datasets`, with RFileLock and two workers. Takes minutes and gigabytes; the store is removed afterwards. */
export async function runMillion(datasets: number, { workspace, say }: Omit<RunOptions, 'repeats'>): Promise<MillionResult> {
  const cwd = workspace.fresh();
  const total = ensembles * datasets;
  const { bavail, bsize } = statfsSync(cwd);
  if (bavail * bsize < total * bytesADataset) {
    throw new Error(`${cwd} has no room for a store of ${total} datasets: choose another --dir`);
  }
  say(`million: loading ${total} datasets`);
  const job = { store: storeFile, lockPath: lockFile, lockStrategy: 'RFileLock', workers: 2, ensembles, datasets, attributes };
  const ended = await runProgram('sampledLoad', [JSON.stringify(job)], cwd);
  if (ended.fault !== undefined) throw new Error(`the load of ${total} datasets failed: ${ended.fault}`);
  const { summary, samples } = JSON.parse(ended.stdout) as SampledLoad;
  say('million: checking the store');
  const check = await askProgram<StoreCheck>('checkStore', [storeFile], cwd);
  const result = {
    title: `${ensembles} ensembles x ${datasets} datasets x ${attributes} attributes, RFileLock, 2 workers`,
    records: summary.records.inserted,
    processSeconds: ended.seconds,
    ownSeconds: summary.seconds,
    ...ended.usage,
    otherCores: ended.otherCores,
    storeBytes: statSync(join(cwd, storeFile)).size,
    tenths: tenthsOf(samples).map((ms) => (ms * 1000) / (total / 10)),
    faults: faultsOf(check, datasets),
  };
  workspace.fresh();
  return result;
}

function faultsOf(check: StoreCheck, datasets: number): string[] {
  const total = ensembles * datasets;
  const wanted: Readonly<Record<string, number>> = {
    Record: ensembles + total + ownRecords,
    Relationship: total,
    // Creator, name, and of a dataset those of its ensemble too; the store info has seven texts, a user has one.
    StringData: total * (2 * attributes + 2) + ensembles * (attributes + 2) + 9,
  };
  const faults = Object.entries(wanted).flatMap(([table, rows]) =>
    check.rows[table] === rows ? [] : `${table} has ${check.rows[table]} rows, not ${rows}`,
  );
  const unsound = soundness(check);
  return unsound === undefined ? faults : [...faults, unsound];
}
