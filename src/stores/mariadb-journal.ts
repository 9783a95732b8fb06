import { createHash } from 'node:crypto';
import { type Journal, type JournalLine, journalTable, loadIdLength, type PlaceLine, PlaceTaken } from './journal.js';
import type { Answer } from './mariadb-client.js';
import { duplicateEntry, noSuchTable, numberOf } from './mariadb-errors.js';

/** What a transaction sends to the server. */
export interface Sender {
  query(sql: string, values?: readonly unknown[]): Promise<Answer>;
  batch(sql: string, rows: readonly (readonly unknown[])[]): Promise<unknown>;
}

/** Keys in one statement. */
const keysAStatement = 500;
/** Characters of lines in one statement. */
const statementCharacters = 2 ** 20;
const columns = 'load_id AS "load", place, text';

/** A place can be longer than a key: its digest is the key, and empty for the load's own line. */
export const mariadbJournalDdl = `CREATE TABLE IF NOT EXISTS "${journalTable}" (
  load_id CHAR(${loadIdLength}) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place_key CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  PRIMARY KEY (load_id, place_key)
) ENGINE=InnoDB`;

/** The journal of a store in MariaDB, in one transaction. */
export class MariadbJournal implements Journal {
  readonly #sender: Sender;
  /** Keeps named lines until the transaction ends. */
  readonly #lock: string;

  constructor(sender: Sender, { writes }: { readonly writes: boolean }) {
    this.#sender = sender;
    this.#lock = writes ? ' LOCK IN SHARE MODE' : '';
  }

  lines(load: string): Promise<JournalLine[]> {
    return this.#select('load_id = ?', [load]);
  }

  async find(load: string, places: readonly string[]): Promise<JournalLine[]> {
    const found: JournalLine[] = [];
    for (const keys of inBlocks(places.map(keyOf))) {
      found.push(
        ...(await this.#select(`load_id = ? AND place_key IN ${marks(keys)} ORDER BY place_key${this.#lock}`, [load, ...keys])),
      );
    }
    return found;
  }

  async ownLines(loads?: readonly string[]): Promise<JournalLine[]> {
    if (!loads) return this.#select("place_key = '' ORDER BY load_id", []);
    const found: JournalLine[] = [];
    for (const some of inBlocks(loads)) {
      found.push(...(await this.#select(`load_id IN ${marks(some)} AND place_key = '' ORDER BY load_id${this.#lock}`, some)));
    }
    return found;
  }

  async write(load: string, lines: readonly PlaceLine[]): Promise<void> {
    const sql = `INSERT INTO "${journalTable}" (load_id, place_key, place, text) VALUES (?, ?, ?, ?)`;
    try {
      for (const rows of blocksOf(load, lines)) await this.#sender.batch(sql, rows);
    } catch (error) {
      if (numberOf(error) !== duplicateEntry) throw error;
      const places = lines.map(({ place }) => place);
      throw new PlaceTaken(await this.find(load, places));
    }
  }

  async rewrite({ load, place, text }: JournalLine): Promise<void> {
    const sql = `UPDATE "${journalTable}" SET text = ? WHERE load_id = ? AND place_key = ?`;
    await this.#sender.query(sql, [text, load, keyOf(place)]);
  }

  async erase(loads: readonly string[]): Promise<void> {
    for (const some of inBlocks(loads)) await this.#delete(` WHERE load_id IN ${marks(some)}`, some);
  }

  eraseAll(): Promise<void> {
    return this.#delete('', []);
  }

  async #delete(where: string, values: readonly unknown[]): Promise<void> {
    await this.#orNone(() => this.#sender.query(`DELETE FROM "${journalTable}"${where}`, values));
  }

  async #select(where: string, values: readonly unknown[]): Promise<JournalLine[]> {
    const rows = await this.#orNone(() => this.#sender.query(`SELECT ${columns} FROM "${journalTable}" WHERE ${where}`, values));
    return [...(rows ?? [])] as unknown as JournalLine[];
  }

  async #orNone(send: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await send();
    } catch (error) {
      if (numberOf(error) !== noSuchTable) throw error;
      return undefined;
    }
  }
}

function keyOf(place: string): string {
  return place && createHash('sha256').update(place).digest('hex');
}

function marks(values: readonly unknown[]): string {
  return `(${values.map(() => '?').join(', ')})`;
}

/** In order, so that two transactions lock the same lines in the same order. */
function* inBlocks(keys: readonly string[]): Generator<string[]> {
  const sorted = [...keys].sort();
  for (let from = 0; from < sorted.length; from += keysAStatement) yield sorted.slice(from, from + keysAStatement);
}

function* blocksOf(load: string, lines: readonly PlaceLine[]): Generator<string[][]> {
  let rows: string[][] = [];
  let characters = 0;
  for (const { place, text } of lines) {
    if (rows.length > 0 && characters + text.length > statementCharacters) {
      yield rows;
      rows = [];
      characters = 0;
    }
    rows.push([load, keyOf(place), place, text]);
    characters += place.length + text.length;
  }
  if (rows.length > 0) yield rows;
}
