import { userId } from '../../src/records/kosh.js';
import { tables as schema } from '../../src/stores/schema.js';
import type { Row, StoreTables } from '../support/store-tables.js';
import { found } from './check-words.js';
import { benchUser } from './work/calls.js';

/** Records whose content is looked at, evenly spread: more would take longer than the trial. */
const mostLooked = 5000;
/** That are asked for at once. */
const idsAQuery = 500;

/** What an id says of its record. */
interface Meant {
  readonly ensemble: string;
  readonly e: string;
  /** Undefined: it is the ensemble. */
  readonly d: string | undefined;
}

/** Of these records those with rows, or a text, other than what was written. */
export async function contentFaults(tables: StoreTables, ids: readonly string[], attributes: number): Promise<string[]> {
  const step = Math.max(1, Math.ceil(ids.length / mostLooked));
  const looked = ids.filter((_, n) => n % step === 0);
  const wrong: string[] = [];
  for (let from = 0; from < looked.length; from += idsAQuery) {
    wrong.push(...(await wrongOf(tables, looked.slice(from, from + idsAQuery), attributes)));
  }
  return found(wrong, 'incomplete or other than what was written');
}

async function wrongOf(tables: StoreTables, ids: readonly string[], attributes: number): Promise<string[]> {
  const list = ids.map((id) => `'${id.replaceAll("'", "''")}'`).join(', ');
  const of = async (sql: string) => byId(await tables.all(sql.replace('IDS', list)));
  const records = await of('SELECT id, type, raw FROM "Record" WHERE id IN (IDS)');
  const texts = await of('SELECT id, name, value FROM "StringData" WHERE id IN (IDS)');
  const members = await of('SELECT subject_id, predicate, object_id FROM "Relationship" WHERE subject_id IN (IDS)');
  const strange = new Set<string>();
  for (const { name, recordKeys } of schema) {
    if (['Record', 'StringData', 'Relationship'].includes(name)) continue;
    for (const key of recordKeys)
      for (const id of (await of(`SELECT ${key} FROM "${name}" WHERE ${key} IN (IDS)`)).keys()) strange.add(id);
  }
  return ids.filter((id) => {
    const meant = meantBy(id);
    const wanted = meant && valuesOf(meant, attributes);
    return (
      !wanted ||
      strange.has(id) ||
      !isEqual(new Map(texts.get(id)?.map(([, name, value]) => [String(name), value])), wanted, texts.get(id)?.length) ||
      !isMeantText(records.get(id)?.[0], id, wanted) ||
      !isMember(members.get(id) ?? [], meant)
    );
  });
}

function byId(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const id = String(row[0]);
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  return groups;
}

function meantBy(id: string): Meant | undefined {
  const [, ensemble, e, d] = /^(.*ensemble_(\d+))(?:_dataset_(\d+))?$/s.exec(id) ?? [];
  return ensemble === undefined || e === undefined ? undefined : { ensemble, e, d };
}

/** The notebook's: own attributes, what Kosh adds, and of a member those of its ensemble. */
function valuesOf({ e, d }: Meant, attributes: number): Map<string, unknown> {
  const own = (kind: string, n: string) =>
    Array.from({ length: attributes }, (_, k): [string, unknown] => [`${kind}_att_${k}`, `${kind}_${n}_attributes_${k}`]);
  return new Map([
    ...own('ensemble', e),
    ...(d === undefined ? [] : own('dataset', d)),
    ['creator', userId(benchUser)],
    ['name', d === undefined ? 'Unnamed Ensemble' : 'Unnamed Dataset'],
  ]);
}

/** `rows`: how many there were, one of which may have hidden another. */
function isEqual(values: ReadonlyMap<string, unknown>, wanted: ReadonlyMap<string, unknown>, rows = 0): boolean {
  return rows === wanted.size && values.size === wanted.size && [...wanted].every(([name, value]) => values.get(name) === value);
}

/** The JSON text says the same as the rows. */
function isMeantText(record: Row | undefined, id: string, wanted: ReadonlyMap<string, unknown>): boolean {
  try {
    const [, type, raw] = record ?? [];
    const said = JSON.parse(String(raw)) as { id: unknown; type: unknown; data: Record<string, { value: unknown }> };
    const values = Object.entries(said.data).map(([name, { value }]): [string, unknown] => [name, value]);
    return said.id === id && said.type === type && isEqual(new Map(values), wanted, values.length);
  } catch {
    return false;
  }
}

function isMember(memberships: readonly Row[], { ensemble, d }: Meant): boolean {
  const [[, predicate, object] = [], ...others] = memberships;
  if (d === undefined) return memberships.length === 0;
  return predicate === 'is a member of ensemble' && object === ensemble && others.length === 0;
}
