import { join } from 'node:path';
import { type LoadConfig, loadDefaults, lockStrategyOf } from '../../src/config/load-options.js';
import { openStore } from '../../src/kosh/open-store.js';
import { createSource } from '../../src/sources/registry.js';
import type { ChunkResult } from '../../workers/protocol.js';
import { Session } from '../../workers/session.js';
import { SharedState } from '../../workers/shared-state.js';

/** A small load into a store of the directory; any part can be given. */
export function loadConfigFor(directory: string, changes: Partial<LoadConfig> = {}): LoadConfig {
  return {
    store: join(directory, 'store.sqlite'),
    ...loadDefaults,
    ensembles: 2,
    datasets: 3,
    attributes: 2,
    prefix: '',
    lockStrategy: 'None',
    numTries: 10,
    patience: 1,
    lockPath: join(directory, 'lock'),
    timeout: 60,
    deadline: 600,
    flock: false,
    workers: 1,
    spread: false,
    batchSize: 1000,
    dryRun: false,
    rejects: join(directory, 'rejects.jsonl'),
    ...changes,
  };
}

/** Loads in this thread, chunk by chunk: the path of a worker without the pool. */
export async function loadHere(config: LoadConfig): Promise<ChunkResult[]> {
  const shared = new SharedState();
  const strategy = lockStrategyOf(config);
  const { joined } = await openStore(config.store, strategy, 'default');
  await joined.connection.close();
  const signal = new AbortController().signal;
  const session = await Session.open({ config, user: 'default', load: undefined, shared, signal });
  const source = await createSource(config, () => {
    throw new Error('planning needs no context');
  });
  const plan = await source.plan();
  const results: ChunkResult[] = [];
  for (const chunk of plan.chunks) results.push(await session.process({ chunk, final: true }));
  await session.close();
  await strategy.close();
  return results;
}
