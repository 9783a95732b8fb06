import { type Table, tables } from './schema.js';

/** Rows of a table whose column names a record that is not there. */
export interface DanglingRows {
  readonly table: string;
  readonly column: string;
  readonly id: string;
  readonly rows: number;
}

/** What is found when a store is checked as a whole. */
export interface StoreCheck {
  /** What the engine complains about when it checks itself; empty when all is well. */
  readonly integrity: readonly string[];
  /** Rows that refer to no record, by table, column and id; of each column the first {@link listedIds}. Empty where {@link integrity} is not. */
  readonly dangling: readonly DanglingRows[];
  /** Rows by table. Empty where {@link integrity} is not. */
  readonly rows: Readonly<Record<string, number>>;
}

/** How many ids are listed for each column. */
export const listedIds = 1000;

/** SQL as both engines take it. Answers rows as objects. */
type Query = (sql: string) => readonly Record<string, unknown>[] | Promise<readonly Record<string, unknown>[]>;

/** The part of a check that is SQL: foreign keys, which Kosh and loading may have had switched off, and the sizes of the tables. */
export async function checkTables(query: Query): Promise<Omit<StoreCheck, 'integrity'>> {
  const dangling: DanglingRows[] = [];
  const rows: Record<string, number> = {};
  for (const table of tables) {
    rows[table.name] = Number((await query(`SELECT count(*) AS n FROM "${table.name}"`))[0]?.n);
    for (const column of table.recordKeys) dangling.push(...(await danglingIn(query, table, column)));
  }
  return { dangling, rows };
}

async function danglingIn(query: Query, { name }: Table, column: string): Promise<DanglingRows[]> {
  const found = await query(
    `SELECT t.${column} AS id, count(*) AS n FROM "${name}" t LEFT JOIN "Record" r ON r.id = t.${column}
     WHERE r.id IS NULL GROUP BY t.${column} ORDER BY t.${column} LIMIT ${listedIds}`,
  );
  return found.map(({ id, n }) => ({ table: name, column, id: String(id), rows: Number(n) }));
}
