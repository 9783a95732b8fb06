import type { Reader } from '../stores/connection.js';
import type { JournalLine } from '../stores/journal.js';

/** A load that was begun and has not come to its end: it is running, or it was interrupted and goes on when the same command is given again. */
export interface UnfinishedLoad {
  /** ISO 8601. */
  readonly startedAt: string;
  /** As they were given; empty for a generated job. */
  readonly inputs: readonly string[];
  /** Which part it is, of a load that is split between jobs. */
  readonly shard?: { readonly index: number; readonly count: number };
}

/** The loads that a store's journal tells of, in no order. */
export async function unfinishedLoads({ journal }: Pick<Reader, 'journal'>): Promise<UnfinishedLoad[]> {
  return (await journal.ownLines()).flatMap(unfinishedLoad);
}

/** What a load's own line says of it; nothing when its shard has ended. */
export function unfinishedLoad({ text }: Pick<JournalLine, 'text'>): UnfinishedLoad[] {
  const { startedAt, inputs, shard, ended } = JSON.parse(text) as UnfinishedLoad & { readonly ended?: unknown };
  return ended === undefined ? [{ startedAt, inputs, ...(shard && { shard }) }] : [];
}

/** Such as `runs/ (shard 2/8), begun 2026-11-28 10:03 UTC`. */
export function unfinishedText({ startedAt, inputs, shard }: UnfinishedLoad): string {
  const what =
    inputs.length === 0 ? 'a generated job, or mended rejects' : inputs.slice(0, 3).join(' ') + (inputs.length > 3 ? ' …' : '');
  return `${what}${shard ? ` (shard ${shard.index}/${shard.count})` : ''}, begun ${startedAt.slice(0, 16).replace('T', ' ')} UTC`;
}
