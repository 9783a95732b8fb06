import type { StrategyName } from '../../src/locks/registry.js';
import { documentCount, recordCount } from './documents.js';

/** Names from the folder that a trial runs in: the documents are beside it, for all trials. */
export const oneDocument = '../one.json';
export const manyDocuments = '../many';

/** One way to load what the group loads. */
export interface Trial {
  readonly name: string;
  /** What follows `kosh-ingest load`, but for the store, the lock path and `--json`. */
  readonly args: readonly string[];
}

/** Trials that fill the same rows into a new store, and the floor that they are compared with. */
export interface Group {
  readonly name: string;
  /** For `--only`. */
  readonly kind: 'notebook' | 'large' | 'documents';
  readonly title: string;
  /** What `floor.js` is given: the job, and what follows the store. */
  readonly floor: readonly [job: 'generated' | 'document', ...rest: string[]];
  /** Loaded records, without those that every Kosh store has. */
  readonly records: number;
  readonly relationships: number;
  readonly trials: readonly Trial[];
}

const strategies: readonly StrategyName[] = ['None', 'RFileLock', 'OnlyRetry'];
const workerCounts = [1, 2] as const;

export const groups: readonly Group[] = [
  notebook('notebook 10 x 10', { ensembles: 10, datasets: 10, attributes: 10 }, 'notebook'),
  notebook('notebook 10 x 1000', { ensembles: 10, datasets: 1000, attributes: 10 }, 'notebook'),
  notebook('notebook 10 x 10000', { ensembles: 10, datasets: 10_000, attributes: 10 }, 'large'),
  {
    name: 'documents',
    kind: 'documents',
    title: `a Sina document of ${recordCount} records and as many relationships; the same as ${documentCount} documents`,
    floor: ['document', oneDocument],
    records: recordCount,
    relationships: recordCount,
    trials: [
      ...workerCounts.map((workers) => documents('one document', oneDocument, workers)),
      ...workerCounts.map((workers) => documents(`${documentCount} documents`, manyDocuments, workers)),
    ],
  },
];

interface GeneratedJob {
  readonly ensembles: number;
  readonly datasets: number;
  readonly attributes: number;
}

function notebook(name: string, job: GeneratedJob, kind: 'notebook' | 'large'): Group {
  const sizes = [job.ensembles, job.datasets, job.attributes].map(String);
  const flags = ['--ensembles', '--datasets', '--attributes'].flatMap((flag, i) => [flag, sizes[i] ?? '']);
  return {
    name,
    kind,
    title: `the notebook's loop: ${job.ensembles} ensembles x ${job.datasets} datasets x ${job.attributes} attributes`,
    floor: ['generated', ...sizes],
    records: job.ensembles * (1 + job.datasets),
    relationships: job.ensembles * job.datasets,
    trials: (kind === 'large' ? (['RFileLock'] as const) : strategies).flatMap((strategy) =>
      workerCounts.map((workers) => ({ name: nameOf(strategy, workers), args: [...flags, ...flagsOf(strategy, workers)] })),
    ),
  };
}

function documents(what: string, input: string, workers: number): Trial {
  return { name: `${what}, ${nameOf('RFileLock', workers)}`, args: [input, ...flagsOf('RFileLock', workers)] };
}

function nameOf(strategy: StrategyName, workers: number): string {
  return `${strategy}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
}

function flagsOf(strategy: StrategyName, workers: number): string[] {
  return ['--lock-strategy', strategy, '--workers', String(workers)];
}
