import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { LoadConfig } from '../config/load-options.js';

/**
 * What a load is called in the journal of its store: of two commands that load the same into it with the same effect the ids are the same, whatever
 * their workers, batches and locks. One for each shard, in order; one alone without shards.
 */
export function loadIds(config: LoadConfig): string[] {
  const { inputs, format, delimiter, idColumn, ensembleColumn, watch, fromRejects, ifExists, shard } = config;
  const { ensembles, datasets, attributes, prefix } = config;
  const generates = inputs.length === 0 && watch === undefined && fromRejects === undefined;
  const what = [
    inputs.map(absolute),
    [format, delimiter, idColumn, ensembleColumn],
    [watch, fromRejects].map((path) => path && absolute(path)),
    ifExists,
    generates ? [ensembles, datasets, attributes, prefix] : [],
  ];
  const count = shard?.count ?? 1;
  return Array.from({ length: count }, (_, n) =>
    createHash('sha256')
      .update(JSON.stringify([...what, n + 1, count]))
      .digest('hex')
      .slice(0, 32),
  );
}

function absolute(path: string): string {
  return path === '-' ? path : resolve(path);
}
