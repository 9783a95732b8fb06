import { IngestError } from '../../errors.js';
import { storeInfoId } from '../../records/kosh.js';
import type { TextKind } from '../../stores/mariadb-schema.js';
import type { MariadbSession } from '../../stores/mariadb-session.js';
import { onServer } from './on-server.js';

/** Whose tables the database has; that they are kept by InnoDB is part of it. */
export const tables = onServer('schema', async ({ schema, session }) => {
  if (schema instanceof IngestError) return [{ level: 'problem', found: schema.message, advice: schema.hint }];
  if (schema.kind === 'none') {
    const found = schema.ids
      ? 'some tables of a store: the first load creates the others'
      : 'no store yet: the first load creates its tables';
    return [{ level: 'ok', found }];
  }
  const found = await session.query('SELECT 1 FROM "Record" WHERE id = ?', [storeInfoId]);
  if (found.length > 0) return [{ level: 'ok', found: 'a Kosh store, kept by InnoDB' }];
  return [
    {
      level: 'note',
      found: "Sina's tables, kept by InnoDB, without Kosh's own records",
      advice: 'Nothing is to be done: the first load, or kosh.connect, writes them, as Kosh does.',
    },
  ];
});

/** Texts that are different, and that a collation may take for one. */
const pairs = [
  ['A', 'a', 'A and a'],
  ['a', 'a ', 'a and "a "'],
  ['e', 'é', 'e and é'],
] as const;

/** Whether the ids of the store tell all texts apart: asked of the server. */
export const texts = onServer('ids', async ({ schema, session, variables }) => {
  if (schema instanceof IngestError) return [];
  if (!schema.ids) {
    const found = `the database is ${variables.get('character_set_database')}; tables that are created here are utf8mb4 and tell all ids apart`;
    return [{ level: 'ok', found }];
  }
  const { charset, collation } = schema.ids;
  const same = await sameIn(schema.ids, session);
  if (same.length === 0) return [{ level: 'ok', found: `${charset}, ${collation}: all ids are told apart` }];
  return [
    {
      level: 'warning',
      found: `${charset}, ${collation}: takes ${same.join(', ')} for the same id`,
      advice:
        'A record whose id is taken for another one is refused by name. Tables that this package creates tell all apart: export the store, and load the document into an empty database.',
    },
  ];
});

async function sameIn({ charset, collation }: TextKind, session: MariadbSession): Promise<readonly string[]> {
  const text = `CONVERT(? USING ${charset}) COLLATE ${collation}`;
  const same: string[] = [];
  for (const [one, other, words] of pairs) {
    const [row] = await session.query(`SELECT ${text} = ${text} AS same`, [one, other]);
    if (row?.same === 1) same.push(words);
  }
  return same;
}
