import { openBareSqlite } from '../../stores/sqlite.js';
import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';

/** A bug with which SQLite damages a database. */
interface Bug {
  readonly what: string;
  /** The first version that has it. */
  readonly from: string;
  /** The first that has not. */
  readonly to: string;
  /** Earlier ones that it was mended in, with what comes behind them in their line. */
  readonly mendedIn: readonly string[];
  readonly onlyWal: boolean;
  readonly source: string;
}

const bugs: readonly Bug[] = [
  {
    what: 'the WAL-reset bug: two connections that write and checkpoint at the same moment lose or damage pages',
    from: '3.7.0',
    to: '3.51.3',
    mendedIn: ['3.44.6', '3.50.7'],
    onlyWal: true,
    source: 'https://sqlite.org/wal.html#walresetbug',
  },
  {
    what: 'a savepoint that is rolled back with temp_store=MEMORY damages the database',
    from: '3.35.0',
    to: '3.37.2',
    mendedIn: [],
    onlyWal: false,
    source: 'https://sqlite.org/releaselog/3_37_2.html',
  },
];

/** Versions that SQLite's authors took back. */
const withdrawn: readonly string[] = ['3.52.0'];

/** The version of SQLite that `load` uses, against the bugs that damage a database. */
export const sqliteVersion: Check<FilePlace> = {
  name: 'SQLite',
  look({ file }) {
    const db = openBareSqlite(':memory:', { busyTimeoutMs: 0 });
    try {
      const [row] = db.all('SELECT sqlite_version() AS version');
      return [versionFinding(String(row?.version), file.kind === 'SQLite' && file.isWal)];
    } finally {
      db.close();
    }
  },
};

/** What there is to say about a version of SQLite, for a store in WAL mode or in another one. */
export function versionFinding(version: string, isWal: boolean): Found {
  const has = bugs.filter((bug) => hasBug(version, bug));
  const found = `${version}, of this package`;
  if (has.length === 0 && !withdrawn.includes(version)) {
    return { level: 'ok', found: `${found}: none of the known bugs that damage a database (Python may have another version)` };
  }
  const words = has.map(({ what, source }) => `${what} (${source})`);
  if (withdrawn.includes(version)) words.push('it was withdrawn by its authors (https://sqlite.org/changes.html)');
  return {
    level: has.some(({ onlyWal }) => isWal || !onlyWal) ? 'problem' : 'warning',
    found: `${found}: ${words.join('; ')}`,
    advice: 'Update better-sqlite3: npm update better-sqlite3. Until then write from one process, and not in WAL mode.',
  };
}

function hasBug(version: string, { from, to, mendedIn }: Bug): boolean {
  if (compare(version, from) < 0 || compare(version, to) >= 0) return false;
  return !mendedIn.some((mended) => lineOf(mended) === lineOf(version) && compare(version, mended) >= 0);
}

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  for (let n = 0; n < 3; n++) {
    const difference = (a?.[n] ?? 0) - (b?.[n] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `3.44.6` -> `3.44`. */
function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
