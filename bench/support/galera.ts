import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, freePort, logTail, newFolder, onFreePorts, writeData } from './mariadb-home.js';
import { ServerProcess, until } from './mariadb-process.js';
import { commonArgs, MariadbServer, notHere, type ServerOptions } from './mariadb-server.js';

const libraries = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so'];
const library = libraries.find(existsSync);

/** Why tests of a Galera cluster cannot run here, with the command that changes it; undefined when they can. */
export function galeraMissing(): string | undefined {
  const missing = ['mariadbd', 'mariadb-install-db', 'mariadb', 'rsync'].filter((name) => findProgram(name) === undefined);
  if (library === undefined) missing.push('libgalera_smm.so');
  if (missing.length === 0) return undefined;
  return notHere(`There is no ${missing[0]}: \`apt-get install -y mariadb-server galera-4 rsync\`.`);
}

/** One server of a cluster. `start` and `restart` wait until it takes part again. */
export class GaleraNode extends MariadbServer {
  /** All nodes, this one too. */
  readonly cluster: readonly GaleraNode[];
  isIsolated = false;

  constructor(port: number, process: ServerProcess, cluster: readonly GaleraNode[]) {
    super(`mariadb://root@127.0.0.1:${port}`, process);
    this.cluster = cluster;
  }

  /** A status variable as `cluster_size`, without the `wsrep_`; also of a node that refuses to work. */
  async status(name: string): Promise<string | undefined> {
    const line = await this.sql(`SHOW STATUS LIKE 'wsrep\\_${name}'`);
    return line.split('\t')[1];
  }

  /** As a service manager, it starts a node again whose donor failed: seen once in 200 times, under heavy load. */
  override async start(args: readonly string[] = []): Promise<void> {
    this.isIsolated = false;
    for (let tries = 1; ; tries++) {
      try {
        return await super.start([...(await this.#positionArgs()), ...args]);
      } catch (error) {
        if (tries === 3 || !/will never receive state/i.test(String(error))) throw error;
      }
    }
  }

  /**
   * Where a node that was killed has got to: as the service of Debian does. Without, it takes all the data anew from another, and a cluster
   * of which all were killed does not know its own UUID.
   */
  async #positionArgs(): Promise<readonly string[]> {
    const { folder } = this.process;
    if (!/^seqno:\s*-1$/m.test(readFileSync(join(folder, 'data', 'grastate.dat'), 'utf8'))) return [];
    const position = /Recovered position: (\S+)/.exec(await this.process.runOnce(['--wsrep-recover']))?.[1];
    if (position === undefined) throw new Error(`mariadbd --wsrep-recover said no position:\n${logTail(folder)}`);
    return [`--wsrep-start-position=${position}`];
  }

  /** It answers, is synced, and sees all nodes that run and are not isolated. */
  protected override async isReady(): Promise<boolean> {
    return isSettled(this).catch(() => false);
  }
}

const takesPart = (node: GaleraNode) => node.runs && !node.isIsolated;
const seesAll = async (node: GaleraNode) => Number(await node.status('cluster_size')) === node.cluster.filter(takesPart).length;
const isSettled = async (node: GaleraNode) =>
  (await node.status('cluster_status')) === 'Primary' && (await node.status('local_state')) === '4' && (await seesAll(node));

/** Resolves when all nodes that run and are not isolated are synced, and see each other and no others. */
export async function settled(cluster: readonly GaleraNode[]): Promise<void> {
  for (const node of cluster.filter(takesPart))
    await until(
      () => isSettled(node),
      () => 'the cluster has settled',
    );
}

/** Cuts a node off: resolves when it refuses to work, and the others know that they are without it. */
export async function isolate(node: GaleraNode): Promise<void> {
  await node.sql(`SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'`);
  node.isIsolated = true;
  await until(
    async () => (await node.status('cluster_status')) !== 'Primary',
    () => 'the node is cut off',
  );
  for (const other of node.cluster.filter(takesPart))
    await until(
      () => seesAll(other),
      () => 'the others are without it',
    );
}

/** Lets a node in again: resolves when all is as before. */
export async function rejoin(node: GaleraNode): Promise<void> {
  await node.sql(`SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'`);
  node.isIsolated = false;
  await settled(node.cluster);
}

/**
 * Starts a Galera cluster of private servers, and waits until all take part. When all were killed, all have to be restarted at once; when
 * all were shut down, the last one starts with `--wsrep-new-cluster`, then the others.
 */
export async function startCluster(nodes = 3, { args = [] }: ServerOptions = {}): Promise<readonly GaleraNode[]> {
  return onFreePorts(async () => {
    const cluster: GaleraNode[] = [];
    const ports = await Promise.all(Array.from({ length: nodes }, nodePorts));
    const addresses = ports.map(({ group }) => `127.0.0.1:${group}`);
    // Longer than 32 characters, no node understands another.
    const name = `kosh-${randomUUID().slice(0, 8)}`;
    const clusterArgs = [`--wsrep-cluster-name=${name}`, `--wsrep-cluster-address=gcomm://${addresses.join(',')}`, ...args];
    for (const [at, one] of ports.entries()) {
      const folder = await newFolder();
      await rememberCluster(folder, at, nodes);
      const process = new ServerProcess(folder, [...commonArgs, ...nodeArgs(one, at), ...clusterArgs]);
      cluster.push(new GaleraNode(one.port, process, cluster));
    }
    return { made: cluster, servers: cluster, start: () => Promise.all(cluster.map((node) => node.start())) };
  });
}

interface NodePorts {
  readonly port: number;
  readonly group: number;
  /** For a state transfer: the changes, or all. */
  readonly changes: number;
  readonly all: number;
}

async function nodePorts(): Promise<NodePorts> {
  return { port: await freePort(), group: await freePort(), changes: await freePort(), all: await freePort() };
}

function nodeArgs({ port, group, changes, all }: NodePorts, at: number): readonly string[] {
  const provider = [
    'base_host=127.0.0.1',
    `base_port=${group}`,
    `gmcast.listen_addr=tcp://127.0.0.1:${group}`,
    `ist.recv_addr=127.0.0.1:${changes}`,
    'gcache.size=32M',
    'gcache.page_size=32M',
    // A node that is gone is noticed after 2 s instead of 5.
    'evs.suspect_timeout=PT2S',
    'evs.inactive_timeout=PT5S',
    'evs.keepalive_period=PT0.5S',
    'evs.inactive_check_period=PT0.5S',
  ];
  return [
    `--port=${port}`,
    '--binlog-format=ROW',
    '--default-storage-engine=InnoDB',
    '--innodb-autoinc-lock-mode=2',
    '--max-allowed-packet=64M',
    '--wsrep-on=ON',
    `--wsrep-provider=${library}`,
    `--wsrep-provider-options=${provider.join(';')}`,
    `--wsrep-node-name=n${at + 1}`,
    `--wsrep-node-address=127.0.0.1:${group}`,
    `--wsrep-node-incoming-address=127.0.0.1:${port}`,
    '--wsrep-sst-method=rsync',
    `--wsrep-sst-receive-address=127.0.0.1:${all}`,
    '--wsrep-slave-threads=2',
  ];
}

/**
 * Makes a new node believe that it was in a cluster with the others when all lost power. All have the same data, so they find together at
 * once; with the first alone and the others copying its data one after the other, it takes 10 s instead of 3.
 */
async function rememberCluster(folder: string, at: number, nodes: number): Promise<void> {
  // Galera orders nodes by the time in their UUIDs, which is what these begin with.
  const uuid = (n: number) => `${String(n).padStart(8, '0')}-0000-1000-8000-000000000000`;
  const members = Array.from({ length: nodes }, (_, n) => `member: ${uuid(n + 1)} 0\n`).join('');
  const view = `#vwbeg\nview_id: 3 ${uuid(1)} 1\nbootstrap: 0\n${members}#vwend\n`;
  await writeData(folder, 'gvwstate.dat', `my_uuid: ${uuid(at + 1)}\n${view}`);
  await writeData(
    folder,
    'grastate.dat',
    `# GALERA saved state\nversion: 2.1\nuuid: ${uuid(0)}\nseqno: 0\nsafe_to_bootstrap: 0\n`,
  );
}
