import { statSync } from 'node:fs';
import { shellWord } from '../../config/command-words.js';
import { readRange } from '../../sources/input-file.js';
import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';
import { bytesText } from '../words.js';

/** By which SQLite knows a journal. */
const headerBytes = 8;

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
  if (!isBlank(`${path}-journal`)) return [{ level: 'note', found: `a journal of ${bytesText(bytes)}: somebody writes now` }];
  return [
    {
      level: 'note',
      found: `a journal of ${bytesText(bytes)} with nothing to roll back: somebody writes now, or keeps it (PERSIST), or was killed before writing to the store`,
      advice: 'Nothing is to be done: the next write replaces it.',
    },
  ];
}

/** The header is filled in before the store is written to, and filled with zeros after the COMMIT where the file is kept (SQLite's file format, section 3). */
function isBlank(path: string): boolean {
  try {
    return readRange({ path }, { from: 0, to: headerBytes }).every((byte) => byte === 0);
  } catch {
    // Gone since.
    return false;
  }
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
