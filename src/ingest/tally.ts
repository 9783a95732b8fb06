import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { ChunkResult } from '../../workers/protocol.js';
import type { LoadConfig } from '../config/load-options.js';
import type { Acquisition } from '../kosh/transact.js';
import { addExisting, emptyExisting, recordsOf } from '../kosh/unit-fate.js';
import { type DryRunEstimate, DryRunTally } from './dry-run-estimate.js';
import type { LoadSummary, Spread, Tally } from './summary.js';

/** Adds up what the workers answer. */
export class LoadTally {
  readonly #records: Tally = { read: 0, inserted: 0, rejected: 0 };
  readonly #relationships: Tally = { read: 0, inserted: 0, rejected: 0 };
  readonly #existing = emptyExisting();
  readonly #waits = createHistogram();
  readonly #holds = createHistogram();
  #acquisitions = 0;
  readonly #retries = new Map<string, number>();
  readonly #dryRun = new DryRunTally();
  readonly #elsewhere = { records: 0, relationships: 0 };
  #rejects = 0;
  #ensembles = 0;
  #datasets = 0;

  get records(): Readonly<Tally> {
    return this.#records;
  }

  /** Lines of the rejects file. */
  get rejects(): number {
    return this.#rejects;
  }

  add(result: ChunkResult): void {
    for (const [tally, of] of [
      [this.#records, 'records'],
      [this.#relationships, 'relationships'],
    ] as const) {
      tally.inserted += result.inserted[of];
      tally.rejected += result.rejected[of];
      tally.read += result.inserted[of] + result.rejected[of];
      this.#elsewhere[of] += result.elsewhere[of];
    }
    this.#records.read += recordsOf(result.existing);
    this.#relationships.read += result.existing.relationships;
    addExisting(this.#existing, result.existing);
    this.#rejects += result.rejects.length;
    this.#ensembles += result.ensembles;
    this.#datasets += result.datasets;
    for (const acquisition of result.acquisitions) this.#acquired(acquisition);
    for (const counts of result.dryRun ?? []) this.#dryRun.add(counts);
  }

  #acquired({ waitMs, holdMs, retries }: Acquisition): void {
    this.#acquisitions++;
    for (const code of retries) this.#retries.set(code, (this.#retries.get(code) ?? 0) + 1);
    record(this.#waits, waitMs);
    record(this.#holds, holdMs);
  }

  /** Of a dry run that took so long. */
  estimate(seconds: number, workers: number): DryRunEstimate {
    return this.#dryRun.estimate(seconds, workers);
  }

  #summaryOfExisting(): LoadSummary['existing'] {
    const { types: _, ...existing } = this.#existing;
    return existing;
  }

  summary(config: LoadConfig, seconds: number): Omit<LoadSummary, 'rejects' | 'interrupted' | 'resumed' | 'waiting' | 'stopped'> {
    const { store, lockStrategy, workers } = config;
    return {
      store,
      lockStrategy,
      workers,
      ensembles: this.#ensembles,
      datasets: this.#datasets,
      records: this.#records,
      relationships: this.#relationships,
      existing: this.#summaryOfExisting(),
      elsewhere: this.#elsewhere,
      seconds: round(seconds),
      recordsPerSecond: Math.round(this.#records.inserted / seconds),
      lock: {
        acquisitions: this.#acquisitions,
        waitMs: spread(this.#waits),
        holdMs: spread(this.#holds),
        retries: [...this.#retries.values()].reduce((sum, count) => sum + count, 0),
        retriesByCode: Object.fromEntries(this.#retries),
      },
    };
  }
}

/** Histograms hold whole numbers from 1 on: microseconds. */
function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * 1000)));
}

function spread(histogram: RecordableHistogram): Spread {
  if (histogram.count === 0) return { p50: 0, p95: 0, p99: 0, max: 0 };
  const ms = (microseconds: number) => round(microseconds / 1000);
  return {
    p50: ms(histogram.percentile(50)),
    p95: ms(histogram.percentile(95)),
    p99: ms(histogram.percentile(99)),
    max: ms(histogram.max),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
