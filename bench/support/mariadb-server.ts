import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { findProgram, freePort, newFolder, onFreePorts } from './mariadb-home.js';
import { ServerProcess } from './mariadb-process.js';

const run = promisify(execFile);
const externalUrl = process.env.KOSH_INGEST_TEST_MARIADB_URL || undefined;

/** Why tests of MariaDB cannot run here, with the command that changes it; undefined when they can. */
export function mariadbMissing(): string | undefined {
  return externalUrl === undefined ? privateMissing() : undefined;
}

/** As {@link mariadbMissing}, for tests that kill, stop or configure the server: not with an external one. */
export function faultsMissing(): string | undefined {
  return externalUrl === undefined ? privateMissing() : 'KOSH_INGEST_TEST_MARIADB_URL names a server that is not ours to kill';
}

function privateMissing(): string | undefined {
  const missing = ['mariadbd', 'mariadb-install-db', 'mariadb'].filter((name) => findProgram(name) === undefined);
  return missing.length === 0 ? undefined : notHere(`There is no ${missing[0]}: \`apt-get install -y mariadb-server\`.`);
}

/** Says what is missing, or throws it when the tests must run. */
export function notHere(reason: string): string {
  if (process.env.KOSH_INGEST_REQUIRE_MARIADB === '1') throw new Error(reason);
  return reason;
}

/**
 * A real MariaDB server. Ours as a rule: private, on the loopback, with a root that has no password, and on data that survives what is
 * done to the process. With KOSH_INGEST_TEST_MARIADB_URL it is that server: what is done to a process throws.
 */
export class MariadbServer {
  readonly port: number;
  /** Of a private server. */
  readonly socket: string | undefined;
  readonly #root: URL;
  readonly #process: ServerProcess | undefined;
  readonly #databases: string[] = [];

  constructor(root: string, process?: ServerProcess) {
    this.#root = new URL(root);
    this.#process = process;
    this.port = Number(this.#root.port || 3306);
    this.socket = process?.socket;
  }

  get isExternal(): boolean {
    return this.#process === undefined;
  }

  /** There is a process, and it was not stopped. */
  get runs(): boolean {
    return this.process.runs;
  }

  protected get process(): ServerProcess {
    if (!this.#process) throw new Error('not with an external server');
    return this.#process;
  }

  get rootUrl(): string {
    return this.url('');
  }

  /** `mariadb://root@127.0.0.1:PORT/database`; of an external server, its URL with this database. */
  url(database: string): string {
    const url = new URL(this.#root);
    url.pathname = `/${encodeURIComponent(database)}`;
    return url.href;
  }

  /** Starts it and waits until it answers, 60 s at the most; `args` are for this time only. */
  async start(args: readonly string[] = []): Promise<void> {
    await this.process.start(args, () => this.isReady());
  }

  /** Starts it again, on the same port and data. */
  async restart(): Promise<void> {
    await this.start();
  }

  protected async isReady(): Promise<boolean> {
    return this.sql('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.process.end('SIGKILL');
  }

  /** SIGTERM; resolves when the process is gone. */
  async shutdown(): Promise<void> {
    await this.process.end('SIGTERM');
  }

  /** SIGSTOP: connections stay, nothing answers. */
  stop(): void {
    this.process.stop();
  }

  /** SIGCONT. */
  resume(): void {
    this.process.resume();
  }

  /**
   * Runs SQL with the `mariadb` client, not with our code, and answers what it prints: a line for a row, tabs between columns, no names,
   * `NULL` for null. Rejects with what the client says is wrong.
   */
  async sql(text: string, database = ''): Promise<string> {
    const args = [
      '--no-defaults',
      '-N',
      '-B',
      '--default-character-set=utf8mb4',
      '--connect-timeout=10',
      ...this.#clientArgs(),
      database,
    ];
    const password = this.isExternal ? decodeURIComponent(this.#root.password) || process.env.MYSQL_PWD : undefined;
    const client = run(findProgram('mariadb') ?? 'mariadb', args, {
      env: { ...process.env, MYSQL_PWD: password },
      timeout: 120_000,
      maxBuffer: 2 ** 28,
    });
    // The client may end before it has read all.
    client.child.stdin?.on('error', () => {}).end(text);
    try {
      return (await client).stdout.replace(/\n$/, '');
    } catch (error) {
      const { stderr = '', message } = error as Error & { stderr?: string };
      throw new Error(stderr.trim() || message);
    }
  }

  #clientArgs(): readonly string[] {
    const { hostname, username } = this.#root;
    if (this.socket !== undefined) return [`--socket=${this.socket}`, '--user=root'];
    return ['--protocol=tcp', `--host=${hostname}`, `--port=${this.port}`, `--user=${decodeURIComponent(username) || 'root'}`];
  }

  /** Creates a database with a name of its own, which starts as given, and answers the name. */
  async freshDatabase(name = 'kosh'): Promise<string> {
    const database = `${name}_${randomUUID().slice(0, 8)}`;
    await this.sql(`CREATE DATABASE \`${database}\``);
    this.#databases.push(database);
    return database;
  }

  /** Kills it and deletes its data; of an external server, drops the databases that were created here. */
  async remove(): Promise<void> {
    if (this.#process) return this.#process.remove();
    for (const database of this.#databases.splice(0)) await this.sql(`DROP DATABASE IF EXISTS \`${database}\``);
  }
}

/** What all private servers are started with. */
export const commonArgs = [
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-buffer-pool-size=128M',
  '--local-infile=1',
  '--max-connections=200',
  '--character-set-server=utf8mb4',
  '--collation-server=utf8mb4_general_ci',
];

export interface ServerOptions {
  /** More arguments of `mariadbd`, at each of its starts. */
  readonly args?: readonly string[];
}

/** Starts a private server and waits until it answers; the external one when there is one. Who starts it removes it. */
export async function startServer({ args = [] }: ServerOptions = {}): Promise<MariadbServer> {
  if (externalUrl !== undefined) {
    if (args.length > 0) throw new Error('no arguments: not with an external server');
    return new MariadbServer(externalUrl);
  }
  return onFreePorts(async () => {
    const port = await freePort();
    const process = new ServerProcess(await newFolder(), [`--port=${port}`, ...commonArgs, ...args]);
    const server = new MariadbServer(`mariadb://root@127.0.0.1:${port}`, process);
    return { made: server, servers: [server], start: () => server.start() };
  });
}
