import type { LoadSummary } from '../../src/ingest/summary.js';
import type { StrategyName } from '../../src/locks/registry.js';
import { sizeArguments } from '../calls/loop.js';
import type { NotebookSizes } from '../support/bare-loop.js';
import type { ProgramName } from '../support/run-process.js';
import { lockFile } from '../support/trial-store.js';
import type { SendResult } from './send-rows.js';
import type { Way } from './ways.js';

/** What every trial writes. */
export const sizes: NotebookSizes = { ensembles: 10, datasets: 1000, attributes: 10 };
export const relationshipCount = sizes.ensembles * sizes.datasets;
export const recordCount = sizes.ensembles + relationshipCount;

/** What a trial says of itself. */
export interface Outcome {
  readonly seconds: number;
  /** What is wrong with what it says. */
  readonly fault?: string | undefined;
  readonly lock?: LoadSummary['lock'];
}

/** One way to write the rows. */
export interface MariadbTrial {
  readonly name: string;
  readonly program: ProgramName;
  readonly args: (store: string) => readonly string[];
  readonly outcome: (stdout: string) => Outcome;
}

interface LoadOptions {
  readonly strategy: StrategyName;
  readonly workers: number;
  readonly batchSize?: number;
  /** Whether the workers begin with different nodes; undefined where there is only one. */
  readonly spread?: boolean;
}

/** The name that {@link loadTrial} gives. */
export function loadName({ strategy, workers, spread }: LoadOptions): string {
  const nodes = spread === undefined ? '' : spread ? ', spread' : ', first node';
  return `${strategy}, ${workers} ${workers === 1 ? 'worker' : 'workers'}${nodes}`;
}

export function loadTrial(options: LoadOptions): MariadbTrial {
  const { strategy, workers, batchSize, spread } = options;
  const [ensembles = '', datasets = '', attributes = ''] = sizeArguments(sizes);
  const flags = [
    ...['--ensembles', ensembles, '--datasets', datasets, '--attributes', attributes],
    ...['--lock-strategy', strategy, '--workers', String(workers)],
    ...(batchSize === undefined ? [] : ['--batch-size', String(batchSize)]),
    ...(spread ? ['--spread'] : []),
  ];
  return {
    name: loadName(options),
    program: 'cli',
    args: (store) => ['load', ...flags, '--store', store, '--lock-path', lockFile, '--json'],
    outcome: loadOutcome,
  };
}

function loadOutcome(stdout: string): Outcome {
  const { records, relationships, rejects, seconds, lock } = JSON.parse(stdout) as LoadSummary;
  const faults = [
    ...(records.inserted === recordCount ? [] : [`${records.inserted} records inserted, not ${recordCount}`]),
    ...(relationships.inserted === relationshipCount
      ? []
      : [`${relationships.inserted} relationships inserted, not ${relationshipCount}`]),
    ...(rejects.count === 0 ? [] : [`${rejects.count} rejects`]),
  ];
  return { seconds, lock, fault: faults[0] };
}

const wayNames = {
  batch: 'batch()',
  multi: 'INSERT of 1000 rows',
  local: 'LOAD DATA LOCAL',
} as const satisfies Record<Way, string>;

/** The name that a way has in the tables. */
export function sendName(way: Way, keys: 'on' | 'off'): string {
  return `${wayNames[way]}, keys ${keys}`;
}

export function sendTrial(way: Way, keys: 'on' | 'off'): MariadbTrial {
  return {
    name: sendName(way, keys),
    program: 'sendRows',
    args: (store) => [store, way, keys, ...sizeArguments(sizes)],
    outcome: (stdout) => ({ seconds: (JSON.parse(stdout) as SendResult).seconds }),
  };
}
