import type { LoadConfig } from '../config/load-options.js';
import { type UnfinishedLoad, unfinishedText } from '../kosh/unfinished-loads.js';
import { createSource } from '../sources/registry.js';
import type { Plan, Source } from '../sources/source.js';
import type { Spool } from '../sources/spool.js';
import type { Begun } from './load-journal.js';

export interface Planned {
  readonly source: Source;
  readonly plan: Plan;
}

/** The plan of a load; of one that was `begun`, what is left of it, planned as it was then. */
export async function planAs(config: LoadConfig, spool: Spool, begun?: Pick<Begun, 'sizes' | 'done'>): Promise<Planned> {
  const noContext = () => {
    throw new Error('the coordinator reads no units');
  };
  const source = await createSource({ ...config, ...begun?.sizes }, noContext, spool);
  return { source, plan: await source.plan(begun?.done) };
}

/** Whether a load would be planned in the same way now. */
export function isPlannedAs({ batchSize, workers }: LoadConfig, { sizes }: Begun): boolean {
  return sizes.batchSize === batchSize && sizes.workers === workers;
}

export function goingOnText({ startedAt, loaded: { records } }: Begun, isDryRun: boolean): string {
  const at = startedAt.replace('T', ' ').replace(/\..*/, ' UTC');
  const are = records === 1 ? ' is' : 's are';
  return `${isDryRun ? 'this would go on' : 'going on'} with the load begun ${at}: ${records.toLocaleString('en-US')} record${are} in`;
}

export function otherLoadText(other: UnfinishedLoad): string {
  return `another load into this store is not finished: ${unfinishedText(other)}. If it runs now, the two need a --rejects of their own`;
}

export function shardText({ shard }: LoadConfig): string {
  return `shard ${shard?.index}/${shard?.count}`;
}
