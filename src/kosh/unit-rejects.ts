import type { InsertName, Problem, SqlValue } from '../records/types.js';
import { ensemblePointer } from '../sources/dataset-draft.js';
import type { Part, PreparedRecord, PreparedRelationship, Reject } from '../sources/source.js';
import type { Connection } from '../stores/connection.js';
import type { WholeUnit } from './unit-fate.js';

/** Rejects for what the engine of the store cannot keep. */
export function unkept(connection: Connection, file: string | null, part: Part): Reject[] {
  const rejects = (found: readonly Problem[], pointer: string, recordId: string | null): Reject[] =>
    found.map((problem) => ({ file, recordId, ...problem, pointer: pointer + problem.pointer }));
  return [
    ...part.records.flatMap(({ id, rows, pointer }) => rejects(connection.problems(rows), pointer, id)),
    ...part.relationships.flatMap(({ subject, object, predicate, pointer }) =>
      rejects(connection.problems({ relationship: [subject, object, predicate] }), pointer, null),
    ),
  ];
}

export function recordExists(file: string | null, { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>): Reject {
  return {
    file,
    recordId: id,
    pointer: pointer && `${pointer}/id`,
    code: 'ERR_RECORD_EXISTS',
    message: `record ${id} is in the store already`,
    found: JSON.stringify(id),
    expected: 'an id that the store does not have',
    hint:
      file === null
        ? 'If it was loaded before: --if-exists skip (or replace, merge). Else choose another --prefix or another --store.'
        : 'If it was loaded before: --if-exists skip (or replace, merge). Else give the record another id.',
  };
}

/** The store cannot tell two ids apart. */
export function recordAlike(file: string | null, { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>, other: string): Reject {
  return {
    ...recordExists(file, { id, pointer }),
    message: `the store takes the id ${JSON.stringify(id)} for ${JSON.stringify(other)}: its tables do not tell the two apart`,
    expected: 'ids that differ in more than case, accents or blanks at the end',
    hint: 'Give the record another id, or load into a new database: tables that are created here tell all ids apart.',
  };
}

export function recordTwice(file: string | null, { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>): Reject {
  return {
    ...recordExists(file, { id, pointer }),
    message: `record ${id} comes twice in this load`,
    expected: 'every id once',
    hint: 'Give one of the two records another id.',
  };
}

export function otherEnsemble({ file, content }: WholeUnit, ensembleId: string): Reject {
  return {
    file,
    recordId: content.records[0]?.id ?? null,
    pointer: '',
    code: 'ERR_ENSEMBLE_ATTRIBUTE',
    message: `${ensembleId} is in the store with other attributes than this load gives it`,
    expected: `an ensemble ${ensembleId} with the attributes of this load`,
    hint: 'Choose another --prefix, or the --attributes that the ensemble was loaded with.',
  };
}

export function ensembleCame({ file, content }: WholeUnit, ensembleId: string): Reject {
  return {
    file,
    recordId: content.records[0]?.id ?? null,
    pointer: '',
    code: 'ERR_MISSING_ENDPOINT',
    message: `the ensemble ${ensembleId} came into the store while its member was being read`,
    hint: 'Load it again: it now gets the attributes of its ensemble.',
  };
}

const endpoints = ['subject', 'object'] as const;

function missingEnsemble(file: string | null, id: string): Reject {
  return {
    file,
    recordId: null,
    pointer: ensemblePointer,
    code: 'ERR_MISSING_ENDPOINT',
    message: `the ensemble ${id} is neither in this load nor in the store`,
    found: JSON.stringify(id),
    expected: 'the id of an ensemble',
    hint: `Make it in the same load, as a line of a .jsonl file: {"id": ${JSON.stringify(id)}, "type": "kosh_ensemble", "metadata": {}}`,
  };
}

/** A reject for each end of a relationship that is not there. */
export function missingEndpoints(
  file: string | null,
  relationship: PreparedRelationship,
  there: (id: string) => boolean,
): Reject[] {
  return endpoints.flatMap((endpoint) => {
    const id = relationship[endpoint];
    if (there(id)) return [];
    if (relationship.pointer === ensemblePointer) return [missingEnsemble(file, id)];
    return {
      file,
      recordId: null,
      pointer: relationship.pointer && `${relationship.pointer}/${endpoint}`,
      code: 'ERR_MISSING_ENDPOINT',
      message: `the ${endpoint} of a relationship, ${id}, is neither in the document nor in the store`,
      found: JSON.stringify(id),
      expected: 'the id of a record in the document or in the store',
      hint: 'Load the document that holds this record first, or together with this one.',
    };
  });
}

/** Its record is new, so that a row of it can only be there already where the store takes two names for the same. */
function nameAlike(
  file: string | null,
  { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>,
  row: readonly SqlValue[],
): Reject {
  const name = row.find((value) => value !== id);
  return {
    ...recordExists(file, { id, pointer }),
    pointer,
    code: 'ERR_RECORD',
    message: `the store takes the name ${JSON.stringify(name)} in record ${id} for another one of the record: its tables do not tell the two apart`,
    found: JSON.stringify(name),
    expected: 'names that differ in more than case, accents or blanks at the end',
  };
}

/** The reject for a row whose key is in the store already, once its record is known to be new. */
export function rowExists(
  file: string | null,
  insert: InsertName,
  row: readonly SqlValue[],
  part: Pick<Part, 'records' | 'relationships'>,
): Reject {
  if (insert !== 'relationship') {
    const record = part.records.find(({ id }) => row.includes(id)) ?? { id: String(row[0]), pointer: '' };
    return insert === 'record' ? recordExists(file, record) : nameAlike(file, record, row);
  }
  const [subject, object, predicate] = row;
  const same = part.relationships.filter((r) => r.subject === subject && r.object === object && r.predicate === predicate);
  return {
    file,
    recordId: null,
    pointer: same.at(-1)?.pointer ?? '',
    code: 'ERR_RELATIONSHIP_EXISTS',
    message: `the relationship ${subject} "${predicate}" ${object} ${same.length > 1 ? 'comes twice in the document' : 'is in the store already'}`,
    found: JSON.stringify({ subject, predicate, object }),
    expected: 'every relationship once',
    hint: 'Remove it from the document.',
  };
}
