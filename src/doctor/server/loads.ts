import { IngestError } from '../../errors.js';
import { unfinishedLoads } from '../../kosh/unfinished-loads.js';
import { MariadbJournal } from '../../stores/mariadb-journal.js';
import { foundOf } from '../checks/unfinished-loads.js';
import { onServer } from './on-server.js';

/** Loads that run, were interrupted, or lack some of their shards. */
export const loads = onServer('loads', async ({ session, schema }) => {
  if (schema instanceof IngestError || !schema.hasJournal) return [];
  return foundOf(await unfinishedLoads({ journal: new MariadbJournal(session, { writes: false }) }));
});
