import { join } from 'node:path';
import type { LoadSummary } from '../../src/ingest/summary.js';
import type { StoreCheck } from '../check-store.js';
import { type Measure, measureOf } from '../support/measure.js';
import { askProgram, runProgram } from '../support/run-process.js';
import { leftBehind, lockFile, ownRecords, soundness, storeFile } from '../support/trial-store.js';
import type { RunOptions } from '../support/workspace.js';
import { type Made, makeCsv, makeDocuments, makeJsonLines } from './make-inputs.js';
import { type Job, jobsOf, type Sizes } from './trials.js';

/** One way to load a job, and what it took in each round. */
export interface Trial {
  readonly workers: number;
  readonly journal: boolean;
  readonly runs: Measure[];
  readonly faults: string[];
}

export interface JobResult {
  readonly name: string;
  readonly title: string;
  readonly records: number;
  /** Of the input; undefined for what is generated. */
  readonly bytes: number | undefined;
  readonly trials: readonly Trial[];
}

/** Makes the inputs and loads them in every way in turn, round after round, each time as a process of its own into a new store, which is checked. */
export async function runJobs(sizes: Sizes, options: RunOptions): Promise<JobResult[]> {
  const { workspace, say } = options;
  say('making the inputs');
  const at = (name: string) => join(workspace.path, name);
  const made: Readonly<Record<NonNullable<Job['input']>, Made>> = {
    documents: makeDocuments(at('documents'), sizes.documents),
    jsonl: makeJsonLines(at('lines.jsonl'), sizes.lineBytes),
    csv: makeCsv(at('rows.csv'), sizes.lineBytes),
    shortJsonl: makeJsonLines(at('short.jsonl'), sizes.shortBytes),
  };
  const results: JobResult[] = [];
  for (const job of jobsOf(sizes)) results.push(await runJob(job, job.input && made[job.input], options));
  return results;
}

async function runJob(job: Job, made: Made | undefined, options: RunOptions): Promise<JobResult> {
  const { ensembles = 0, datasets = 0 } = job.flags as { ensembles?: number; datasets?: number };
  const records = made?.records ?? ensembles * (1 + datasets);
  const ways = job.journalCost ? [true, false] : [true];
  const trials: Trial[] = job.workers.flatMap((workers) => ways.map((journal) => ({ workers, journal, runs: [], faults: [] })));
  const rounds = Math.ceil(options.repeats * job.roundsFactor);
  for (let round = 1; round <= rounds; round++) {
    options.say(`${job.name}: round ${round} of ${rounds}`);
    // The other way round in every second round: the first one of two is not always the one that finds the caches cold.
    for (const trial of round % 2 === 1 ? trials : [...trials].reverse()) await runTrial(job, trial, { records, ...options });
  }
  return { name: job.name, title: job.title, records, bytes: made?.bytes, trials };
}

async function runTrial(job: Job, trial: Trial, { records, workspace, say }: RunOptions & { records: number }): Promise<void> {
  const cwd = workspace.fresh();
  const flags = { ...job.flags, store: storeFile, lockPath: lockFile, workers: trial.workers };
  const ended = await runProgram('oneLoad', [JSON.stringify(flags), ...(trial.journal ? [] : ['--no-journal'])], cwd);
  const fault = ended.fault ?? (await faultOf(JSON.parse(ended.stdout) as LoadSummary, records, cwd));
  if (fault === undefined) trial.runs.push(measureOf(ended, (JSON.parse(ended.stdout) as LoadSummary).seconds));
  else {
    trial.faults.push(fault);
    say(`${job.name}: FAILED: ${fault}`);
  }
}

async function faultOf(summary: LoadSummary, records: number, cwd: string): Promise<string | undefined> {
  if (summary.records.inserted !== records) return `${summary.records.inserted} records inserted, not ${records}`;
  if (summary.rejects.count > 0) return `${summary.rejects.count} rejects`;
  const check = await askProgram<StoreCheck>('checkStore', [storeFile], cwd);
  if (check.rows.Record !== records + ownRecords) return `${check.rows.Record} rows in Record`;
  const left = leftBehind(cwd);
  return left.length > 0 ? `left behind: ${left.join(', ')}` : soundness(check);
}
