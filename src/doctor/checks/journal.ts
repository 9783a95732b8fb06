import { statSync } from 'node:fs';
import { shellWord } from '../../config/command-words.js';
import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';
import { bytesText } from '../words.js';

/** The journal mode of the store, and what was left of a transaction. */
export const journal: Check<FilePlace> = {
  name: 'journal',
  async look({ file, path, fileSystem, reading }) {
    if (file.kind !== 'SQLite') return [];
    if (!file.isWal) {
      const read = await reading();
      return [{ level: 'ok', found: 'a rollback journal, as Kosh makes stores' }, ...left(path, read)];
    }
    if (fileSystem?.kind === 'network') {
      const convert = `sqlite3 ${shellWord(path)} "PRAGMA journal_mode=DELETE"`;
      return [
        {
          level: 'problem',
          found: 'WAL mode on a file system that is shared over a network: it needs memory that all share, which machines do not',
          advice: `Let nobody use the store, then change it on one machine: ${convert}`,
        },
      ];
    }
    return [{ level: 'ok', found: 'WAL mode' }, ...leftWal(path)];
  },
};

/** A journal with content is of a writer that is at work, or hot: of one that died in a transaction. SQLite itself says which when it reads. */
function left(path: string, read: Awaited<ReturnType<FilePlace['reading']>>): readonly Found[] {
  const bytes = sizeOf(`${path}-journal`);
  if (bytes === 0) return [];
  if (read.kind === 'failed' && /^SQLITE_(READONLY|CANTOPEN)/.test(read.code)) {
    return [
      {
        level: 'warning',
        found: `a hot journal of ${bytesText(bytes)}: a writer died in a transaction`,
        advice: `Do not delete it: whoever opens the store for writing next rolls that transaction back by it. To do it now: sqlite3 ${shellWord(path)} "SELECT count(*) FROM Record"`,
      },
    ];
  }
  return [{ level: 'note', found: `a journal of ${bytesText(bytes)}: somebody writes now, or keeps it (PERSIST)` }];
}

function leftWal(path: string): readonly Found[] {
  const bytes = sizeOf(`${path}-wal`);
  if (bytes === 0) return [];
  const isOpen = statSync(`${path}-shm`, { throwIfNoEntry: false }) !== undefined;
  return [
    {
      level: isOpen ? 'note' : 'warning',
      found: `a -wal of ${bytesText(bytes)}${isOpen ? ': the store is in use, or was left by who died' : ', and nobody has the store open'}`,
      advice: `Do not delete it, and copy it with the store: it holds what was committed. The next who closes the store in order puts it into the file.`,
    },
  ];
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
