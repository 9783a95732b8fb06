import { type ErrorCode, IngestError } from '../errors.js';
import { flagOf, type OptionSpec } from './option-spec.js';
import { asValue, fromText, problemOf } from './values.js';

/** A value that somebody gave, and where. */
export interface Given {
  readonly value: unknown;
  /** `--workers`, `KOSH_INGEST_WORKERS`, `ingest.config.json: workers` or `ingest.config.json: bench.workers`. */
  readonly source: string;
  /** Higher is weaker: {@link layer}. */
  readonly layer: number;
  /** The code of an error in it. */
  readonly code: ErrorCode;
}

/** What gives values, the strongest first. */
export const layer = { flags: 0, environment: 1, benchInFile: 2, file: 3 } as const;

/** What stands in a layer, not checked yet. */
export type Entry<K extends string> = readonly [key: K, given: Given];

/** A command's options, by key. */
export type Table<K extends string> = Readonly<Record<K, OptionSpec>>;

/**
 * What the flags give, in the order of the table.
 *
 * @param flags by key, as text or as a value; undefined and an empty list of paths are "not given"
 */
export function fromFlags<K extends string>(
  table: Table<K>,
  flags: Readonly<Partial<Record<NoInfer<K>, unknown>>> | undefined,
): readonly Entry<K>[] {
  return (Object.keys(table) as K[]).flatMap((key) => {
    const raw = flags?.[key];
    const spec = table[key];
    if (raw === undefined || isNoPath(spec, raw)) return [];
    const value = typeof raw === 'string' ? fromText(spec, raw) : raw;
    const source = spec.type === 'paths' ? key : `--${flagOf(key)}`;
    return [[key, { value, source, layer: layer.flags, code: 'ERR_USAGE' }]];
  });
}

/** An empty list of paths says the same as none. */
export function isNoPath(spec: OptionSpec, value: unknown): boolean {
  return spec.type === 'paths' && Array.isArray(value) && value.length === 0;
}

/**
 * The first value of each key. Every one is checked, also one that a stronger layer overrides.
 *
 * @param entries the strongest layer first
 * @throws IngestError the entry's code; the message names the key and where it stood
 */
export function strongest<K extends string>(table: Table<K>, entries: Iterable<Entry<K>>): Map<K, Given> {
  const given = new Map<K, Given>();
  for (const [key, entry] of entries) {
    const problem = problemOf(table[key], entry.value);
    if (problem) {
      throw new IngestError(entry.code, `${entry.source}: expected ${problem.expected}, found ${problem.found}`, {
        hint: problem.hint,
      });
    }
    if (!given.has(key)) given.set(key, { ...entry, value: asValue(table[key], entry.value) });
  }
  return given;
}

/** Options that have no meaning beside another one. */
export interface Exclusion<K extends string> {
  readonly key: K;
  readonly others: readonly K[];
  /** Completes "--other: has no meaning with --key: …". */
  readonly why: string;
  /** For which values of `key`. Default: for all. */
  readonly when?: (value: unknown) => boolean;
  /** Whether a stronger one of the others takes `key` away: each says the same in another way. Default: it is refused. */
  readonly yields?: boolean;
}

/**
 * Takes away what has no meaning with something of a stronger layer.
 *
 * @throws IngestError for two of one layer, or when what has no meaning is the stronger one
 */
export function exclude<K extends string>(given: Map<K, Given>, exclusions: readonly Exclusion<K>[]): void {
  for (const { key, others, why, when, yields } of exclusions) {
    for (const name of others) {
      const one = given.get(key);
      const other = given.get(name);
      if (!one || !other || when?.(one.value) === false) continue;
      if (other.layer > one.layer) given.delete(name);
      else if (yields && other.layer < one.layer) given.delete(key);
      else {
        throw new IngestError(other.code, `${other.source}: has no meaning with ${one.source}: ${why}`, {
          hint: 'leave one of the two out',
        });
      }
    }
  }
}
