import { IngestError } from '../errors.js';
import { attributesOf, type StoreInfo, storeInfoId, storeInfoType } from '../records/kosh.js';
import { describe } from '../records/problems.js';
import type { Reader } from '../stores/connection.js';
import type { AttributeStatistics, EngineStatistics, EnsembleStatistics, Listed } from '../stores/statistics.js';
import { checkKeys } from './arguments.js';
import { isDatasetType } from './calls/stored.js';
import type { CallOptions, StoreContext } from './context.js';
import { type UnfinishedLoad, unfinishedLoads } from './unfinished-loads.js';

/** What Kosh takes records of a type for. */
export type RecordRole = 'dataset' | 'ensemble' | 'file' | 'user' | 'group' | 'loader' | 'store info' | 'reserved';

/** What a store holds, as it was at one moment: every count is exact. */
export interface StoreContents {
  readonly engine: EngineStatistics;
  /** What the store-info record says; null without one: Sina made the store, and Kosh never connected to it. */
  readonly kosh: {
    /** The version of Kosh that it takes to open the store. */
    readonly minVersion: string | null;
    readonly ensemblePredicate: string;
  } | null;
  readonly records: {
    readonly total: number;
    /** Those of all types that Kosh does not reserve. */
    readonly datasets: number;
    readonly types: readonly { readonly type: string; readonly role: RecordRole; readonly count: number }[];
  };
  readonly relationships: {
    readonly total: number;
    readonly predicates: readonly { readonly predicate: string; readonly count: number }[];
  };
  /** Those with the most members first. */
  readonly ensembles: Listed<EnsembleStatistics>;
  /** Those that the most records have first. */
  readonly attributes: Listed<AttributeStatistics>;
  /** Loads of this package that run now, or were interrupted. */
  readonly unfinishedLoads: readonly UnfinishedLoad[];
}

/** What is listed. */
export interface StatisticsOptions extends CallOptions {
  /** How many ensembles and how many attributes are listed. Default 10. */
  readonly limit?: number | undefined;
}

/** Throws `ERR_USAGE` for a limit that is none. */
export async function storeContents(context: StoreContext, options: StatisticsOptions): Promise<StoreContents> {
  checkKeys(options, ['limit', 'signal']);
  const { limit = 10 } = options;
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new IngestError('ERR_USAGE', `limit must be a whole number, 1 or more; found ${describe(limit)}`);
  }
  return await context.read((reader) => contents(reader, context.info, limit), options);
}

async function contents(reader: Reader, info: StoreInfo, limit: number): Promise<StoreContents> {
  const { ensemblesType, ensemblePredicate } = info;
  const { engine, records, relationships, ...lists } = await reader.statistics({ ensemblesType, ensemblePredicate, limit });
  const stored = (await reader.records([storeInfoId])).get(storeInfoId);
  const minVersion = stored && attributesOf(stored.raw).get('kosh_min_version');
  const roles = rolesOf(info);
  const types = records.map(({ type, count }) => ({ type, role: roleOf(type, roles, info), count }));
  return {
    engine,
    kosh: stored ? { minVersion: minVersion === undefined ? null : String(minVersion), ensemblePredicate } : null,
    records: { total: sum(types), datasets: sum(types.filter(({ role }) => role === 'dataset')), types },
    relationships: { total: sum(relationships), predicates: relationships },
    ...lists,
    unfinishedLoads: await unfinishedLoads(reader),
  };
}

function rolesOf({ ensemblesType, sourcesType, usersType, groupsType, loadersType }: StoreInfo): ReadonlyMap<string, RecordRole> {
  return new Map<string, RecordRole>([
    [storeInfoType, 'store info'],
    [loadersType, 'loader'],
    [groupsType, 'group'],
    [usersType, 'user'],
    [sourcesType, 'file'],
    [ensemblesType, 'ensemble'],
  ]);
}

function roleOf(type: string, roles: ReadonlyMap<string, RecordRole>, info: StoreInfo): RecordRole {
  return roles.get(type) ?? (isDatasetType(type, info) ? 'dataset' : 'reserved');
}

function sum(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}
