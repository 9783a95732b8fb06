import { RecordDraft } from '../../../src/records/draft.js';
import { attributesOf, defaultStoreInfo, ensembleRecord } from '../../../src/records/kosh.js';
import { membersOf, parseRecord } from '../../../src/records/parse.js';
import { rowsOf } from '../../../src/records/rows.js';
import type { Rows, SinaRecord } from '../../../src/records/types.js';
import type { WorkloadSizes } from '../protocol.js';

/** Predicate of a membership. */
export const memberOf = defaultStoreInfo.ensemblePredicate;
/** Types by which the records of the workload are known again. */
export const datasetType = 'stress_dataset';
export const counterType = 'stress_counter';
/** Attributes: of a counter, and of a dataset the ensemble that it is in. */
export const counted = 'n';
export const own = 'ensemble';

const creator = 'stress';

/** Ids of what is there from the start. */
export function ensembleIds({ ensembles }: WorkloadSizes): string[] {
  return Array.from({ length: ensembles }, (_, n) => `ensemble-${n}`);
}

export function counterIds({ counters }: WorkloadSizes): string[] {
  return Array.from({ length: counters }, (_, n) => `counter-${n}`);
}

export function firstDatasetIds({ datasets }: WorkloadSizes): string[] {
  return Array.from({ length: datasets }, (_, n) => `dataset-${n}`);
}

/** Where a dataset that is there from the start is put. */
export function firstEnsembleOf(id: string, sizes: WorkloadSizes): string {
  return `ensemble-${checkOf(id) % sizes.ensembles}`;
}

/** The number by which the content of a dataset is known to be its own: FNV-1a of its id. */
export function checkOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

export function ensembleRows(id: string): Rows {
  return rowsFor(ensembleRecord({ id, creator, metadata: {} }));
}

export function counterRows(id: string): Rows {
  return rowsFor(recordOf({ id, type: counterType, data: { creator: { value: creator }, [counted]: { value: 0 } } }));
}

/** The value of a counter; undefined for a record that is none. */
export function counterValue(raw: string): number | undefined {
  const value = attributesOf(raw).get(counted);
  return typeof value === 'number' ? value : undefined;
}

/** The rows of a record with an attribute set. */
export function rowsWith(id: string, raw: string, attribute: string, value: string | number): Rows {
  const draft = new RecordDraft(id, raw);
  draft.setAttribute(attribute, value);
  return draft.rows();
}

/** A dataset has something for every table, all of it made from its id. */
export function datasetRows(id: string, ensemble: string): Rows {
  return rowsFor(recordOf({ id, type: datasetType, ...contentOf(id, ensemble) }));
}

function contentOf(id: string, ensemble: string) {
  const check = checkOf(id);
  return {
    data: {
      creator: { value: creator },
      [own]: { value: ensemble },
      check: { value: check },
      energy: { value: check / 7, units: 'MJ', tags: ['output', id] },
      text: { value: `${id}: text with ümlauts and 漢字` },
      label: { value: `label ${check}`, units: 'none', tags: ['input'] },
      numbers: { value: [check, check + 1.5, -check] },
      measured: { value: [0.5, check], units: 's' },
      names: { value: [id, 'second', `third ${check}`], tags: ['list'] },
    },
    curve_sets: {
      history: {
        independent: { time: { value: [0, 1, check] } },
        dependent: { volume: { value: [check, 2, 3], units: 'cm^3' } },
      },
    },
    files: {
      [`/runs/${id}/input.txt`]: { mimetype: 'text/plain', tags: ['input'] },
      [`/runs/${id}/${check}.h5`]: { mimetype: 'application/x-hdf5' },
    },
  };
}

/** Where a dataset says it is, and what in its text is not as it was made. */
export function readDataset(id: string, raw: string): { readonly own: string | undefined; readonly torn: string | undefined } {
  let found: ReturnType<typeof contentOf>;
  try {
    found = JSON.parse(raw) as ReturnType<typeof contentOf>;
  } catch {
    return { own: undefined, torn: 'its text is not JSON' };
  }
  const value = found.data?.[own]?.value;
  const ensemble = typeof value === 'string' ? value : undefined;
  const made = contentOf(id, ensemble ?? '');
  const differs = (['data', 'curve_sets', 'files'] as const).find((section) => textOf(found[section]) !== textOf(made[section]));
  if (ensemble === undefined) return { own: undefined, torn: 'it does not say which ensemble it is in' };
  return { own: ensemble, torn: differs && `its section ${differs} is not the one that was inserted` };
}

/** The order of members and what Sina adds to a curve set do not count. */
function textOf(section: unknown): string {
  return JSON.stringify(section, (name, value: unknown) => {
    if (name.endsWith('_order')) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function recordOf(document: { readonly id: string; readonly type: string; readonly data: object }): SinaRecord {
  const parsed = parseRecord(membersOf(JSON.stringify(document)), (localId) => localId);
  if (!parsed.ok) throw new Error(`${document.id}: ${parsed.problems[0]?.message}`);
  return parsed.record;
}

function rowsFor(record: SinaRecord): Rows {
  const mapped = rowsOf(record);
  if (!mapped.ok) throw new Error(`${record.id}: ${mapped.problems[0]?.message}`);
  return mapped.rows;
}
