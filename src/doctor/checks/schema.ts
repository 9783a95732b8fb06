import type { FilePlace } from '../file-place.js';
import type { Check, Found } from '../finding.js';
import type { Contents } from '../orders.js';

/** A table that Sina has no more, one that it had not then, and some that it always had (`kosh/tests/baselines/sina/data.sqlite`). */
const onlyOld = 'Run';
const onlyNew = 'CurveSetMeta';
const common = ['Record', 'Relationship', 'ScalarData', 'StringData', 'Document'];

/** Whose tables the store has. */
export const schema: Check<FilePlace> = {
  name: 'schema',
  async look({ file, reading }) {
    if (file.kind !== 'SQLite') return [];
    const read = await reading();
    return read.kind === 'read' ? [schemaFinding(read.contents)] : [];
  },
};

/** What there is to say about the tables of a store. */
export function schemaFinding({
  schema: found,
  tables,
  hasStoreInfo,
}: Pick<Contents, 'schema' | 'tables' | 'hasStoreInfo'>): Found {
  if (found === 'none') return { level: 'ok', found: 'no tables yet: the first load creates them' };
  if (found === 'sina') {
    return hasStoreInfo
      ? { level: 'ok', found: 'a Kosh store' }
      : {
          level: 'note',
          found: "Sina's tables, without Kosh's own records",
          advice: 'Nothing is to be done: the first load, or kosh.connect, writes them, as Kosh does.',
        };
  }
  if (common.every((table) => tables.includes(table)) && (tables.includes(onlyOld) || !tables.includes(onlyNew))) {
    return {
      level: 'problem',
      found: `a store of an older Sina: ${tables.includes(onlyNew) ? `it has a table ${onlyOld}` : `there is no table ${onlyNew}`}`,
      advice: 'It cannot be loaded into. Its records can be moved to a new store: docs/doctor.md has the command.',
    };
  }
  return {
    level: 'problem',
    found: found.refused,
    advice: 'Give another path: a new store is created where there is none.',
  };
}
