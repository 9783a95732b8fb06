import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { createConnection } from 'mariadb';
import { findProgram, freePort } from '../bench/support/mariadb-home.js';
import { faultsMissing, type MariadbServer, startServer } from '../bench/support/mariadb-server.js';
import { describeFailure } from '../src/cli/failure.js';
import { codeOf } from '../src/errors.js';
import { connect, type ErrorCode, exists, type IngestError, lockStrategies } from '../src/index.js';
import type { LoadSummary } from '../src/ingest/summary.js';
import type { Reject } from '../src/sources/source.js';
import { marksTable } from '../src/stores/mariadb-schema.js';
import { runCli } from './support/cli.js';
import { all, refused } from './support/kosh.js';
import { dumpMariadb } from './support/mariadb-store.js';
import { tempDirectory } from './support/temp.js';

const timeout = 120_000;
/** In every password: what is shown may be written with escapes. */
const mark = 'S3CRET';
const secret = `${mark}-"\\ö#`;
const rights = 'SELECT, INSERT, UPDATE, DELETE, CREATE';
/** Whatever the user asks for is loaded in few and small batches. */
const small = ['--ensembles', '2', '--datasets', '3', '--attributes', '2', '--workers', '2', '--json'];
const twice = ['--lock-strategy', 'OnlyRetry', '--num-tries', '2', '--patience', '0.1'];

/** What goes wrong, as a user is told. */
interface Failure {
  readonly code: ErrorCode;
  /** Of the command, without a strategy that tries again. */
  readonly exit: number;
  /** What is wrong, and where. */
  readonly says: RegExp;
  /** What to do. */
  readonly hint: RegExp;
}

/** Passwords are in files here: whatever shows one has read it. */
const directory = mkdtempSync(join(tmpdir(), 'kosh-ingest-errors-'));
after(() => rmSync(directory, { recursive: true }));

function optionFile(name: string, settings: Record<string, string | number>): string {
  const path = join(directory, `${name}.cnf`);
  const quoted = (value: string | number) => `"${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${typeof value === 'number' ? value : quoted(value)}`);
  writeFileSync(path, `[client]\n${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}

const withPassword = `read_default_file=${optionFile('right', { password: secret })}`;

/** A user's URL for a database, with the option file that holds the password. */
function urlOf(user: string, { port }: { readonly port: number }, database: string, more = ''): string {
  return `mariadb://${user}@127.0.0.1:${port}/${database}?${withPassword}${more}`;
}

/** SQL that creates a user with the password and these rights. */
function userSql(name: string, database: string, granted: string): string {
  const literal = secret.replaceAll('\\', '\\\\');
  return `CREATE OR REPLACE USER '${name}'@'%' IDENTIFIED BY '${literal}'; GRANT ${granted} ON \`${database}\`.* TO '${name}'@'%';`;
}

function load(url: string, cwd: string, more: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  return runCli(['load', '--store', url, ...small, ...more], { cwd, env });
}

/**
 * Neither `connect` nor the command takes this store, both say so in the same words, in one line with a hint, and nobody shows the password. Answers the error.
 */
async function refusedByAll(t: TestContext, url: string, { code, exit, says, hint }: Failure): Promise<IngestError> {
  const error = await refused(code, async () => (await connect(url, { username: 'default' })).close());
  assert.match(error.message, says);
  assert.match(error.hint ?? '', hint);
  assert.ok(!inspect(error, { depth: Infinity, showHidden: true }).includes(mark));
  const cwd = tempDirectory(t);
  const words = describeFailure(error, {}).text;
  assert.match(words, /^kosh-ingest: .*\n {2}hint: .*\n$/);
  const alike = (text: string) => text.replace(/\b\d+ms/g, 'some ms');
  // Behind the two lines comes the stack, which shows all that the errors of the connector hold.
  const result = await load(url, cwd, ['--lock-strategy', 'None'], { KOSH_INGEST_DEBUG: '1' });
  assert.equal(result.code, exit, result.stderr);
  assert.ok(alike(result.stderr).startsWith(`${alike(words)}IngestError: `), result.stderr);
  assert.ok(!result.stderr.includes(mark), result.stderr);
  assert.equal(result.stdout, '');
  assert.deepEqual(readdirSync(cwd), []);
  return error;
}

/** All that is in a database: its tables with a checksum of their rows. */
async function contentsOf(server: MariadbServer, database: string): Promise<string> {
  const names = await server.sql(
    // A load that fails leaves in the journal that it was begun.
    `SELECT table_name FROM information_schema.tables WHERE table_schema = '${database}' AND table_name <> 'kosh_ingest_journal' ORDER BY 1`,
  );
  if (names === '') return '';
  const checksums = await server.sql(`CHECKSUM TABLE \`${names.replaceAll('\n', '`, `')}\``, database);
  return checksums.replaceAll(`${database}.`, '');
}

async function listening(server: Server): Promise<number> {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return (server.address() as AddressInfo).port;
}

describe('failures of a store in MariaDB', { skip: faultsMissing() ?? false, timeout: 600_000 }, () => {
  let server: MariadbServer;
  /** Has a store. */
  let database: string;
  let url: string;
  before(async () => {
    server = await startServer();
    database = await server.freshDatabase();
    url = urlOf('writer', server, database);
    await server.sql(userSql('writer', database, rights));
    const { code, stderr } = await load(url, directory);
    assert.equal(code, 0, stderr);
  });
  after(() => server.remove());

  describe('no way in', () => {
    const noEntry = { code: 'ERR_STORE_OPEN', exit: 1 } as const;
    const away = { code: 'ERR_STORE_UNAVAILABLE', exit: 1, hint: /server runs, and that host and port/ } as const;
    const user = (name: string) => async () => urlOf(name, server, database);
    const elsewhere = (host: string, port: number | '') => `mariadb://writer@${host}:${port}/k?${withPassword}&connect_timeout=1`;
    const answering = (answer: Server) => async (t: TestContext) => {
      const port = await listening(answer);
      t.after(() => answer.close());
      return elsewhere('127.0.0.1', port);
    };
    const cases: [string, (t: TestContext) => Promise<string>, Failure][] = [
      [
        'a wrong password',
        async () =>
          urlOf('writer', server, database).replace(
            withPassword,
            `read_default_file=${optionFile('wrong', { password: `${secret}!` })}`,
          ),
        {
          ...noEntry,
          says: /^the store mariadb:\/\/writer@127\.0\.0\.1:\d+\/kosh_\w+ cannot be opened \(.*Access denied for user 'writer'/,
          hint: /user in the URL, the password in the option file .* KOSH_INGEST_PASSWORD/,
        },
      ],
      [
        'no password',
        async () => `mariadb://writer@127.0.0.1:${server.port}/${database}`,
        { ...noEntry, says: /using password: NO/, hint: /KOSH_INGEST_PASSWORD/ },
      ],
      ['an unknown user', user('nobody'), { ...noEntry, says: /Access denied for user 'nobody'/, hint: /Check the user/ }],
      [
        'a user without rights on the database',
        async () => {
          await server.sql(userSql('stranger', 'elsewhere', 'SELECT'));
          return urlOf('stranger', server, database);
        },
        {
          ...noEntry,
          says: /Access denied for user 'stranger'@'%' to database 'kosh_/,
          hint: /name of the database, or ask for the rights: GRANT SELECT/,
        },
      ],
      [
        'a database that does not exist',
        async () => {
          await server.sql("CREATE OR REPLACE USER 'boss'@'%' IDENTIFIED BY ''; GRANT ALL ON *.* TO 'boss'@'%'");
          return `mariadb://boss@127.0.0.1:${server.port}/nowhere`;
        },
        {
          ...noEntry,
          says: /mariadb:\/\/boss@.*\/nowhere cannot be opened .*Unknown database 'nowhere'/,
          hint: /CREATE DATABASE/,
        },
      ],
      [
        'a user whose password has expired',
        async () => {
          await server.sql(`${userSql('late', database, rights)} ALTER USER late@'%' PASSWORD EXPIRE`);
          return urlOf('late', server, database);
        },
        { ...noEntry, says: /MUST_CHANGE_PASSWORD/, hint: /SET PASSWORD/ },
      ],
      [
        'a locked account',
        async () => {
          await server.sql(`${userSql('locked', database, rights)} ALTER USER locked@'%' ACCOUNT LOCK`);
          return urlOf('locked', server, database);
        },
        { ...noEntry, says: /account is locked/, hint: /locked: ask the administrator/ },
      ],
      [
        'a user of another host',
        async () => {
          await server.sql("CREATE OR REPLACE USER 'far'@'192.0.2.1'");
          return urlOf('far', server, database);
        },
        { ...noEntry, says: /Access denied for user 'far'/, hint: /Check the user/ },
      ],
      [
        'a port on which nothing listens',
        async () => elsewhere('127.0.0.1', await freePort()),
        { ...away, says: /^the store mariadb:\/\/writer@127\.0\.0\.1:\d+\/k cannot be reached \(.*ECONNREFUSED/ },
      ],
      [
        'a web server',
        answering(createWebServer((_, response) => response.end('hello'))),
        { ...away, says: /cannot be reached \(.*timeout/i },
      ],
      [
        'a server that never says anything',
        answering(createServer((socket) => socket.on('error', () => {}))),
        { ...away, says: /cannot be reached \(.*timeout/i },
      ],
      [
        'a server of SSH',
        answering(createServer((socket) => socket.on('error', () => {}).write('SSH-2.0-OpenSSH_9.2p1\r\n'))),
        { ...away, says: /cannot be reached \(.*UNEXPECTED_PACKET/ },
      ],
      [
        'a server that hangs up',
        answering(createServer((socket) => socket.on('error', () => {}).end())),
        { ...away, says: /cannot be reached \(.*closed/ },
      ],
      [
        'a socket that is not there',
        async () => `mariadb://writer@localhost/k?unix_socket=${directory}/no.sock`,
        { ...away, says: /^the store mariadb:\/\/writer@unix\(.*\/no\.sock\)\/k cannot be reached \(.*ENOENT/ },
      ],
      [
        'an option file alone that says where, with a wrong password',
        async () => {
          const file = optionFile('alone', { user: 'writer', password: 'no', host: '127.0.0.1', port: server.port, database });
          return `mariadb://?read_default_file=${file}`;
        },
        {
          ...noEntry,
          says: /^the store mariadb:\/\/\/\?read_default_file=\/.*\/alone\.cnf cannot be opened/,
          hint: /Check the user/,
        },
      ],
      [
        'an option file that is not there',
        async () => `mariadb://?read_default_file=${directory}/none.cnf`,
        { ...noEntry, says: /option file \/.*\/none\.cnf cannot be read/, hint: /check the path/ },
      ],
    ];
    for (const [name, prepare, failure] of cases) {
      test(name, { timeout }, async (t) => {
        const contents = await contentsOf(server, database);
        await refusedByAll(t, await prepare(t), failure);
        assert.equal(await contentsOf(server, database), contents);
      });
    }

    test('a host that does not exist', { timeout }, async (t) => {
      const host = 'no-such-host.invalid';
      const code = await lookup(host).then(String, codeOf);
      // Without a network, the resolver does not know.
      const failure = code === 'EAI_AGAIN' ? away : { ...noEntry, hint: /^No such host: check its name in the URL\.$/ };
      const says = new RegExp(`^the store mariadb://writer@no-such-host\\.invalid:3306/k cannot be .*${code} ${host}`);
      await refusedByAll(t, elsewhere(host, 3306), { ...failure, says });
    });

    test('a user who is known by the socket alone', { timeout }, async (t) => {
      const made = await server.sql("CREATE OR REPLACE USER 'by_socket'@'%' IDENTIFIED VIA unix_socket").then(
        () => true,
        () => false,
      );
      if (!made) return t.skip('the server has no unix_socket authentication');
      await refusedByAll(t, urlOf('by_socket', server, database), {
        ...noEntry,
        says: /Access denied for user 'by_socket'/,
        hint: /over its socket .*with a password/,
      });
    });

    test('OnlyRetry asks again for what can come back, and ends with exit code 5', { timeout }, async (t) => {
      const cwd = tempDirectory(t);
      const gone = elsewhere('127.0.0.1', await freePort());
      const { code, stdout, stderr } = await load(gone, cwd, twice);
      assert.equal(code, 5, stderr);
      assert.match(
        stderr,
        /^kosh-ingest: gave up after 2 tries in .*mariadb:\/\/writer@127\.0\.0\.1:\d+\/k cannot be reached.*\n {2}hint: .*\n$/,
      );
      assert.equal(stdout, '');
      const denied = await load(urlOf('nobody', server, database), cwd, twice);
      assert.equal(denied.code, 1);
      assert.match(denied.stderr, /^kosh-ingest: the store .* cannot be opened/);
      assert.deepEqual(readdirSync(cwd), []);
    });
  });

  describe('rights', () => {
    test('the rights of the hint are enough, in an empty database, for all that there is', { timeout }, async (t) => {
      const empty = await server.freshDatabase();
      await server.sql(userSql('asking', empty, 'SELECT, INSERT, UPDATE, DELETE'));
      const asking = urlOf('asking', server, empty);
      const { hint } = await refusedByAll(t, asking, {
        code: 'ERR_STORE_READ_ONLY',
        exit: 1,
        says: /^the store mariadb:\/\/asking@.* needs more rights than this user has \(.*CREATE command denied to user 'asking'/,
        hint: /GRANT SELECT, .*CREATE/,
      });
      assert.equal(await contentsOf(server, empty), '');

      const [, granted = ''] = /GRANT ([A-Z, ]+) ON database\.\* TO user/.exec(hint ?? '') ?? [];
      await server.sql(userSql('granted', empty, granted));
      const url = urlOf('granted', server, empty);
      const cwd = tempDirectory(t);
      const { code, stderr } = await load(url, cwd);
      assert.equal(code, 0, stderr);
      const store = await connect(url, { deleteAllContents: true });
      const ensemble = await store.createEnsemble({ id: 'e', metadata: { a: 1 } });
      await ensemble.create({ id: 'd' });
      await ensemble.attributes.set('b', [1, 2]);
      await store.delete('d');
      assert.deepEqual(await all(store.find({ idsOnly: true })), []);
      await store.close();
    });

    test('without CREATE: a store that lacks only our own table says what to ask for; with it, all works', {
      timeout,
    }, async (t) => {
      const own = await server.freshDatabase();
      await server.sql(userSql('owner', own, rights) + userSql('guest', own, 'SELECT, INSERT, UPDATE, DELETE'));
      const cwd = tempDirectory(t);
      assert.equal((await load(urlOf('owner', server, own), cwd)).code, 0);
      await server.sql(`DROP TABLE ${marksTable}`, own);
      const contents = await contentsOf(server, own);
      const guest = await load(urlOf('guest', server, own), cwd, ['--prefix', 'g_']);
      assert.equal(guest.code, 1, guest.stderr);
      assert.match(
        guest.stderr,
        /^kosh-ingest: the store .* needs more rights .*CREATE command denied to user 'guest'.*kosh_ingest_commits.*\n {2}hint: .*CREATE is for tables that are missing; kosh_ingest_commits is one of ours \(docs\/mariadb\.md\)\.\n$/,
      );
      assert.equal(await contentsOf(server, own), contents);

      assert.equal((await load(urlOf('owner', server, own), cwd, ['--prefix', 'o_'])).code, 0);
      const again = await load(urlOf('guest', server, own), cwd, ['--prefix', 'g_']);
      assert.equal(again.code, 0, again.stderr);
    });

    test('with SELECT alone a load is refused, and a reader reads', { timeout }, async (t) => {
      await server.sql(userSql('reader', database, 'SELECT'));
      const reading = urlOf('reader', server, database);
      const contents = await contentsOf(server, database);
      const cwd = tempDirectory(t);
      for (const strategy of ['None', 'OnlyRetry', 'RFileLock']) {
        const { code, stdout, stderr } = await load(reading, cwd, ['--prefix', 'r_', '--lock-strategy', strategy]);
        assert.equal(code, 1, stderr);
        assert.match(
          stderr,
          /^kosh-ingest: the store .* needs more rights than this user has \(.*INSERT command denied.*\n {2}hint: .*GRANT.*\n$/,
        );
        assert.equal(stdout, '');
      }
      assert.deepEqual(readdirSync(cwd), []);
      const store = await connect(reading, { readOnly: true });
      t.after(() => store.close());
      assert.equal((await all(store.find({ data: { creator: exists() }, idsOnly: true }))).length, 6);
      assert.equal((await all(store.findEnsembles())).length, 2);
      await refused('ERR_STORE_READ_ONLY', () => store.create());
      assert.equal(await contentsOf(server, database), contents);
    });

    test('a reader of an empty database is told that there is no store', { timeout }, async () => {
      const empty = await server.freshDatabase();
      await server.sql(userSql('reader2', empty, 'SELECT'));
      const error = await refused('ERR_STORE_SCHEMA', () => connect(urlOf('reader2', server, empty), { readOnly: true }));
      assert.match(error.message, /mariadb:\/\/reader2@.* holds no store/);
      assert.equal(await contentsOf(server, empty), '');
    });
  });

  test('a server that is read-only: None fails at once, OnlyRetry after its tries, a reader reads', { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const contents = await contentsOf(server, database);
    await server.sql('SET GLOBAL read_only = 1');
    try {
      const none = await load(url, cwd, ['--prefix', 'x_', '--lock-strategy', 'None']);
      assert.equal(none.code, 1, none.stderr);
      assert.match(
        none.stderr,
        /^kosh-ingest: the store .* is on a server that is read-only \(.*\n {2}hint: Name the server that takes writes.*\n$/,
      );
      const retried = await load(url, cwd, ['--prefix', 'x_', ...twice]);
      assert.equal(retried.code, 5, retried.stderr);
      assert.match(
        retried.stderr,
        /^kosh-ingest: gave up after 2 tries .* read-only .*\n {2}hint: Name the server that takes writes.*\n$/,
      );
      assert.equal(none.stdout + retried.stdout, '');
      const store = await connect(url, { readOnly: true });
      assert.equal((await all(store.findEnsembles())).length, 2);
      await store.close();
    } finally {
      await server.sql('SET GLOBAL read_only = 0');
    }
    assert.deepEqual(readdirSync(cwd), []);
    assert.equal(await contentsOf(server, database), contents);
    assert.equal((await load(url, cwd, ['--prefix', 'x_', ...twice])).code, 0);
  });

  test('a statement that the server ends: its session is gone, and OnlyRetry runs the transaction again', {
    timeout,
  }, async (t) => {
    const strategy = new lockStrategies.OnlyRetry({ numTries: 3, patience: 0.1 });
    const store = await connect(url, { lockStrategy: strategy });
    t.after(() => store.close());
    const { id } = await store.create({ metadata: { n: 1 } });
    const other = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root', database });
    t.after(() => other.end());
    await other.query('BEGIN');
    await other.query('SELECT id FROM Record WHERE id = ? FOR UPDATE', [id]);
    const updated = store.update(id, ({ n }) => ({ n: (n as number) + 1 }));
    const waits = `SELECT id FROM information_schema.processlist WHERE user = 'writer' AND info LIKE '%FOR UPDATE%'`;
    let waiting = '';
    while (waiting === '') waiting = await server.sql(waits);
    await server.sql(`KILL QUERY ${waiting}`);
    while ((await server.sql(`SELECT COUNT(*) FROM information_schema.processlist WHERE id = ${waiting}`)) !== '0');
    await other.query('ROLLBACK');
    await updated;
    assert.equal(await (await store.open(id)).attributes.get('n'), 2);
  });

  describe('tables that are not those of a store', () => {
    const definitions: [string, string, RegExp, RegExp][] = [
      [
        'a column is missing',
        'ALTER TABLE StringData DROP COLUMN units',
        /the table StringData has no column units/,
        /another database/,
      ],
      [
        'a text is a number',
        'DELETE FROM StringData; ALTER TABLE StringData MODIFY value DOUBLE',
        /StringData has a column value of the type double, not text/,
        /another/,
      ],
      [
        'a number is a text',
        'ALTER TABLE ScalarData MODIFY value VARCHAR(40)',
        /column value of the type varchar, not double/,
        /another/,
      ],
      [
        'a number is short',
        'ALTER TABLE ScalarData MODIFY value FLOAT',
        /column value of the type float, not double/,
        /another database/,
      ],
      [
        'a number is whole',
        'ALTER TABLE ListScalarData MODIFY max INT',
        /ListScalarData has a column max of the type int, not/,
        /another/,
      ],
      [
        'an engine without transactions',
        'DROP TABLE CurveSetMeta; CREATE TABLE CurveSetMeta (name VARCHAR(99), id VARCHAR(99), tags TEXT, PRIMARY KEY (name, id)) ENGINE=MyISAM',
        /the table CurveSetMeta is kept by MyISAM, without transactions/,
        /change it: ALTER TABLE CurveSetMeta ENGINE=InnoDB/,
      ],
      [
        'no primary key',
        'DROP TABLE ScalarData; CREATE TABLE ScalarData (id VARCHAR(255), name VARCHAR(255), value DOUBLE, tags TEXT, units VARCHAR(255))',
        /the table ScalarData does not have the primary key \(id, name\)/,
        /rename that table/,
      ],
      [
        'a wider primary key',
        'ALTER TABLE ScalarData DROP PRIMARY KEY, ADD PRIMARY KEY (id, name, value)',
        /does not have the primary key \(id, name\)/,
        /another database/,
      ],
      [
        'a view',
        "DROP TABLE CurveSetMeta; CREATE VIEW CurveSetMeta AS SELECT 'a' AS name, 'b' AS id, 'c' AS tags",
        /the table CurveSetMeta is a view/,
        /another database/,
      ],
      [
        'a table of our own name',
        `DROP TABLE ${marksTable}; CREATE TABLE ${marksTable} (n INT)`,
        /the table kosh_ingest_commits has no column token/,
        /rename that table/,
      ],
      [
        'our own table, without transactions',
        `ALTER TABLE ${marksTable} ENGINE=Aria`,
        /kosh_ingest_commits is kept by Aria, without transactions/,
        /ALTER TABLE kosh_ingest_commits ENGINE=InnoDB/,
      ],
    ];
    for (const [name, sql, says, hint] of definitions) {
      test(name, { timeout }, async (t) => {
        const other = await server.freshDatabase();
        await server.sql(userSql('changed', other, rights));
        const changed = urlOf('changed', server, other);
        await (await connect(changed, { username: 'default' })).close();
        await server.sql(`SET foreign_key_checks = 0; ${sql}`, other);
        const contents = await contentsOf(server, other);
        await refusedByAll(t, changed, { code: 'ERR_STORE_SCHEMA', exit: 1, says, hint });
        assert.equal(await contentsOf(server, other), contents);
      });
    }

    test('a column more that has no default', { timeout }, async (t) => {
      const other = await server.freshDatabase();
      await server.sql(userSql('changed', other, rights));
      const changed = urlOf('changed', server, other);
      await (await connect(changed, { username: 'default' })).close();
      await server.sql('ALTER TABLE StringData ADD COLUMN more INT NOT NULL', other);
      const contents = await contentsOf(server, other);
      const cwd = tempDirectory(t);
      const { code, stdout, stderr } = await load(changed, cwd);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^kosh-ingest: the store .* has other tables than a Kosh store \(.*'more'.*\n {2}hint: .*\n$/);
      assert.equal(stdout, '');
      assert.equal(await contentsOf(server, other), contents);
    });

    test('a row that the server refuses in the middle of a batch: nothing of the batch is left', { timeout }, async (t) => {
      const other = await server.freshDatabase();
      await server.sql(userSql('changed', other, rights));
      const changed = urlOf('changed', server, other);
      await (await connect(changed, { username: 'default' })).close();
      await server.sql("ALTER TABLE StringData ADD CONSTRAINT not_this CHECK (id <> 'ensemble_0_dataset_25')", other);
      const args = [
        'load',
        '--store',
        changed,
        '--ensembles',
        '1',
        '--datasets',
        '100',
        '--attributes',
        '2',
        '--batch-size',
        '20',
      ];
      for (const [n, strategy] of ['OnlyRetry', 'None', 'RFileLock'].entries()) {
        const cwd = tempDirectory(t);
        const { code, stderr } = await runCli([...args, '--workers', '2', '--lock-strategy', strategy], { cwd });
        assert.equal(code, 1, stderr);
        assert.match(
          stderr,
          /^kosh-ingest: the store .* refused a statement \(.*not_this.*\)\n {2}hint: .* has been rolled back\.\n$/m,
        );
        const ids = (table: string, id = 'id') =>
          server.sql(`SELECT DISTINCT ${id} FROM ${table} WHERE ${id} LIKE '%dataset%' ORDER BY 1`, other);
        const records = await ids('Record');
        assert.ok(!records.split('\n').some((id) => Math.floor(Number(id.split('_').at(-1)) / 20) === 1), records);
        assert.deepEqual([await ids('StringData'), await ids('Relationship', 'subject_id')], [records, records], `load ${n}`);
      }
    });

    test('some of the tables: the others are created, as Sina does', { timeout }, async (t) => {
      const some = await server.freshDatabase();
      await server.sql(userSql('changed', some, rights));
      const cwd = tempDirectory(t);
      assert.equal((await load(urlOf('changed', server, some), cwd)).code, 0);
      const whole = await dumpMariadb(urlOf('root', server, some));
      await server.sql('SET foreign_key_checks = 0; DROP TABLE CurveSetMeta, Document; CREATE TABLE invoices (id INT)', some);
      const { code, stderr } = await load(urlOf('changed', server, some), cwd, ['--prefix', 'more_']);
      assert.equal(code, 0, stderr);
      const dump = await dumpMariadb(urlOf('root', server, some));
      assert.deepEqual(
        dump.filter((line) => !line.includes('more_')),
        whole,
      );
    });

    test('a server that takes no notice of the case of their names', { timeout }, async (t) => {
      const caseless = await startServer({ args: ['--lower-case-table-names=1'] });
      t.after(() => caseless.remove());
      const store = caseless.url(await caseless.freshDatabase());
      const cwd = tempDirectory(t);
      for (const prefix of ['a_', 'b_']) {
        const { code, stderr } = await load(store, cwd, ['--prefix', prefix]);
        assert.equal(code, 0, stderr);
      }
      assert.equal((await dumpMariadb(store)).filter((line) => line.includes('"table":"Record"')).length, 3 + 2 * 8);
    });
  });

  describe('a server that is another than it should be', () => {
    for (const version of ['10.5.9-MariaDB', '8.0.36']) {
      test(version, { timeout }, async (t) => {
        const old = await startServer({ args: [`--version=${version}`] });
        t.after(() => old.remove());
        const empty = await old.freshDatabase();
        await refusedByAll(t, `mariadb://root@127.0.0.1:${old.port}/${empty}`, {
          code: 'ERR_STORE_OPEN',
          exit: 1,
          says: new RegExp(`${version}.* needs MariaDB 10\\.6`),
          hint: /MariaDB server/,
        });
        assert.equal(await contentsOf(old, empty), '');
      });
    }
  });

  describe('what a server takes', () => {
    let narrow: MariadbServer;
    let name: string;
    before(async () => {
      narrow = await startServer({ args: ['--max-allowed-packet=1M', '--max-connections=40'] });
      name = await narrow.freshDatabase();
      await narrow.sql(userSql('writer', name, rights));
    });
    after(() => narrow.remove());

    test('a record that is larger than max_allowed_packet is refused by name, and the others are loaded', {
      timeout,
    }, async (t) => {
      const cwd = tempDirectory(t);
      const record = (id: string, bytes: number) => ({ id, type: 't', data: { n: { value: 1 } }, pad: 'x'.repeat(bytes) });
      const documents = {
        small: [record('a', 10)],
        large: [record('in large', 10), record('b', 3_000_000)],
        many: Array.from({ length: 30 }, (_, n) => record(`c${n}`, 100_000)),
        // So large that it is read in parts.
        stream: [...Array.from({ length: 90 }, (_, n) => record(`d${n}`, 100_000)), record('e', 3_000_000)],
      };
      for (const [file, records] of Object.entries(documents)) {
        writeFileSync(join(cwd, `${file}.json`), JSON.stringify({ records }));
      }
      const args = ['load', ...Object.keys(documents).map((file) => `${file}.json`), '--workers', '2', '--json'];
      const store = urlOf('writer', narrow, name);
      const { code, stdout, stderr } = await runCli([...args, '--store', store, '--rejects', 'r.jsonl'], { cwd });
      assert.equal(code, 3, stderr);
      const summary = JSON.parse(stdout) as LoadSummary;
      assert.deepEqual(summary.records, { read: 124, inserted: 31, rejected: 93 });
      const text = readFileSync(join(cwd, 'r.jsonl'), 'utf8');
      const rejects = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Reject);
      assert.deepEqual(
        rejects
          .map(({ file, recordId, pointer, code }) => ({ file, recordId, pointer, code }))
          .sort((a, b) => (a.pointer < b.pointer ? -1 : 1)),
        [
          { file: 'large.json', recordId: 'b', pointer: '/records/1', code: 'ERR_RECORD' },
          { file: 'stream.json', recordId: 'e', pointer: '/records/90', code: 'ERR_RECORD' },
        ],
      );
      for (const { message, found, expected } of rejects) {
        assert.match(
          message,
          /^the record has 3,\d{3},\d{3} bytes, more than the server takes at once: its max_allowed_packet is 1 MiB$/,
        );
        assert.match(`${found} / ${expected}`, /^3,\d{3},\d{3} bytes \/ at most 1,048,576 bytes$/);
      }
      assert.ok(!`${text}${stdout}${stderr}`.includes(mark));
      const ids = await narrow.sql("SELECT id FROM Record WHERE type = 't' ORDER BY 1", name);
      assert.deepEqual(ids.split('\n').sort(), ['a', ...Array.from({ length: 30 }, (_, n) => `c${n}`)].sort());
    });

    test('a call of the library with a record that is too large is refused, and leaves the record as it was', {
      timeout,
    }, async () => {
      const store = await connect(urlOf('writer', narrow, name));
      const texts = Array.from({ length: 80 }, () => 'y'.repeat(14_000));
      const error = await refused('ERR_RECORD', () => store.create({ id: 'too large', metadata: { texts } }));
      assert.match(error.message, /"too large".*max_allowed_packet is 1 MiB/);
      const dataset = await store.create({ id: 'grows', metadata: { texts: texts.slice(0, 40) } });
      await refused('ERR_RECORD', () => dataset.attributes.set('more', texts));
      assert.deepEqual(Object.keys(await dataset.attributes.all()).sort(), ['creator', 'id', 'name', 'texts']);
      await store.close();
    });

    test('no connection left: says so', { timeout }, async (t) => {
      const held = await Promise.all(
        Array.from({ length: 40 }, () => createConnection({ host: '127.0.0.1', port: narrow.port, user: 'root' })),
      );
      t.after(() => Promise.all(held.map((one) => one.end())));
      await refusedByAll(t, urlOf('writer', narrow, name), {
        code: 'ERR_STORE_UNAVAILABLE',
        exit: 1,
        says: /takes no work now \(.*Too many connections/,
        hint: /a connection for each worker and one more: use fewer --workers/,
      });
    });

    test('fewer connections than workers: says so, and every batch is whole', { timeout }, async (t) => {
      await narrow.sql(`${userSql('few', name, rights)} ALTER USER few@'%' WITH MAX_USER_CONNECTIONS 2`);
      const cwd = tempDirectory(t);
      const flags = [
        '--workers',
        '6',
        '--ensembles',
        '1',
        '--datasets',
        '40000',
        '--attributes',
        '4',
        '--batch-size',
        '20',
        '--prefix',
        'few_',
      ];
      const once = ['--lock-strategy', 'OnlyRetry', '--num-tries', '1'];
      const { code, stdout, stderr } = await runCli(
        ['load', '--store', urlOf('few', narrow, name), ...flags, ...once, '--json'],
        { cwd },
      );
      assert.equal(code, 5, stderr);
      assert.match(
        stderr
          .split('\n')
          .filter((line) => !/waiting for the store/.test(line))
          .join('\n'),
        /^kosh-ingest: gave up after 1 try in .*max_user_connections.*\n {2}hint: .*use fewer --workers, or ask for more connections\.\n$/m,
      );
      assert.equal(stdout, '');
      assert.ok(!stderr.includes(mark));
      const counted = await narrow.sql(
        "SELECT (SELECT COUNT(*) FROM Record WHERE id LIKE 'few\\\\_%\\\\_d%'), (SELECT COUNT(*) FROM StringData WHERE id LIKE 'few\\\\_%\\\\_d%'), (SELECT COUNT(*) FROM Relationship WHERE subject_id LIKE 'few\\\\_%')",
        name,
      );
      const [datasets, texts, memberships] = counted.split('\t').map(Number);
      assert.ok(datasets && datasets % 20 === 0, counted);
      assert.deepEqual([texts, memberships], [datasets * (4 + 4 + 2), datasets], counted);
    });
  });

  test('a full disk: a clear error, what was committed stays whole', { timeout }, async (t) => {
    const cwd = tempDirectory(t);
    const crowded = await startServer();
    t.after(() => crowded.remove());
    const name = await crowded.freshDatabase();
    const disk = join(dirname(crowded.socket as string), 'data', name);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=700,uid=mysql', 'tmpfs', disk]);
    if (mounted.status !== 0) return t.skip('a small tmpfs cannot be mounted here (needs root)');
    try {
      await crowded.sql(userSql('writer', name, rights));
      const args = ['--datasets', '5000', '--batch-size', '200', '--json', '--lock-strategy', 'OnlyRetry'];
      const { code, stdout, stderr } = await runCli(['load', '--store', urlOf('writer', crowded, name), ...args], { cwd });
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /^kosh-ingest: the store .* cannot grow: the server's disk or table is full \(.*\n {2}hint: Make space .*\n$/m,
      );
      assert.equal(stdout, '');
      const counted = await crowded.sql('SELECT (SELECT COUNT(*) FROM Record), (SELECT COUNT(*) FROM StringData)', name);
      const [records = 0, texts] = counted.split('\t').map(Number);
      assert.ok(records > 13 && (records - 13) % 200 === 0, counted);
      assert.equal(texts, 9 + 10 * 12 + (records - 13) * 22);
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });

  describe('where the password comes from', () => {
    const where = (query = '') => `mariadb://writer@127.0.0.1:${server.port}/${database}${query}`;
    const sources: [string, () => { readonly url: string; readonly env?: NodeJS.ProcessEnv }][] = [
      ['the option file', () => ({ url: where(`?${withPassword}`) })],
      [
        'the option file, with all else',
        () => {
          const file = optionFile('all', { user: 'writer', password: secret, host: '127.0.0.1', port: server.port, database });
          return { url: `mariadb://?read_default_file=${file}` };
        },
      ],
      ['KOSH_INGEST_PASSWORD', () => ({ url: where(), env: { KOSH_INGEST_PASSWORD: secret } })],
      ['MYSQL_PWD', () => ({ url: where(), env: { MYSQL_PWD: secret } })],
      [
        'KOSH_INGEST_PASSWORD, over the socket',
        () => ({
          url: `mariadb://writer@localhost/${database}?unix_socket=${server.socket}`,
          env: { KOSH_INGEST_PASSWORD: secret },
        }),
      ],
      [
        'the option file, which names the socket',
        () => {
          const file = optionFile('socket', { user: 'writer', password: secret, socket: server.socket as string, database });
          return { url: `mariadb://localhost?read_default_file=${file}` };
        },
      ],
    ];
    for (const [n, [name, make]] of sources.entries()) {
      test(`${name}: it is taken, and nobody shows it`, { timeout }, async (t) => {
        const { url, env } = make();
        const cwd = tempDirectory(t);
        const debug = { ...env, KOSH_INGEST_DEBUG: '1' };
        const first = await load(url, cwd, ['--prefix', `p${n}_`], debug);
        assert.equal(first.code, 0, first.stderr);
        // Every record is there: a rejects file is written.
        const again = await load(url, cwd, ['--prefix', `p${n}_`, '--rejects', 'r.jsonl'], debug);
        assert.equal(again.code, 3, again.stderr);
        const text = await runCli(['load', '--store', url, '--prefix', `q${n}_`, '--ensembles', '1'], { cwd, env: debug });
        assert.equal(text.code, 0, text.stderr);
        const rejects = readFileSync(join(cwd, 'r.jsonl'), 'utf8');
        for (const { stdout, stderr } of [first, again, text]) assert.ok(!`${stdout}${stderr}${rejects}`.includes(mark));
        assert.deepEqual(readdirSync(cwd), ['r.jsonl']);
      });
    }
  });
});

describe('TLS', { skip: faultsMissing() ?? (findProgram('openssl') ? false : 'there is no openssl') }, () => {
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  const makeAuthority = (name: string) =>
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
    );
  const makeCertificate = (name: string, hosts: string) => {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(file(`${name}.ext`), `subjectAltName=${hosts}\n`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  };
  const startWith = async (name: string) => {
    // The server reads them as another user.
    spawnSync('chmod', ['a+rx', directory, file(`${name}.key`), file(`${name}.pem`)]);
    const server = await startServer({ args: [`--ssl-cert=${file(`${name}.pem`)}`, `--ssl-key=${file(`${name}.key`)}`] });
    const database = await server.freshDatabase();
    await server.sql(
      `${userSql('writer', database, rights)} ${userSql('safe', database, rights)} ALTER USER safe@'%' REQUIRE SSL`,
    );
    const at = (user: string, host: string, more = '') =>
      `mariadb://${user}@${host}:${server.port}/${database}?${withPassword}${more}`;
    return { server, database, at };
  };
  const untrusted: Failure = {
    code: 'ERR_STORE_OPEN',
    exit: 1,
    says: /^the store mariadb:\/\/\w+@localhost:\d+\/kosh_\w+ cannot be opened: TLS failed \(.*(self.signed|unable to verify)/,
    hint: /authority of the server's certificate \(\?ssl_ca=…\), and that the host is called as in that certificate/,
  };
  before(() => {
    for (const name of ['ca', 'stranger']) makeAuthority(name);
    makeCertificate('here', 'DNS:localhost,IP:127.0.0.1');
    makeCertificate('there', 'DNS:db.example.org');
    makeCertificate('number', 'IP:127.0.0.1');
    makeCertificate('name', 'DNS:localhost');
  });

  test('a server without it, when it is asked for', { timeout }, async (t) => {
    const server = await startServer();
    t.after(() => server.remove());
    const database = await server.freshDatabase();
    await server.sql(userSql('writer', database, rights));
    const plain = urlOf('writer', server, database);
    await refusedByAll(t, `${plain}&ssl=true`, {
      code: 'ERR_STORE_OPEN',
      exit: 1,
      says: /cannot be opened \(.*ssl not enabled in the server/,
      hint: /The server has no TLS: leave out the ssl parameters/,
    });
    assert.equal(await contentsOf(server, database), '');
  });

  test('a certificate for this host: the right authority is trusted, another one or none is not', { timeout }, async (t) => {
    const { server, database, at } = await startWith('here');
    t.after(() => server.remove());
    await refusedByAll(t, at('safe', 'localhost', `&ssl_ca=${file('stranger.pem')}`), untrusted);
    await refusedByAll(t, at('safe', 'localhost', '&ssl=true'), untrusted);
    await refusedByAll(t, at('safe', 'localhost'), {
      code: 'ERR_STORE_OPEN',
      exit: 1,
      says: /Access denied for user 'safe'/,
      hint: /whether the server wants TLS \(\?ssl=true\)/,
    });
    await refusedByAll(t, at('safe', 'localhost', `&ssl_ca=${file('none.pem')}`), {
      code: 'ERR_STORE_OPEN',
      exit: 1,
      says: /the TLS file \/.*\/none\.pem cannot be read/,
      hint: /check the path/,
    });
    assert.equal(await contentsOf(server, database), '');
    const cwd = tempDirectory(t);
    for (const [n, url] of [
      at('safe', 'localhost', `&ssl_ca=${file('ca.pem')}`),
      at('safe', '127.0.0.1', `&ssl_ca=${file('ca.pem')}`),
      at('safe', 'localhost', '&ssl=true&ssl_verify_cert=false'),
    ].entries()) {
      const { code, stderr } = await load(url, cwd, ['--prefix', `t${n}_`]);
      assert.equal(code, 0, stderr);
    }
  });

  test('a certificate for another host is refused, but for one who does not want to know', { timeout }, async (t) => {
    const { server, database, at } = await startWith('there');
    t.after(() => server.remove());
    for (const host of ['localhost', '127.0.0.1']) {
      await refusedByAll(t, at('safe', host, `&ssl_ca=${file('ca.pem')}`), {
        ...untrusted,
        says: /cannot be opened: TLS failed \(.*does not match certificate's altnames/,
      });
    }
    assert.equal(await contentsOf(server, database), '');
    const { code, stderr } = await load(
      at('safe', 'localhost', `&ssl_ca=${file('ca.pem')}&ssl_verify_identity=false`),
      tempDirectory(t),
    );
    assert.equal(code, 0, stderr);
    const wrong = at('safe', 'localhost', `&ssl_ca=${file('stranger.pem')}&ssl_verify_identity=false`);
    await refusedByAll(t, wrong, untrusted);
  });

  test('a name is no address in numbers: a certificate for one of the two is not for the other', { timeout }, async (t) => {
    for (const [certificate, host, other] of [
      ['number', '127.0.0.1', 'localhost'],
      ['name', 'localhost', '127.0.0.1'],
    ] as const) {
      const { server, at } = await startWith(certificate);
      t.after(() => server.remove());
      const trusted = `&ssl_ca=${file('ca.pem')}`;
      await (await connect(at('safe', host, trusted))).close();
      const error = await refused('ERR_STORE_OPEN', () => connect(at('safe', other, trusted)));
      assert.match(error.message, /TLS failed \(.*does not match certificate|TLS failed \(.*not cert's CN/);
    }
  });
});
