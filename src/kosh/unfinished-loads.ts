import type { Reader } from '../stores/connection.js';
import type { JournalLine } from '../stores/journal.js';

/**
 * A load that was begun and has not come to its end: it is running, or it was interrupted and goes on when the same command is given again. Of a load that is split
 * between jobs each shard that was begun and has not ended, and once for all of them what has ended and what has not.
 */
export interface UnfinishedLoad {
  /** ISO 8601; of shards that have ended the earliest. */
  readonly startedAt: string;
  /** As they were given; empty for a generated job. */
  readonly inputs: readonly string[];
  /** Which part it is, of a load that is split between jobs. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** How the load stands as a whole, when some of its shards have ended. */
  readonly shards?: {
    readonly count: number;
    readonly ended: readonly number[];
    /** Running, interrupted, or never begun. */
    readonly missing: readonly number[];
    /** Documents or lines that wait for records of other shards: the shard that ends last loads them. */
    readonly waiting: number;
  };
}

/** What is read of a load's own line. */
interface OwnLine extends Omit<UnfinishedLoad, 'shards'> {
  /** The same for all shards of a load. */
  readonly whole: string;
  readonly ended?: { readonly left: readonly unknown[] };
}

type EndedShard = Required<Pick<OwnLine, 'shard' | 'ended'>> & OwnLine;

/** Ranges of shards that are named. */
const namedRanges = 10;

/** The loads that a store's journal tells of, in no order. */
export async function unfinishedLoads({ journal }: Pick<Reader, 'journal'>): Promise<UnfinishedLoad[]> {
  return unfinishedOf(await journal.ownLines());
}

/** The same of the loads' own lines. */
export function unfinishedOf(lines: readonly Pick<JournalLine, 'text'>[]): UnfinishedLoad[] {
  const loads = new Map<string, EndedShard[]>();
  for (const { text } of lines) {
    const line = JSON.parse(text) as OwnLine;
    if (isEnded(line)) loads.set(line.whole, [...(loads.get(line.whole) ?? []), line]);
  }
  return [...lines.flatMap(unfinishedLoad), ...[...loads.values()].flatMap(endedShards)];
}

/** What a load's own line says of it; nothing when its shard has ended. */
export function unfinishedLoad({ text }: Pick<JournalLine, 'text'>): UnfinishedLoad[] {
  const { startedAt, inputs, shard, ended } = JSON.parse(text) as OwnLine;
  return ended === undefined ? [{ startedAt, inputs, ...(shard && { shard }) }] : [];
}

function isEnded(line: OwnLine): line is EndedShard {
  return line.shard !== undefined && line.ended !== undefined;
}

/** The shards of one load that have ended. */
function endedShards(lines: readonly EndedShard[]): UnfinishedLoad[] {
  const sorted = [...lines].sort((one, other) => one.shard.index - other.shard.index);
  const ended = sorted.map(({ shard }) => shard.index);
  const [first] = sorted;
  if (!first) return [];
  const { count } = first.shard;
  const missing = Array.from({ length: count }, (_, n) => n + 1).filter((index) => !ended.includes(index));
  const waiting = lines.reduce((sum, line) => sum + line.ended.left.length, 0);
  const startedAt = lines.map((line) => line.startedAt).reduce((one, other) => (one < other ? one : other));
  return [{ startedAt, inputs: first.inputs, shards: { count, ended, missing, waiting } }];
}

/** Such as `runs/ (shard 2/8), begun 2026-11-28 10:03 UTC`, or `runs/: shard 1 of 3 has ended, 2 and 3 have not: run them, begun …`. */
export function unfinishedText({ startedAt, inputs, shard, shards }: UnfinishedLoad): string {
  const what =
    inputs.length === 0 ? 'a generated job, or mended rejects' : inputs.slice(0, 3).join(' ') + (inputs.length > 3 ? ' …' : '');
  const part = shard ? ` (shard ${shard.index}/${shard.count})` : shards ? `: ${shardsText(shards)}` : '';
  return `${what}${part}, begun ${startedAt.slice(0, 16).replace('T', ' ')} UTC`;
}

function shardsText({ count, ended, missing, waiting }: NonNullable<UnfinishedLoad['shards']>): string {
  const [are, it] = [ended.length === 1 ? 'has' : 'have', missing.length === 1 ? 'it' : 'them'];
  const wait = waiting === 1 ? '1 document waits' : `${waiting.toLocaleString('en-US')} documents wait`;
  return [
    `shard${ended.length === 1 ? '' : 's'} ${numbersText(ended)} of ${count} ${are} ended`,
    `${numbersText(missing)} ${missing.length === 1 ? 'has' : 'have'} not: run ${it}`,
    ...(waiting > 0 ? [`${wait} for that`] : []),
  ].join(', ');
}

/** `1`, `2 and 3`, `1-4, 6 and 8`; as a Slurm array takes them, but for the last one. */
function numbersText(numbers: readonly number[]): string {
  const ranges: [from: number, to: number][] = [];
  for (const n of numbers) {
    const last = ranges.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else ranges.push([n, n]);
  }
  // Two that follow each other are no range to a reader.
  const words = ranges.flatMap(([from, to]) =>
    to - from > 1 ? [`${from}-${to}`] : to > from ? [`${from}`, `${to}`] : [`${from}`],
  );
  if (words.length > namedRanges) return `${words.slice(0, namedRanges).join(', ')} …`;
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : words.join('');
}
