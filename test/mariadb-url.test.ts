import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { IngestError, toWire } from '../src/errors.js';
import { isMariadbUrl, type MariadbUrl, mariadbName, parseMariadbUrl } from '../src/stores/mariadb-url.js';

/** Whatever a password is in these tests, each of its parts has this. */
const secret = 'S3CRET';

function parse(url: string): MariadbUrl {
  return parseMariadbUrl(url, '--store');
}

/** The error of a URL that is refused, which shows nothing of the password. */
function refusal(url: string): IngestError {
  try {
    parse(url);
  } catch (error) {
    assert.ok(error instanceof IngestError, `not an IngestError: ${inspect(error)}`);
    assert.equal(error.code, 'ERR_USAGE');
    assert.match(error.message, /^--store: ./);
    assert.ok(error.hint);
    const shown = inspect(error, { depth: Infinity, showHidden: true }) + error.stack + JSON.stringify(toWire(error));
    assert.ok(!shown.includes(secret), shown);
    return error;
  }
  return assert.fail(`accepted: ${url}`);
}

test('a MariaDB store is known by its scheme', () => {
  for (const scheme of ['mariadb', 'mysql', 'MariaDB', 'mysql+pymysql', 'mysql+mysqlconnector', 'mariadb+mariadbconnector']) {
    assert.ok(isMariadbUrl(`${scheme}://h/d`), scheme);
    assert.deepEqual(parse(`${scheme}://h/d`), { hosts: [{ host: 'h' }], database: 'd', tls: {} });
  }
  for (const store of [
    's.sqlite',
    'sqlite:///s',
    'mariadb',
    'mariadb:/h/d',
    './mariadb://h',
    'mariadbs://h/d',
    'postgresql://h/d',
    '',
  ]) {
    assert.ok(!isMariadbUrl(store), store);
  }
});

test('a scheme with a slip is refused, and not taken for a path that is shown', () => {
  for (const start of [' mariadb', '\tmysql', '\0mysql', 'mysql+my_sql', 'mysql+', 'mysql+my sql']) {
    const url = `${start}://u:${secret}@h/d`;
    assert.ok(isMariadbUrl(url), url);
    refusal(url);
  }
});

describe('what a URL says', () => {
  for (const [url, expected] of [
    ['mariadb://', { hosts: [] }],
    ['mariadb:///', { hosts: [] }],
    ['mariadb://h', { hosts: [{ host: 'h' }] }],
    ['mariadb://h/?', { hosts: [{ host: 'h' }] }],
    ['mariadb://h?&', { hosts: [{ host: 'h' }] }],
    ['mariadb://u@/d', { hosts: [], user: 'u', database: 'd' }],
    ['mariadb://u@h:1/d', { hosts: [{ host: 'h', port: 1 }], user: 'u', database: 'd' }],
    [
      'mariadb://u@h1:3306,h2,[::1]:65535,[fe80::1%25eth0]/d',
      {
        hosts: [{ host: 'h1', port: 3306 }, { host: 'h2' }, { host: '::1', port: 65_535 }, { host: 'fe80::1%eth0' }],
        user: 'u',
        database: 'd',
      },
    ],
    ['mariadb://a%40b%2F%C3%BC@h/d%2Fe%20%25', { hosts: [{ host: 'h' }], user: 'a@b/ü', database: 'd/e %' }],
    ['mariadb://ü+@h/ä+', { hosts: [{ host: 'h' }], user: 'ü+', database: 'ä+' }],
    ['mariadb:///d?unix_socket=/run/my%20s+1.sock', { hosts: [], database: 'd', socketPath: '/run/my s 1.sock' }],
    ['mariadb://localhost:3306/?unix_socket=/s', { hosts: [{ host: 'localhost', port: 3306 }], socketPath: '/s' }],
    ['mariadb://?read_default_file=~/.my.cnf', { hosts: [], optionFile: '~/.my.cnf' }],
    ['mariadb://?read_default_group=g&read_default_file=a%3Db%26c', { hosts: [], optionFile: 'a=b&c', optionGroup: 'g' }],
    ['mariadb://?read_default_file=/a?b=c/d', { hosts: [], optionFile: '/a?b=c/d' }],
    ['mariadb://?connect_timeout=86400', { hosts: [], connectTimeoutMs: 86_400_000 }],
    ['mariadb://?charset=utf8mb4', { hosts: [] }],
    ['mariadb://?charset=UTF-8', { hosts: [] }],
  ] as const) {
    test(url, () => assert.deepEqual(parse(url), { tls: {}, ...expected }));
  }
});

describe('what a URL says about TLS', () => {
  for (const [query, expected] of [
    ['ssl=true', { wanted: true }],
    ['ssl=0', { wanted: false }],
    ['ssl_disabled=True', { wanted: false }],
    // PyMySQL takes any text for true.
    ['ssl_disabled=false', { wanted: true }],
    ['ssl_ca=/a', { wanted: true, ca: '/a' }],
    ['ssl_cert=c&ssl_key=k', { wanted: true, cert: 'c', key: 'k' }],
    ['ssl_verify_cert=yes', { wanted: true, verify: true }],
    ['ssl_verify_identity=on', { wanted: true, verifyIdentity: true }],
    ['ssl_verify_cert=no', { verify: false }],
    ['ssl_verify_identity=off', { verifyIdentity: false }],
    ['ssl=1&ssl_verify_cert=0', { wanted: true, verify: false }],
    ['ssl_disabled=1&ssl_verify_cert=0&ssl_verify_identity=0', { wanted: false, verify: false, verifyIdentity: false }],
  ] as const) {
    test(query, () => assert.deepEqual(parse(`mariadb://?${query}`).tls, expected));
  }
});

describe('a password is refused, and shown nowhere', () => {
  for (const url of [
    `mariadb://u:${secret}@h/d`,
    `mariadb://:${secret}@h/d`,
    `mariadb://u:${secret}@`,
    `mariadb://u:@h/d`,
    `mariadb://u:${secret}:${secret}@h:x/d`,
    `mariadb://u:${secret}@${secret}@h/d`,
    `mariadb://u:${secret}%zz@h/d`,
    `mariadb://u%3A${secret}@h/d`,
    `mariadb://h1,u:${secret}@h2/d`,
    `mariadb://u:${secret}/${secret}@h/d`,
    `mariadb://u:${secret}?${secret}@h/d`,
    `mariadb://u:1/${secret}@h/d`,
    `mariadb://u:1?${secret}=${secret}@h/d`,
    `mariadb://u:1?a=b&${secret}@h/d`,
    `mariadb://u:1?read_default_file=${secret}@h/d`,
    `mariadb://u:1#${secret}@h/d`,
    `mariadb://h/d?password=${secret}`,
    `mariadb://h/d?passwd=${secret}`,
    `mariadb://h/d?PASSWORD=${secret}`,
    `mariadb://h/d?pwd=${secret}`,
    `mariadb://h/d?p%61ssword=${secret}`,
    `mariadb://h/d?ssl=true&ssl_key_password=${secret}`,
    `mariadb://h/d?password`,
  ]) {
    test(url, () => {
      const { message, hint } = refusal(url);
      assert.match(message, /password in a URL can be read by every user|@ behind the hosts|user name with a colon/);
      assert.match(hint ?? '', /read_default_file=.+KOSH_INGEST_PASSWORD/);
    });
  }

  // Where the end of the password is missing, nobody can tell that it is one.
  for (const url of [
    `mariadb://u:${secret}`,
    `mariadb://u:${secret}/d`,
    `mariadb://u:${secret}?x`,
    `mariadb://u:${secret}#h`,
    `mariadb://u:${secret} @h/d`,
    `mariadb://u:${secret}\n@h/d`,
    `mariadb://u:${secret}\uD800@h/d`,
    `mariadb://${secret}!/d`,
    `mariadb://h/${secret}/${secret}`,
    `mariadb://h/${secret}%`,
    `mariadb://h/d?${secret}`,
    `mariadb://h/d?=${secret}`,
    `mariadb://h/d?auth=${secret}`,
    `mariadb://h/d?ssl=${secret}`,
    `mariadb://h/d?charset=${secret}`,
    `mariadb://h/d?connect_timeout=${secret}`,
  ]) {
    test(JSON.stringify(url), () => void refusal(url));
  }
});

describe('what is refused', () => {
  for (const [url, message] of [
    ['s.sqlite', 'not the URL of a MariaDB store'],
    ['mariadb:///d e', 'a blank or a control character in the URL'],
    ['mariadb:///d\u00A0e', 'a blank or a control character in the URL'],
    ['mariadb:///d\u0085', 'a blank or a control character in the URL'],
    ['mariadb:///d%00', 'a control character in the URL'],
    ['mariadb://u%0A@h', 'a control character in the URL'],
    ['mariadb://?ssl_ca=%7F', 'a control character in the URL'],
    ['mariadb:///d%2', 'a % that is not followed by the two digits of a byte of UTF-8'],
    ['mariadb:///d%FF', 'a % that is not followed by the two digits of a byte of UTF-8'],
    ['mariadb://u%@h', 'a % that is not followed by the two digits of a byte of UTF-8'],
    ['mariadb://?ssl_ca=%C3', 'a % that is not followed by the two digits of a byte of UTF-8'],
    ['mariadb:///d#', 'a # in the URL'],
    ['mariadb://h#/d', 'a # in the URL'],
    ['mariadb:///d?ssl_ca=a@b', 'an @ behind the hosts'],
    ['mariadb://u@v@h/d', 'more than one @ before the hosts'],
    ['mariadb://@h/d', 'an empty user name'],
    ['mariadb://h/d/', 'more than one / behind the hosts'],
    ['mariadb://h//d', 'more than one / behind the hosts'],
    ['mariadb://,', 'an empty host'],
    ['mariadb://h,', 'an empty host'],
    ['mariadb://h1,,h2', 'an empty host'],
    ['mariadb://:3306', 'an empty host'],
    ['mariadb://::1/d', 'an empty host'],
    ['mariadb://h:', 'a port that is not 1 to 65535'],
    ['mariadb://h:0', 'a port that is not 1 to 65535'],
    ['mariadb://h:65536', 'a port that is not 1 to 65535'],
    ['mariadb://h:-1', 'a port that is not 1 to 65535'],
    ['mariadb://h:3306x', 'a port that is not 1 to 65535'],
    ['mariadb://h:1:2', 'a port that is not 1 to 65535'],
    ['mariadb://[]/d', 'a host that is neither a name nor an address'],
    ['mariadb://[h]/d', 'a host that is neither a name nor an address'],
    ['mariadb://[1.2.3.4]/d', 'a host that is neither a name nor an address'],
    ['mariadb://[::1]1/d', 'a host that is neither a name nor an address'],
    ['mariadb://[::1/d', 'a host that is neither a name nor an address'],
    ['mariadb://fe80::1/d', 'a port that is not 1 to 65535'],
    ['mariadb://h%20/d', 'a host that is neither a name nor an address'],
    ['mariadb://tcp(h)/d', 'a host that is neither a name nor an address'],
    ['mariadb://h?unix_socket=/s', 'unix_socket, and a host that is not localhost'],
    ['mariadb://localhost,h?unix_socket=/s', 'unix_socket, and a host that is not localhost'],
    ['mariadb://?sslmode=require', 'sslmode: no such parameter'],
    ['mariadb://?SSL=true', 'SSL: no such parameter'],
    ['mariadb://?__proto__=1', 'a parameter: no such parameter'],
    ['mariadb://?constructor=1', 'constructor: no such parameter'],
    ['mariadb://?ssl=1&ssl=1', 'ssl: given twice'],
    ['mariadb://?ssl', 'ssl: without a value'],
    ['mariadb://?unix_socket=', 'unix_socket: without a value'],
    ['mariadb://?ssl=maybe', 'ssl: expected true or false'],
    ['mariadb://?ssl_verify_cert=2', 'ssl_verify_cert: expected true or false'],
    ['mariadb://?ssl_disabled=1&ssl_ca=a', 'TLS is asked for and forbidden'],
    ['mariadb://?ssl_disabled=1&ssl=1', 'TLS is asked for and forbidden'],
    ['mariadb://?ssl=0&ssl_verify_cert=1', 'TLS is asked for and forbidden'],
    ['mariadb://?ssl_verify_cert=0&ssl_verify_identity=1', 'ssl_verify_identity=true has no meaning with ssl_verify_cert=false'],
    ['mariadb://?connect_timeout=0', 'connect_timeout: expected seconds, 1 to 86400'],
    ['mariadb://?connect_timeout=1.5', 'connect_timeout: expected seconds, 1 to 86400'],
    ['mariadb://?connect_timeout=86401', 'connect_timeout: expected seconds, 1 to 86400'],
    ['mariadb://?charset=latin1', 'charset: expected utf8mb4'],
    ['mariadb://?read_default_group=g', 'read_default_group without read_default_file'],
  ] as const) {
    test(JSON.stringify(url), () => assert.equal(refusal(url).message, `--store: ${message}`));
  }

  test('the hint of a parameter lists those that there are', () => {
    assert.match(refusal('mariadb://?sslmode=require').hint ?? '', /^known: read_default_file, .+, charset$/);
  });
});

describe('how a store is shown', () => {
  for (const [url, name] of [
    ['mysql+pymysql://u@h1:3306,h2/d?ssl_ca=/a&read_default_file=/f', 'mariadb://u@h1:3306,h2/d'],
    ['mariadb://[::1]:3307,[fe80::1%25e]/d', 'mariadb://[::1]:3307,[fe80::1%25e]/d'],
    ['mariadb://localhost/d?unix_socket=/run/a%20b', 'mariadb://unix(/run/a%20b)/d'],
    ['mariadb://a%40b@h/d%2Fe', 'mariadb://a%40b@h/d%2Fe'],
    ['mariadb://%E2%80%AE@h', 'mariadb://%E2%80%AE@h/'],
    ['mariadb://', 'mariadb:///'],
  ] as const) {
    test(url, () => assert.equal(mariadbName(parse(url)), name));
  }
});
