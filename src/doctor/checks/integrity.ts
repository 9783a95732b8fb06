import { shellWord } from '../../config/command-words.js';
import type { FilePlace } from '../file-place.js';
import type { Check } from '../finding.js';
import { mostBytes } from '../read-store.js';
import { bytesText } from '../words.js';

/** What SQLite's `quick_check` says of the file, unless it is large. */
export const integrity: Check<FilePlace> = {
  name: 'integrity',
  async look({ file, path, reading }) {
    if (file.kind !== 'SQLite') return [];
    const read = await reading();
    const byHand = `sqlite3 ${shellWord(path)} "PRAGMA quick_check"`;
    switch (read.kind) {
      case 'left alone':
        return [{ level: 'note', found: `not checked: ${read.why}`, advice: `By hand: ${byHand}` }];
      case 'busy':
        return [
          { level: 'note', found: 'not checked: somebody writes to it', advice: 'Run doctor again when it is not in use.' },
        ];
      case 'failed':
        return [
          {
            level: /^SQLITE_(CORRUPT|NOTADB)/.test(read.code) ? 'problem' : 'warning',
            found: `cannot be read: ${read.said}`,
            advice: /^SQLITE_READONLY/.test(read.code)
              ? 'See what is said about its journal.'
              : `Restore it from a copy, or save what can be: sqlite3 ${shellWord(path)} .recover`,
          },
        ];
      case 'read': {
        const lines = read.contents.integrity;
        if (lines === undefined) {
          const found = `not checked: the store has more than ${bytesText(mostBytes)}`;
          return [{ level: 'note', found, advice: `It takes minutes. By hand: ${byHand}` }];
        }
        if (lines.length === 1 && lines[0] === 'ok') return [{ level: 'ok', found: 'quick_check finds nothing wrong' }];
        return [
          {
            level: 'problem',
            found: `damaged: ${lines.join('; ')}`,
            advice: `Let nobody write to it. Restore it from a copy, or save what can be: sqlite3 ${shellWord(path)} .recover`,
          },
        ];
      }
    }
  },
};
