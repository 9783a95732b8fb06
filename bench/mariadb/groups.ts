import type { Kind } from './results.js';
import { loadTrial, type MariadbTrial, sendTrial, sizes } from './trials.js';

/** Trials that fill the same rows into a new database, and are compared with the floor in the same place. */
export interface MariadbGroup {
  readonly kind: Kind;
  readonly name: string;
  readonly title: string;
  readonly trials: readonly MariadbTrial[];
}

/** Records in a transaction when there shall be many of them. */
const fewRecords = 50;

const notebook = `${sizes.ensembles} ensembles x ${sizes.datasets} datasets x ${sizes.attributes} attributes`;

export const groups: readonly MariadbGroup[] = [
  {
    kind: 'single',
    name: 'one server',
    title: `the notebook's loop: ${notebook}`,
    trials: [
      loadTrial({ strategy: 'None', workers: 1 }),
      loadTrial({ strategy: 'RFileLock', workers: 2 }),
      ...[1, 2, 4, 8].map((workers) => loadTrial({ strategy: 'OnlyRetry', workers })),
    ],
  },
  {
    kind: 'contention',
    name: 'small transactions',
    title: `the same, with ${fewRecords} records in a transaction (\`--batch-size ${fewRecords}\`)`,
    trials: [1, 2, 4, 8].map((workers) => loadTrial({ strategy: 'OnlyRetry', workers, batchSize: fewRecords })),
  },
  {
    kind: 'sending',
    name: 'how rows are sent',
    title:
      'the same rows in one session, in transactions of 2000 records, by a program that does nothing else; foreign keys checked by the server, and not',
    trials: (['on', 'off'] as const).flatMap((keys) => (['batch', 'multi', 'local'] as const).map((way) => sendTrial(way, keys))),
  },
  {
    kind: 'cluster',
    name: 'three nodes',
    title: `the same rows into a Galera cluster of three nodes on this machine, \`mariadb://root@node1,node2,node3/database\``,
    trials: [false, true].flatMap((spread) => [1, 2, 4].map((workers) => loadTrial({ strategy: 'OnlyRetry', workers, spread }))),
  },
];
