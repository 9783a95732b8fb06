import { createHash } from 'node:crypto';

/** Part `index` (from 1) of `count` of an input. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The part, from 1 to `count`, that has what `key` names. The same in every process on every machine: it depends on nothing but the key. Each key is in one
 * part, and the parts are about equally large.
 */
export function shardOf(key: string, count: number): number {
  return (createHash('sha256').update(key).digest().readUIntBE(0, 6) % count) + 1;
}

/** Of `total` things in a row the stretch that a part has, `from` up to but not including `to`: the stretches of all parts are all of them. */
export function stretchOf({ index, count }: Shard, total: number): { from: number; to: number } {
  const end = (part: number) => Math.floor((total * part) / count);
  return { from: end(index - 1), to: end(index) };
}
