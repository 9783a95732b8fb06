import { unkeptBy } from './column-rules.js';
import type { Answer } from './mariadb-client.js';
import type { TextKind } from './mariadb-schema.js';

/** Texts in one statement. */
const textsAStatement = 500;

type Query = (sql: string, values: readonly unknown[]) => Promise<Answer>;

/**
 * Ids that a collation takes for another one: of the store, or earlier in the list. The server is asked how it weighs them, since every collation has its own
 * idea of which texts are equal.
 */
export async function findLookalikes(
  ids: readonly string[],
  { charset, collation }: TextKind,
  query: Query,
): Promise<ReadonlyMap<string, string>> {
  // Blanks at the end count for nothing where a collation pads. The binary ones weigh nothing else away.
  const weight = (text: string) => `HEX(WEIGHT_STRING(${/nopad/i.test(collation) ? text : `TRIM(TRAILING ' ' FROM ${text})`}))`;
  const given = weight(`CONVERT(? USING ${charset}) COLLATE ${collation}`);
  const seen = new Map<string, string>();
  const found = new Map<string, string>();
  // What its column cannot hold is like none of them, and to compare it is an error.
  const unkept = unkeptBy(charset);
  const held = ids.filter((id) => !unkept.test(id));
  for (let from = 0; from < held.length; from += textsAStatement) {
    const some = held.slice(from, from + textsAStatement);
    const stored = await query(
      `SELECT id, ${weight('id')} AS weight FROM "Record" WHERE id IN (${some.map(() => '?').join(', ')})`,
      some,
    );
    for (const row of stored) if (!seen.has(row.weight as string)) seen.set(row.weight as string, row.id as string);
    // By number: the rows of a union have no order of their own.
    const weights = await query(some.map((_, n) => `SELECT ${n} AS n, ${given} AS weight`).join(' UNION ALL '), some);
    const byNumber = [...weights].sort((a, b) => (a.n as number) - (b.n as number));
    for (const [n, id] of some.entries()) {
      const key = byNumber[n]?.weight as string;
      const other = seen.get(key);
      if (other === undefined) seen.set(key, id);
      else if (other !== id) found.set(id, other);
    }
  }
  return found;
}
