import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { IngestError, toWire } from '../src/errors.js';
import { optionFileEntries } from '../src/stores/mariadb-option-file.js';
import { type ServerOptions, serverOptions } from '../src/stores/mariadb-options.js';
import { parseMariadbUrl } from '../src/stores/mariadb-url.js';

const directory = mkdtempSync(join(tmpdir(), 'kosh-ingest-options-'));
after(() => rmSync(directory, { recursive: true }));

const secret = 'S3CRET';
const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
for (const name of ['ca', 'cert', 'key', 'other']) writeFileSync(join(directory, name), pem(name));

/** A URL and what its option file says. `DIR` is the test's directory, in both. */
interface Given {
  readonly url?: string;
  readonly file?: string | Buffer | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

function write(content: string | Buffer): string {
  const path = join(directory, 'my.cnf');
  writeFileSync(path, typeof content === 'string' ? content.replaceAll('DIR', directory) : content);
  return path;
}

function options({ url = 'mariadb://h/d', file, env = { USER: 'me' } }: Given): ServerOptions {
  const option = file === undefined ? '' : `${url.includes('?') ? '&' : '?'}read_default_file=${write(file)}`;
  return serverOptions(parseMariadbUrl(url.replaceAll('DIR', directory) + option, '--store'), env);
}

function refusal(given: Given): IngestError {
  try {
    options(given);
  } catch (error) {
    assert.ok(error instanceof IngestError, `not an IngestError: ${inspect(error)}`);
    assert.ok(error.hint);
    const shown = inspect(error, { depth: Infinity, showHidden: true }) + error.stack + JSON.stringify(toWire(error));
    assert.ok(!shown.includes(secret), shown);
    return error;
  }
  return assert.fail(`accepted: ${inspect(given)}`);
}

const defaults = { hosts: [{ host: 'h', port: 3306 }], user: 'me', database: 'd', connectTimeoutMs: 10_000 };

describe('what to connect with', () => {
  const tcp = (host: string, port = 3306) => ({ hosts: [{ host, port }] });
  const socket = (socketPath: string) => ({ hosts: [], socketPath });
  for (const [title, given, expected] of [
    ['the defaults', { url: 'mariadb:///d' }, tcp('127.0.0.1')],
    ['hosts in order', { url: 'mariadb://a:1,b/d' }, { hosts: [...tcp('a', 1).hosts, ...tcp('b').hosts] }],
    ['a socket', { url: 'mariadb://localhost/d?unix_socket=~/s' }, socket(join(homedir(), 's'))],
    ['the timeout', { url: 'mariadb://h/d?connect_timeout=3', file: '[client]\nconnect-timeout=4' }, { connectTimeoutMs: 3000 }],
    ['the timeout of the file', { file: '[client]\nconnect_timeout=4' }, { connectTimeoutMs: 4000 }],
    ['the host of the file', { url: 'mariadb:///d', file: '[client]\nhost=f\nport=1' }, tcp('f', 1)],
    ['an address of the file', { url: 'mariadb:///d', file: '[client]\nhost=fe80::1%eth0' }, tcp('fe80::1%eth0')],
    ['the port of the file for a host of the URL', { file: '[client]\nhost=f\nport=1' }, tcp('h', 1)],
    ['a host of the URL, not the socket', { file: '[client]\nsocket=/s' }, tcp('h')],
    ['the socket of the file', { url: 'mariadb:///d', file: '[client]\nsocket=/s\nport=1' }, socket('/s')],
    ['a host of the file, not its socket', { url: 'mariadb:///d', file: '[client]\nsocket=/s\nhost=f' }, tcp('f')],
    [
      'localhost is the socket',
      { url: 'mariadb://localhost/d', file: '[client]\nsocket=~/s\nhost=f' },
      socket(join(homedir(), 's')),
    ],
    ['localhost with a port is none', { url: 'mariadb://localhost:1/d', file: '[client]\nsocket=/s' }, tcp('localhost', 1)],
    ['127.0.0.1 is none', { url: 'mariadb://127.0.0.1/d', file: '[client]\nsocket=/s' }, tcp('127.0.0.1')],
    ['the URL before the file', { url: 'mariadb://u@h/d', file: '[client]\nuser=f\ndatabase=f' }, { user: 'u' }],
    ['the file before the environment', { file: '[client]\nuser=f' }, { user: 'f' }],
    ['the database of the file', { url: 'mariadb://h', file: '[client]\ndatabase=f' }, { database: 'f' }],
    ['an empty value is none', { file: '[client]\nuser=f\nuser=\nhost=\nsocket=""' }, {}],
    ['the later of two', { file: '[client-mariadb]\nuser=a\n[client]\nuser=b\n[client-server]\nuser=c' }, { user: 'c' }],
    ['no other group', { file: '[mysql]\nuser=a\n[mysqld]\nport=x\n[ client]\nuser=b\n[Client]\nuser=c' }, {}],
    [
      'what is not for us',
      { file: '[client]\nfoo\nfoo=\nPort=x\nloose-ssl-mode=x\nskip-user\ndefault-character-set=latin1' },
      {},
    ],
    ['loose-', { file: '[client]\nloose_user=f' }, { user: 'f' }],
  ] as const satisfies readonly (readonly [string, Given, Partial<ServerOptions>])[]) {
    test(title, () => assert.deepEqual(options(given), { ...defaults, ...expected }));
  }

  test('read_default_group is a group besides', () => {
    const url = 'mariadb://h/d?read_default_group=kosh';
    assert.equal(options({ url, file: '[kosh]\nuser=k\n[client]\nport=1' }).user, 'k');
    assert.equal(options({ url, file: '[kosh]\nuser=k\n[client]\nport=1' }).hosts[0]?.port, 1);
    const error = refusal({ url, file: '[koch]\nuser=k' });
    assert.equal(error.code, 'ERR_USAGE');
    assert.match(error.message, /my\.cnf has nothing in the group of read_default_group$/);
  });

  test('of an option file that nobody names nothing is known', () => {
    assert.deepEqual(options({ env: { USER: 'me', HOME: directory } }), defaults);
  });
});

describe('the password', () => {
  const file = '[client]\npassword=file';
  for (const [title, given, expected] of [
    ['is that of the variable', { file, env: { KOSH_INGEST_PASSWORD: 'own', MYSQL_PWD: 'old' } }, 'own'],
    ['is that of the file', { file, env: { KOSH_INGEST_PASSWORD: '', MYSQL_PWD: 'old' } }, 'file'],
    ['is that of MYSQL_PWD', { env: { MYSQL_PWD: 'old' } }, 'old'],
    ['is none', { env: { MYSQL_PWD: '' } }, undefined],
    ['is none when the file says so', { file: '[client]\npassword=', env: { MYSQL_PWD: 'old' } }, undefined],
    ['is not asked for', { file: '[client]\npassword', env: { MYSQL_PWD: 'old' } }, 'old'],
    ['may hold anything', { file: '[client]\npassword="#;\\s\\"\\t\'à€ "' }, '#; "\t\'à€ '],
  ] as const) {
    test(title, () => {
      assert.equal(options({ ...given, env: { USER: 'me', ...('env' in given ? given.env : {}) } }).password, expected);
    });
  }
});

describe('TLS', () => {
  const verified = { verify: true, verifyIdentity: true };
  const unverified = { verify: false, verifyIdentity: false };
  for (const [query, file, expected] of [
    ['', '', undefined],
    ['', 'ssl', verified],
    ['', 'ssl=on', verified],
    ['', 'enable-ssl', verified],
    ['', 'ssl=0', undefined],
    ['', 'ssl-ca=DIR/ca', { ca: pem('ca'), ...verified }],
    ['', 'ssl-ca=', verified],
    ['', 'ssl_ca=DIR/ca\nskip-ssl', undefined],
    ['', 'skip_ssl\nssl-ca=DIR/ca', { ca: pem('ca'), ...verified }],
    ['', 'ssl-cert=DIR/cert\nssl-key=DIR/key', { cert: pem('cert'), key: pem('key'), ...verified }],
    ['', 'ssl-cert=DIR/cert', { cert: pem('cert'), key: pem('cert'), ...verified }],
    ['', 'ssl-verify-server-cert', verified],
    ['', 'ssl-verify-server-cert=FALSE', undefined],
    ['', 'ssl\ndisable-ssl-verify-server-cert', unverified],
    ['ssl=true', 'skip-ssl', verified],
    ['ssl_disabled=true', 'ssl\nssl-ca=DIR/none', undefined],
    ['ssl_ca=DIR/other', 'ssl-ca=DIR/ca\nssl-key=DIR/key', { ca: pem('other'), cert: pem('key'), key: pem('key'), ...verified }],
    ['ssl_verify_cert=true', 'ssl-verify-server-cert=0', verified],
    ['ssl_verify_identity=true', 'ssl-verify-server-cert=0', verified],
    ['ssl_verify_identity=false', 'ssl', { verify: true, verifyIdentity: false }],
    ['ssl_verify_identity=false', 'ssl\nssl-verify-server-cert=0', unverified],
    ['ssl_verify_cert=false', 'ssl\nssl-verify-server-cert', unverified],
    ['ssl_verify_cert=false', '', undefined],
  ] as const) {
    test(`${query || 'no parameter'}, ${JSON.stringify(file)}`, () => {
      assert.deepEqual(options({ url: `mariadb://h/d?${query}`, file: `[client]\n${file}` }).tls, expected);
    });
  }
});

describe('what is refused', () => {
  for (const [title, given, code, message] of [
    ['no database', { url: 'mariadb://u@h' }, 'ERR_USAGE', /^mariadb:\/\/u@h\/: no database$/],
    ['no database in the file', { url: 'mariadb://u@h', file: '[client]\ndatabase=' }, 'ERR_USAGE', /: no database$/],
    ['no user', { env: { USER: '' } }, 'ERR_USAGE', /^mariadb:\/\/h\/d: no user$/],
    [
      'no file',
      { url: 'mariadb://h/d?read_default_file=DIR/none' },
      'ERR_STORE_OPEN',
      /option file .+none cannot be read \(ENOENT\)$/,
    ],
    ['a folder', { url: 'mariadb://h/d?read_default_file=DIR' }, 'ERR_STORE_OPEN', /option file .+ cannot be read \(EISDIR\)$/],
    [
      'no TLS file',
      { url: 'mariadb://h/d?ssl_ca=DIR/none' },
      'ERR_STORE_OPEN',
      /^the TLS file .+none cannot be read \(ENOENT\)$/,
    ],
    ['no TLS file in home', { url: 'mariadb://h/d?ssl_key=~/kosh-none' }, 'ERR_STORE_OPEN', new RegExp(`${homedir()}/kosh-none`)],
    [
      'no PEM',
      { url: 'mariadb://h/d?ssl_ca=/dev/null' },
      'ERR_STORE_OPEN',
      /^the TLS file \/dev\/null holds nothing in PEM format$/,
    ],
    ['no TLS file of the file', { file: '[client]\nssl-cert=DIR/none' }, 'ERR_STORE_OPEN', /^the TLS file .+none cannot/],
    ['no UTF-8', { file: Buffer.from(`[client]\npassword=${secret}ü`, 'latin1') }, 'ERR_STORE_OPEN', /is not text in UTF-8$/],
    ['a NUL', { file: `[client]\npassword=${secret}\0` }, 'ERR_STORE_OPEN', /is not text in UTF-8$/],
    ['no group', { file: `\npassword=${secret}` }, 'ERR_USAGE', /my\.cnf:2: a setting before the first \[group\]$/],
    ['half a group', { file: `[client password=${secret}` }, 'ERR_USAGE', /my\.cnf:1: a group without \]$/],
    [
      '!include',
      { file: `[client]\n !include ${secret}` },
      'ERR_USAGE',
      /my\.cnf:2: a !include or !includedir: they are not followed$/,
    ],
    ['!includedir', { file: `[x]\n!includedir ${secret}` }, 'ERR_USAGE', /my\.cnf:2: a !include/],
    ['a port', { file: `[client]\nport=${secret}` }, 'ERR_USAGE', /my\.cnf:2: port: expected 1 to 65535$/],
    ['a port without a value', { file: '[client]\nport' }, 'ERR_USAGE', /my\.cnf:2: port: expected 1 to 65535$/],
    ['a timeout', { file: '[client]\nconnect-timeout=0' }, 'ERR_USAGE', /my\.cnf:2: connect-timeout: expected 1 to 86400$/],
    ['a boolean', { file: `[client]\nssl=${secret}` }, 'ERR_USAGE', /my\.cnf:2: ssl: expected 1 or 0$/],
    ['a boolean of Object', { file: '[client]\nssl=constructor' }, 'ERR_USAGE', /my\.cnf:2: ssl: expected 1 or 0$/],
    ['a key alone', { file: '[client]\nuser' }, 'ERR_USAGE', /my\.cnf:2: user: without a value$/],
    [
      'a line break in a name',
      { file: `[client]\nuser=${secret}\\n` },
      'ERR_USAGE',
      /my\.cnf:2: user: with a control character$/,
    ],
    ['hosts', { file: `[client]\nhost=${secret},h` }, 'ERR_USAGE', /my\.cnf:2: host: expected one name or address$/],
    [
      'TLS that is not known',
      { file: `[client]\nssl_crl=${secret}` },
      'ERR_USAGE',
      /my\.cnf:2: ssl-crl: not supported \(known: /,
    ],
    ["MySQL's TLS", { file: `[client]\nssl-mode=${secret}` }, 'ERR_USAGE', /my\.cnf:2: ssl-mode: not supported/],
  ] as const) {
    test(title, () => {
      const error = refusal(given);
      assert.equal(error.code, code);
      assert.match(error.message, message);
    });
  }

  test('an option file that everybody may write', () => {
    const path = write(`[client]\npassword=${secret}`);
    chmodSync(path, 0o666);
    const error = refusal({ url: `mariadb://h/d?read_default_file=${path}` });
    chmodSync(path, 0o600);
    assert.equal(error.code, 'ERR_STORE_OPEN');
    assert.equal(error.hint, `change that: chmod o-w ${path}`);
  });

  test('an option file that may not be read', { skip: process.getuid?.() === 0 && 'root may read everything' }, () => {
    mkdirSync(join(directory, 'closed'), { mode: 0 });
    const error = refusal({ url: 'mariadb://h/d?read_default_file=DIR/closed/my.cnf' });
    assert.equal(error.code, 'ERR_STORE_OPEN');
    assert.match(error.message, /cannot be read \(EACCES\)$/);
  });
});

/** Lines of a group, and what my_print_defaults of MariaDB 10.11 made of them. */
describe('the lines of an option file', () => {
  for (const [line, key, value] of [
    ['a=b', 'a', 'b'],
    ['  a_b-c\t=\v b c \r', 'a-b-c', 'b c'],
    ['a', 'a', undefined],
    ['a # b = c', 'a', undefined],
    ['a=', 'a', ''],
    ['=b', '', 'b'],
    ['a=b=c', 'a', 'b=c'],
    ['a=b#c', 'a', 'b'],
    ['a=b;c', 'a', 'b;c'],
    ['a=#', 'a', ''],
    ['a="b#c"#d', 'a', 'b#c'],
    ["a='b#c' # d", 'a', 'b#c'],
    [`a="b'#c"#'`, 'a', `b'#c`],
    ["a=it's #1", 'a', "it's #1"],
    ['a="b\\"#c"#d', 'a', 'b"#c'],
    ['a="b\\\\"#c"', 'a', 'b\\'],
    ['a=\\"#b', 'a', '"#b'],
    ['a="b" c', 'a', '"b" c'],
    ['a="b', 'a', '"b'],
    ['a="', 'a', '"'],
    ['a=""', 'a', ''],
    ['a=""b""', 'a', '"b"'],
    [`a="b'`, 'a', `"b'`],
    [`a='"b"'`, 'a', '"b"'],
    ['a=" b "', 'a', ' b '],
    ['a="b\\"', 'a', 'b\\'],
    ['a=b\\', 'a', 'b\\'],
    ['a=b\\\\', 'a', 'b\\'],
    ['a=\\n\\t\\r\\b\\s\\"\\\'\\\\', 'a', '\n\t\r\b "\'\\'],
    ['a=\\s b\\s', 'a', '  b '],
    ['a=\\x\\0\\%\\N', 'a', '\\x\\0\\%\\N'],
    ['a=\\\\n', 'a', '\\n'],
    ['a=ü€😀', 'a', 'ü€😀'],
    ['"a#b"=c', '"a#b"', 'c'],
    ['a : b', 'a : b', undefined],
    // Here they differ: the last byte of an à is a no-break space in Latin-1.
    ['a=\u00A0à', 'a', '\u00A0à'],
  ] as const) {
    test(JSON.stringify(line), () => {
      assert.deepEqual(optionFileEntries(`[g]\n${line}\n`, 'f'), [{ group: 'g', key, value, line: 2 }]);
    });
  }

  test('groups, comments, a mark at the start', () => {
    const text = '\uFEFF# a\n\n; b\n[one]\r\na\n[ two ]\na=1\n[three\t] a=2\na=3\n[]\n#a\n  [a]b]\nb';
    assert.deepEqual(
      optionFileEntries(text, 'f').map(({ group, key, value, line }) => [group, key, value, line]),
      [
        ['one', 'a', undefined, 5],
        [' two', 'a', '1', 7],
        ['three', 'a', '3', 9],
        ['a', 'b', undefined, 13],
      ],
    );
  });
});
