import { IngestError } from '../../errors.js';
import { onServer } from './on-server.js';

/** What a load needs (docs/mariadb.md). */
const needed = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;
const toCreate = 'CREATE';

/** Of the user, of its role and of everybody; TABLE_SCHEMA is a pattern. */
const select = `SELECT PRIVILEGE_TYPE AS name FROM information_schema.USER_PRIVILEGES WHERE ${whose()}
  UNION SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE DATABASE() LIKE TABLE_SCHEMA AND ${whose()}`;

function whose(): string {
  const account = `CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')`;
  return `(GRANTEE = ${account} OR GRANTEE = CONCAT('''', CURRENT_ROLE(), '''@''''') OR GRANTEE = '''PUBLIC''@''''')`;
}

/** Whether the user may write to the database, and create what is missing. Asked for, because trying would change it. */
export const rights = onServer('rights', async ({ session, database, schema }) => {
  const rows = await session.query(select);
  const has = new Set(rows.map(({ name }) => String(name)));
  const isThere = !(schema instanceof IngestError) && schema.kind === 'sina';
  const missing = [...needed, toCreate].filter((right) => !has.has(right));
  if (missing.length === 0) return [{ level: 'ok', found: `can read, write and create tables in ${database}` }];
  const advice = `Ask for them: GRANT ${[...needed, toCreate].join(', ')} ON ${database}.* TO the user. Rights on single tables are not seen here.`;
  const isOnlyCreate = missing.length === 1 && missing[0] === toCreate;
  return [
    { level: isOnlyCreate && isThere ? 'note' : 'problem', found: `no right to ${missing.join(', ')} in ${database}`, advice },
  ];
});
