import { type Journal, type JournalLine, journalTable, type PlaceLine, PlaceTaken } from './journal.js';
import type { SqliteStatement } from './sqlite-database.js';
import { isKeyConflict } from './sqlite-errors.js';

/** Rows a statement. */
const rowsAStatement = 48;
const columns = 'load_id AS load, place, text';
const within = 'IN (SELECT value FROM json_each(?))';

/** By key alone, so that a line is one entry of one tree. */
export const sqliteJournalDdl = `CREATE TABLE IF NOT EXISTS main.${journalTable} (
  load_id TEXT NOT NULL,
  place TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (load_id, place)
) WITHOUT ROWID`;

/** The journal of a store in SQLite. `prepare` gives a statement of the transaction that runs. */
export class SqliteJournal implements Journal {
  readonly #prepare: (sql: string) => SqliteStatement;

  constructor(prepare: (sql: string) => SqliteStatement) {
    this.#prepare = prepare;
  }

  lines(load: string): JournalLine[] {
    return this.#select('load_id = ?', load);
  }

  find(load: string, places: readonly string[]): JournalLine[] {
    return this.#select(`load_id = ? AND place ${within}`, load, JSON.stringify(places));
  }

  ownLines(loads?: readonly string[]): JournalLine[] {
    if (!loads) return this.#select("place = '' ORDER BY load_id");
    return this.#select(`place = '' AND load_id ${within} ORDER BY load_id`, JSON.stringify(loads));
  }

  write(load: string, lines: readonly PlaceLine[]): void {
    for (let from = 0; from < lines.length; from += rowsAStatement) {
      const some = lines.slice(from, from + rowsAStatement);
      // Bound once a statement, not once a row.
      const rows = new Array(some.length).fill('(@load,?,?)').join(',');
      const values = some.flatMap(({ place, text }) => [place, text]);
      try {
        this.#prepare(`INSERT INTO main.${journalTable} VALUES ${rows}`).run(values, { load });
      } catch (error) {
        if (!isKeyConflict(error)) throw error;
        // Of this statement nothing stays, and of those before it none was there.
        const places = lines.slice(from).map(({ place }) => place);
        throw new PlaceTaken(this.find(load, places));
      }
    }
  }

  rewrite({ load, place, text }: JournalLine): void {
    this.#prepare(`UPDATE main.${journalTable} SET text = ? WHERE load_id = ? AND place = ?`).run(text, load, place);
  }

  erase(loads: readonly string[]): void {
    if (!this.#isThere()) return;
    const list = JSON.stringify(loads);
    const other = this.#prepare(`SELECT 1 FROM main.${journalTable} WHERE load_id NOT ${within} LIMIT 1`).get(list);
    if (other === undefined) this.eraseAll();
    else this.#prepare(`DELETE FROM main.${journalTable} WHERE load_id ${within}`).run(list);
  }

  eraseAll(): void {
    this.#prepare(`DROP TABLE IF EXISTS main.${journalTable}`).run();
  }

  #select(where: string, ...values: unknown[]): JournalLine[] {
    if (!this.#isThere()) return [];
    return this.#prepare(`SELECT ${columns} FROM main.${journalTable} WHERE ${where}`).all(...values) as JournalLine[];
  }

  #isThere(): boolean {
    const sql = "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?";
    return this.#prepare(sql).get(journalTable) !== undefined;
  }
}
