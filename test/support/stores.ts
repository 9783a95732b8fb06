import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { quoteColumn, sqliteDdl, tables } from '../../src/stores/schema.js';
import { golden } from './documents.js';

/** Writes files below a directory; answers their paths. */
export function writeDocuments(directory: string, documents: Readonly<Record<string, string>>): string[] {
  return Object.entries(documents).map(([name, text]) => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  });
}

/** A store with the rows that the reference left, its JSON as the BLOBs that Sina writes with orjson. Answers its path. */
export function goldenStore(directory: string, rows: string): string {
  const path = join(directory, 'golden.sqlite');
  const db = new Database(path);
  // In the file a row may come before its record.
  db.pragma('foreign_keys = OFF');
  db.exec('BEGIN');
  for (const statement of sqliteDdl()) db.exec(statement);
  for (const line of readFileSync(golden(rows), 'utf8').trimEnd().split('\n')) {
    const row = JSON.parse(line) as Record<string, unknown>;
    const columns = tables.find(({ name }) => name === row.table)?.columns.map(({ name }) => name) ?? [];
    const values = columns.map((name) => {
      const value = row[name] ?? null;
      return value !== null && (name === 'raw' || name === 'tags') ? Buffer.from(JSON.stringify(value)) : value;
    });
    const list = columns.map(quoteColumn).join(', ');
    db.prepare(`INSERT INTO "${row.table}" (${list}) VALUES (${columns.map(() => '?').join(', ')})`).run(...values);
  }
  db.exec('COMMIT');
  db.close();
  return path;
}
