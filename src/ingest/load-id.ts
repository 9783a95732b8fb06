import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { LoadConfig } from '../config/load-options.js';
import { loadIdLength } from '../stores/journal.js';

/**
 * What a load is called in the journal of its store: of two commands that load the same into it with the same effect the ids are the same, whatever
 * their workers, batches and locks. One for each shard, in order; one alone without shards.
 */
export function loadIds(config: LoadConfig): string[] {
  const count = config.shard?.count ?? 1;
  const idOf = idsOf(config);
  return Array.from({ length: count }, (_, n) => idOf(n + 1));
}

/** Id of the load, or of the shard, that the configuration asks for. */
export function ownIdOf(config: LoadConfig): string {
  return idsOf(config)(config.shard?.index ?? 1);
}

function idsOf(config: LoadConfig): (shard: number) => string {
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
  return (index) => {
    const text = JSON.stringify([...what, index, shard?.count ?? 1]);
    return createHash('sha256').update(text).digest('base64url').slice(0, loadIdLength);
  };
}

function absolute(path: string): string {
  return path === '-' ? path : resolve(path);
}
