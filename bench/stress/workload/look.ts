import type { Reader } from '../../../src/stores/connection.js';
import type { SeenDataset } from '../events.js';
import { checkOf, datasetType, memberOf, own, readDataset } from './records.js';

/** Datasets as they are found in one state of the store: the text, the rows by which they are found, the memberships. */
export async function lookAt(reader: Reader, ids: readonly string[]): Promise<SeenDataset[]> {
  const records = await reader.records(ids);
  const memberships = await reader.relationships({ subject: ids, predicate: memberOf });
  const seen: SeenDataset[] = [];
  for (const id of ids) {
    const ensembles = memberships.flatMap(({ subject, object }) => (subject === id ? [object] : []));
    const record = records.get(id);
    if (!record) {
      seen.push({ id, there: false, ensembles });
      continue;
    }
    const { own: ensemble, torn } = readDataset(id, record.raw);
    const fault = record.type === datasetType ? torn : `its type is ${record.type}`;
    seen.push({
      id,
      there: true,
      ...(ensemble === undefined ? {} : { own: ensemble }),
      ensembles,
      ...withTorn(fault ?? (await rowsFault(reader, id, ensemble))),
    });
  }
  return seen;
}

/** Whether a record is found by the rows that its text stands for. */
async function rowsFault(reader: Reader, id: string, ensemble: string | undefined): Promise<string | undefined> {
  const found = await reader.find({
    ids: [id],
    data: { check: checkOf(id), ...(ensemble === undefined ? {} : { [own]: ensemble }) },
  });
  await found.close();
  return found.count === 1 ? undefined : 'it is not found by what its text says';
}

function withTorn(torn: string | undefined) {
  return torn === undefined ? {} : { torn };
}

/** What does not fit together in a dataset; undefined when all does. */
export function tornIn({ id, there, own: ensemble, ensembles, torn }: SeenDataset): string | undefined {
  if (torn !== undefined) return `dataset ${id}: ${torn}`;
  if (!there) return ensembles.length === 0 ? undefined : `dataset ${id} is not there, but in ${ensembles.join(', ')}`;
  if (ensembles.length !== 1)
    return `dataset ${id} is in ${ensembles.length} ensembles${ensembles.length > 0 ? `: ${ensembles.join(', ')}` : ''}`;
  return ensembles[0] === ensemble ? undefined : `dataset ${id} says that it is in ${ensemble}, and is in ${ensembles[0]}`;
}
