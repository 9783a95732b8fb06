import { readFileSync } from 'node:fs';
import type { MariadbServer } from '../support/mariadb-server.js';

/** Ticks of a second in /proc. */
const ticksASecond = 100;

/** Where stores are filled: one server, or the nodes of a cluster. */
export class Place {
  readonly #nodes: readonly MariadbServer[];

  constructor(nodes: readonly MariadbServer[]) {
    this.#nodes = nodes;
  }

  /** A new database without tables. What the one before has left to be written is written first: no trial works off what another has left behind. */
  async newDatabase(): Promise<string> {
    // Where the server cannot be told, rounds in turn have to do.
    for (const node of this.#nodes) await node.sql('SET GLOBAL innodb_log_checkpoint_now = ON').catch(() => undefined);
    return this.#first.freshDatabase('bench');
  }

  async drop(database: string): Promise<void> {
    await this.#first.sql(`DROP DATABASE \`${database}\``);
  }

  /** The store as its user names it, with all nodes. */
  storeUrl(database: string): string {
    return `mariadb://root@${this.#nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${database}`;
  }

  /** The store on each node alone. */
  nodeUrls(database: string): [first: string, ...others: string[]] {
    const [, ...others] = this.#nodes;
    return [this.#first.url(database), ...others.map((node) => node.url(database))];
  }

  /** What the servers have computed since they were started, all together; not a number where there is no /proc. */
  async cpuSeconds(): Promise<number> {
    const files = await Promise.all(this.#nodes.map((node) => node.sql('SELECT @@pid_file')));
    return files.reduce((sum, file) => sum + cpuSecondsOf(file), 0);
  }

  /** The version of the servers, as the report names it. */
  async version(): Promise<string> {
    const version = (await this.#first.sql('SELECT VERSION()')).split('-')[0] ?? '';
    const [, galera] = (await this.#first.sql(`SHOW STATUS LIKE 'wsrep\\_provider\\_version'`)).split('\t');
    return galera ? `MariaDB ${version} with Galera ${galera.split('(')[0]}` : `MariaDB ${version}`;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.remove()));
  }

  get #first(): MariadbServer {
    const [first] = this.#nodes;
    if (!first) throw new Error('no server');
    return first;
  }
}

function cpuSecondsOf(pidFile: string): number {
  try {
    const stat = readFileSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold blanks.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) / ticksASecond;
  } catch {
    return Number.NaN;
  }
}
