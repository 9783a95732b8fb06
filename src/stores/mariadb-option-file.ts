import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { codeOf, IngestError, messageOf } from '../errors.js';
import { maxConnectTimeout } from './mariadb-parameters.js';

/** What is used of an option file. A value that is empty is missing, as for the clients, but for the password. */
export interface FileOptions {
  /** Whether TLS is wanted; missing: the file does not say. */
  wanted?: boolean;
  /** Whether the server's certificate is verified. */
  verify?: boolean;
  port?: number;
  connectTimeoutMs?: number;
  /** As written, by key: user, password, host, socket, database, ssl-ca, ssl-cert, ssl-key. */
  readonly texts: Map<string, string>;
}

/** One setting of an option file. */
export interface OptionFileEntry {
  readonly group: string;
  /** Spelled with `-`. */
  readonly key: string;
  /** Undefined: the key stands alone. */
  readonly value: string | undefined;
  /** 1-based. */
  readonly line: number;
}

const clientGroups = ['client', 'client-server', 'client-mariadb'];
const textKeys = ['user', 'password', 'host', 'socket', 'database', 'ssl-ca', 'ssl-cert', 'ssl-key'];
const booleans = new Map(Object.entries({ '1': true, true: true, on: true, '0': false, false: false, off: false }));

/**
 * What an option file says in the groups `[client]`, `[client-server]` and `[client-mariadb]`, and in `group`; of a key that is there twice the
 * later counts, whatever its group. Keys of other matters are passed over, but not those that would make TLS safer.
 *
 * `ERR_STORE_OPEN`: the file cannot be read, or is not text, or is one that every user may write. `ERR_USAGE`: something in it is not
 * understood, or there is no such group. Messages name the line, and never repeat a value.
 */
export function readOptionFile(path: string, group: string | undefined): FileOptions {
  const bytes = readBytes(path, 'option file');
  const stat = statSync(path);
  // The clients pass over such a file: it may be anybody's.
  if (stat.isFile() && (stat.mode & 0o002) !== 0) {
    throw openError(`the option file ${path} can be written by every user of the machine`, `change that: chmod o-w ${path}`);
  }
  if (!isUtf8(bytes) || bytes.includes(0)) {
    throw openError(
      `the option file ${path} is not text in UTF-8`,
      'save it as UTF-8: servers take names and passwords in that encoding',
    );
  }
  const entries = optionFileEntries(bytes.toString(), path);
  if (group !== undefined && !entries.some((entry) => entry.group === group)) {
    throw new IngestError('ERR_USAGE', `the option file ${path} has nothing in the group of read_default_group`, {
      hint: `check that name; the groups ${clientGroups.join(', ')} are read without it`,
    });
  }
  const options: FileOptions = { texts: new Map() };
  for (const entry of entries) {
    if (!clientGroups.includes(entry.group) && entry.group !== group) continue;
    const problem = enter(entry, options);
    if (problem !== undefined) throw lineError(path, entry.line, problem);
  }
  return options;
}

/**
 * The bytes of a file; `ERR_STORE_OPEN` when it cannot be read.
 *
 * @param what the file is, for the message
 */
export function readBytes(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const message = `the ${what} ${path} cannot be read (${codeOf(cause) ?? messageOf(cause)})`;
    throw openError(message, 'check the path, and that you may read the file', cause);
  }
}

/** An `ERR_STORE_OPEN`. */
export function openError(message: string, hint: string, cause?: unknown): IngestError {
  return new IngestError('ERR_STORE_OPEN', message, { hint, cause });
}

/** Answers what is wrong with a setting, never its value. */
function enter({ key, value }: OptionFileEntry, options: FileOptions): string | undefined {
  const [, loose, off, name = ''] = /^(loose-)?(?:enable-|(skip-|disable-))?(.*)$/s.exec(key) ?? [];
  if (name === 'ssl' || name === 'ssl-verify-server-cert') {
    const isTrue = off ? false : booleans.get(value?.toLowerCase() ?? '1');
    if (isTrue === undefined) return `${name}: expected 1 or 0`;
    options[name === 'ssl' ? 'wanted' : 'verify'] = isTrue;
    // Who wants the server verified wants TLS.
    if (isTrue) options.wanted = true;
  } else if (off) {
    return undefined;
  } else if (name === 'port' || name === 'connect-timeout') {
    const max = name === 'port' ? 65_535 : maxConnectTimeout;
    const number = /^\d{1,5}$/.test(value ?? '') ? Number(value) : 0;
    if (number < 1 || number > max) return `${name}: expected 1 to ${max}`;
    if (name === 'port') options.port = number;
    else options.connectTimeoutMs = number * 1000;
  } else if (textKeys.includes(name)) {
    return enterText(name, value, options);
  } else if (!loose && /^ssl-[a-z-]{1,40}$/.test(name)) {
    // Passed over, it would leave the connection less safe than it was asked to be.
    return `${name}: not supported (known: ssl, ssl-ca, ssl-cert, ssl-key, ssl-verify-server-cert)`;
  }
  return undefined;
}

function enterText(name: string, value: string | undefined, options: FileOptions): string | undefined {
  // A password alone makes the clients ask for it.
  if (value === undefined) return name === 'password' ? undefined : `${name}: without a value`;
  if (name !== 'password' && /\p{Cc}/u.test(value)) return `${name}: with a control character`;
  if (name === 'host' && !/^[a-z0-9._:%-]*$/i.test(value)) return 'host: expected one name or address';
  if (value === '' && name !== 'password') options.texts.delete(name);
  else options.texts.set(name, value);
  // As for the clients; a `skip-ssl` behind it still counts.
  if (name.startsWith('ssl-')) options.wanted = true;
  return undefined;
}

/**
 * The settings of an option file, all groups, in order (https://mariadb.com/kb/en/configuring-mariadb-with-option-files/): what
 * `my_print_defaults` prints. Own code, because ini packages know neither its escapes nor its quotes, and would change passwords. Two
 * differences: a `!include` or `!includedir` is refused, not followed; and a no-break space is no blank (the clients take the last byte of
 * `à` for one, and cut it off). What cannot be read is `ERR_USAGE` with the number of the line, never its text.
 *
 * @param path for the message
 */
export function optionFileEntries(text: string, path: string): OptionFileEntry[] {
  const entries: OptionFileEntry[] = [];
  let group: string | undefined;
  for (const [index, whole] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = trim(whole);
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('!')) throw lineError(path, index + 1, 'a !include or !includedir: they are not followed');
    if (line.startsWith('[')) {
      const end = line.indexOf(']');
      if (end < 0) throw lineError(path, index + 1, 'a group without ]');
      // A blank before the name is part of it.
      group = line.slice(1, end).replace(/[ \t\v\f\r]+$/, '');
      continue;
    }
    if (group === undefined) throw lineError(path, index + 1, 'a setting before the first [group]');
    const content = withoutComment(line);
    const equals = content.indexOf('=');
    const key = trim(equals < 0 ? content : content.slice(0, equals)).replaceAll('_', '-');
    const value = equals < 0 ? undefined : unquoted(trim(content.slice(equals + 1)));
    entries.push({ group, key, value, line: index + 1 });
  }
  return entries;
}

/** Without C's blanks at the ends. */
function trim(text: string): string {
  return text.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, '');
}

/** Up to the first `#` outside of quotes. A backslash protects a quote only inside of quotes. */
function withoutComment(line: string): string {
  return /^(?:[^#'"]|"(?:\\.|[^"\\])*(?:"|\\?$)|'(?:\\.|[^'\\])*(?:'|\\?$))*/s.exec(line)?.[0] ?? '';
}

/** A value without the quotes around it, its escapes replaced; a backslash before another character, or at the end, stays. */
function unquoted(value: string): string {
  const inner = /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
  return inner.replace(/\\([ntrbs"'\\])/g, (_, character: string) => escapes[character] ?? character);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', s: ' ' };

function lineError(path: string, line: number, problem: string): IngestError {
  return new IngestError('ERR_USAGE', `${path}:${line}: ${problem}`, {
    hint: 'correct the option file, or name another one in the URL',
  });
}
