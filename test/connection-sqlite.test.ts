import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openConnection } from '../src/stores/registry.js';
import { bare, describeConnection, type EngineUnderTest } from './contracts/connection.js';
import { dumpStore } from './support/dump.js';
import { tempDirectory } from './support/temp.js';

function sqlite(journal: 'delete' | 'wal'): EngineUnderTest['create'] {
  return async (t) => {
    const path = join(tempDirectory(t), 's.sqlite');
    const outside = new Database(path, { timeout: 0 });
    outside.pragma(`journal_mode = ${journal}`);
    t.after(() => outside.close());
    return {
      open: (options) => openConnection(path, { busyTimeoutMs: 0, ...options }),
      dump: async () => dumpStore(path),
      insertOutside: async (id) => {
        try {
          outside.prepare('INSERT INTO "Record" VALUES (?, ?, ?)').run(bare(id));
          return true;
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error;
          return false;
        }
      },
    };
  };
}

// What Kosh creates. A commit waits until nobody reads.
describeConnection('SQLite', { commitsBesideReaders: false, writesAlone: true, create: sqlite('delete') });
describeConnection('SQLite with a write-ahead log', { commitsBesideReaders: true, writesAlone: true, create: sqlite('wal') });
