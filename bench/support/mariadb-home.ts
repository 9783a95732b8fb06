/** Where private `mariadbd`s live: their folders, their ports, and that neither a process nor a folder outlives the test process. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
// Debian keeps servers, and what the scripts of Galera call, where only root looks.
const searchPath = [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(delimiter);
const isRoot = process.getuid?.() === 0;
const folderArgs = (folder: string) => [
  '--no-defaults',
  // As root, mariadbd insists on becoming another user.
  ...(isRoot ? ['--user=mysql'] : []),
  `--datadir=${join(folder, 'data')}`,
  `--tmpdir=${join(folder, 'tmp')}`,
  // The same at installation and at start: else the first start writes the log anew.
  '--innodb-log-file-size=64M',
];

/** Where a program is, or undefined. */
export function findProgram(name: string): string | undefined {
  return searchPath
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const handedOut = new Set<number>();

/**
 * A port of the loopback that nobody listens on. Not one of those that the kernel gives to outgoing connections (from 32768 on): one of
 * these could take it while a server that was killed is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

interface Attempt<T> {
  readonly made: T;
  readonly servers: readonly { remove(): Promise<void> }[];
  start(): Promise<unknown>;
}

/** Makes servers and starts them. Again with others when somebody took a port in the meantime. */
export async function onFreePorts<T>(attempt: () => Promise<Attempt<T>>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const { made, servers, start } = await attempt();
    try {
      await start();
      return made;
    } catch (error) {
      await Promise.all(servers.map((server) => server.remove()));
      if (tries === 5 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

// Its input ends when this process does, also by SIGKILL. Ctrl-C does not reach it: it is in another process group.
const reaper = `cat >/dev/null
for file in "$0"/*/group; do [ -e "$file" ] && kill -s KILL -- "-$(cat "$file")"; done
for try in 1 2 3 4 5 6 7 8 9; do rm -rf "$0" && break; sleep 0.2; done`;

let home: string | undefined;

function homeFolder(): string {
  if (home !== undefined) return home;
  home = mkdtempSync(join(tmpdir(), 'kosh-mariadb-'));
  if (isRoot) chmodSync(home, 0o711);
  const child = spawn('sh', ['-c', reaper, home], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return home;
}

/**
 * Starts a MariaDB program on the data of a folder. What it prints goes to {@link readLog}. What it starts ends with it, and it ends with
 * this process, but it does not keep this process alive.
 */
export function spawnIn(folder: string, program: string, args: readonly string[]): ChildProcess {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`there is no ${program}`);
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn(path, [...folderArgs(folder), ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, PATH: searchPath },
  });
  closeSync(log);
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${path}`);
  const group = join(folder, 'group');
  writeFileSync(group, String(pid));
  child.once('exit', () => {
    killGroup(pid);
    rmSync(group, { force: true });
  });
  return child;
}

/** What a server leaves behind in its group, as the scripts of a state transfer. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing, as a rule.
  }
}

/** Resolves with the exit code when a process of {@link spawnIn} has ended, and keeps this process alive until then. */
export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    await once(child, 'exit');
  }
  return child.exitCode;
}

/** What was printed in a folder, by all that ran there. */
export function readLog(folder: string): string {
  return readFileSync(join(folder, 'log'), 'utf8');
}

export function logTail(folder: string): string {
  return readLog(folder).trimEnd().split('\n').slice(-40).join('\n');
}

/** Writes a file into the data of a folder, owned as the rest of it. */
export async function writeData(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, 'data', name);
  writeFileSync(path, text);
  if (isRoot) await run('chown', ['mysql', path]);
}

let template: Promise<string> | undefined;
let folders = 0;

/** A new folder with the system tables in its data, and root without a password. */
export async function newFolder(): Promise<string> {
  template ??= install();
  const source = await template;
  const folder = join(homeFolder(), String(++folders));
  await run('cp', ['-a', source, folder]);
  return folder;
}

/** Installing takes longer than copying: it is done once in a process. */
async function install(): Promise<string> {
  const folder = join(homeFolder(), 'template');
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  if (isRoot) await run('chown', ['-R', 'mysql', folder]);
  const args = ['--auth-root-authentication-method=normal', '--skip-name-resolve', '--skip-test-db'];
  const code = await ended(spawnIn(folder, 'mariadb-install-db', args));
  if (code !== 0) throw new Error(`mariadb-install-db failed (${code}):\n${logTail(folder)}`);
  rmSync(join(folder, 'log'));
  return folder;
}
