/** What tests of faults share: seeds, a real load while something happens to its server, and what must be true afterwards. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mariadb';
import type { MariadbServer } from '../../bench/support/mariadb-server.js';
import type { LoadSummary } from '../../src/ingest/summary.js';
import { marksTable } from '../../src/stores/mariadb-schema.js';
import { type CliResult, runCli } from './cli.js';
import { connectOutside } from './mariadb-store.js';

const given = Number(process.env.KOSH_INGEST_FAULT_ROUNDS || 0);
export const firstSeed = Number(process.env.KOSH_INGEST_FAULT_SEED || 1);

/** More rounds were asked for than a test run has: `npm run stress:mariadb`. */
export const isLong = given > 0;

/** The seeds of the rounds: `short` of them, or as many as KOSH_INGEST_FAULT_ROUNDS says, from KOSH_INGEST_FAULT_SEED on (default 1). */
export function seeds(short: number): number[] {
  return Array.from({ length: isLong ? given : short }, (_, n) => firstSeed + n);
}

/** A `kosh-ingest load` that runs as a process of its own. */
export class RunningLoad {
  readonly result: Promise<CliResult>;
  #child: ChildProcess | undefined;
  #hasEnded = false;

  constructor(args: readonly string[], cwd: string) {
    const onSpawn = (child: ChildProcess) => {
      this.#child = child;
    };
    this.result = runCli(['load', ...args, '--json'], { cwd, onSpawn }).finally(() => {
      this.#hasEnded = true;
    });
    // Looked at when the fault is over.
    this.result.catch(() => undefined);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** The summary of a load that has brought in all: exit 0, nothing refused. */
  async whole(records: number): Promise<LoadSummary> {
    const { code, signal, stdout, stderr } = await this.result;
    assert.equal(code, 0, `exit ${code ?? signal}: ${stderr}`);
    const summary = JSON.parse(stdout) as LoadSummary;
    assert.deepEqual(summary.records, { read: records, inserted: records, rejected: 0 });
    const { inserted, rejected } = summary.relationships;
    assert.deepEqual([summary.relationships.read, rejected], [inserted, 0]);
    assert.deepEqual(summary.rejects, { count: 0, file: null });
    assert.equal(summary.interrupted, false);
    return summary;
  }
}

/** Resolves when a load has written so many records, committed or not, or has ended. */
export async function untilWritten(url: string, records: number, load: RunningLoad): Promise<void> {
  await using watcher = await Watcher.open(url);
  while (!load.hasEnded && (await watcher.records()) < records) await sleep(3);
}

/** Looks at a store from outside, also at what is not committed. */
class Watcher implements AsyncDisposable {
  readonly #connection: Connection;

  static async open(url: string): Promise<Watcher> {
    const connection = await connectOutside(url, { after: () => undefined });
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED');
    return new Watcher(connection);
  }

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  async records(): Promise<number> {
    try {
      const [row] = await this.#connection.query<{ n: number }[]>('SELECT count(*) AS n FROM "Record"');
      return row?.n ?? 0;
    } catch (error) {
      // No table yet; or it is just being created: a node of Galera then ends also who only reads.
      if ([1146, 1213].includes((error as { errno?: number }).errno ?? 0)) return 0;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.end();
  }
}

/** Fails unless two dumps are the same; says how they differ, not all that they hold. */
export function sameRows(actual: readonly string[], expected: readonly string[]): void {
  if (actual.length === expected.length && actual.every((line, n) => line === expected[n])) return;
  const minus = (some: readonly string[], others: readonly string[]) => {
    const left = new Map<string, number>();
    for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
    return some.filter((line) => {
      const count = left.get(line) ?? 0;
      left.set(line, count - 1);
      return count <= 0;
    });
  };
  const [extra, missing] = [minus(actual, expected), minus(expected, actual)];
  const shown = (lines: readonly string[]) => lines.slice(0, 3).map((line) => `\n  ${line.slice(0, 300)}`);
  assert.fail(`${extra.length} rows too many:${shown(extra)}\n${missing.length} rows missing:${shown(missing)}`);
}

/** Ids of the connections to a database that are ours. */
export async function ourConnections(server: MariadbServer, database: string): Promise<string[]> {
  const ids = await server.sql(`SELECT id FROM information_schema.PROCESSLIST WHERE db = '${database}' ORDER BY id`);
  return ids === '' ? [] : ids.split('\n');
}

/** Fails unless all connections to a database are gone within ten seconds: what was killed is committed or rolled back then. */
export async function connectionsGone(server: MariadbServer, database: string): Promise<void> {
  // The server needs a moment to notice that a connection is gone.
  const deadline = Date.now() + 10_000;
  let open = await ourConnections(server, database);
  while (open.length > 0 && Date.now() < deadline) {
    await sleep(50);
    open = await ourConnections(server, database);
  }
  assert.deepEqual(open, [], 'connections are left');
}

/** Fails unless all connections are gone, and of the marks of transactions there are `most` at the most: 0 when every connection was closed in peace. */
export async function nothingLeft(server: MariadbServer, database: string, most = 0): Promise<void> {
  await connectionsGone(server, database);
  const marks = Number(await server.sql(`SELECT count(*) FROM \`${marksTable}\``, database));
  assert.ok(marks <= most, `${marks} marks are left, of ${most} at the most`);
}

export interface Killing {
  readonly random: () => number;
  readonly isOver: () => boolean;
  /** The longest wait between the first two. */
  readonly mostMs: number;
  /** What it is multiplied with from kill to kill: who needs long for a transaction would else never get to its end. */
  readonly growth: number;
}

/** Kills a connection of a database that is in a statement, or only the statement, again and again. Answers how many were. */
export async function killAgainAndAgain(
  server: MariadbServer,
  database: string,
  { random, isOver, mostMs, growth }: Killing,
): Promise<number> {
  const killer = await connectOutside(server.rootUrl, { after: () => undefined });
  let kills = 0;
  try {
    while (!isOver()) {
      const found = await killer.query<{ id: number }[]>(
        "SELECT id FROM information_schema.PROCESSLIST WHERE db = ? AND command = 'Query'",
        [database],
      );
      const one = found[Math.floor(random() * found.length)];
      if (!one) {
        await sleep(1);
        continue;
      }
      const what = random() < 0.5 ? 'QUERY' : 'CONNECTION';
      // It may be gone by itself.
      await killer.query(`KILL ${what} ${one.id}`).then(
        () => kills++,
        () => undefined,
      );
      await sleep(random() * mostMs * growth ** kills);
    }
  } finally {
    await killer.end();
  }
  return kills;
}
