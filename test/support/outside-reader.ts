import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import type { Metadata, Store } from '../../src/index.js';

/** Looks once at records, which must be there and agree, and answers the `n` of their {@link stateOf}. */
export type Look = (ids: readonly string[]) => number | Promise<number>;

/** Attributes that belong together: who sees one `n` sees these. */
export function stateOf(n: number): Metadata {
  return { n, one: `one of ${n}`, two: `two of ${n}`, three: `three of ${n}` };
}

/** Looks with SQL alone, as a program that knows nothing of locks would: `raw` must say what the rows say. */
export function lookAround(path: string): Look {
  const db = new Database(path, { readonly: true, timeout: 30_000 });
  const raw = db.prepare('SELECT CAST(raw AS TEXT) FROM "Record" WHERE id = ?').pluck();
  const texts = db.prepare('SELECT name, value FROM "StringData" WHERE id = ?').raw();
  const numbers = db.prepare('SELECT name, value FROM "ScalarData" WHERE id = ?').raw();
  const oneState = db.transaction((ids: readonly string[]) =>
    ids.map((id) => ({ id, raw: raw.get(id), rows: [...texts.all(id), ...numbers.all(id)] as [string, unknown][] })),
  );
  return (ids) =>
    agreed(
      oneState(ids).map((found) => {
        assert.equal(typeof found.raw, 'string', `${found.id} is missing`);
        const { data } = JSON.parse(found.raw as string) as { data: Record<string, { value: unknown }> };
        const inRaw = Object.entries(data).map(([name, { value }]) => [name, value] as const);
        const inRows = Object.fromEntries(found.rows);
        assert.deepEqual(inRows, Object.fromEntries(inRaw), `rows and raw of ${found.id} disagree`);
        return inRows;
      }),
    );
}

/** Looks with the library: at all of the store at one moment. */
export function lookThrough(store: Store): Look {
  return async (ids) => {
    const { records } = await store.export();
    const found = ids.map((id) => {
      const record = records.find((one) => one.id === id);
      assert.ok(record, `${id} is missing`);
      const data = record.data as Record<string, { value: unknown }>;
      return Object.fromEntries(Object.entries(data).map(([name, { value }]) => [name, value]));
    });
    return agreed(found);
  };
}

function agreed(found: Record<string, unknown>[]): number {
  const n = found[0]?.n as number;
  for (const attributes of found) {
    const { n: _, one, two, three } = attributes;
    assert.deepEqual({ n: attributes.n, one, two, three }, stateOf(n), 'two states at once');
  }
  return n;
}
