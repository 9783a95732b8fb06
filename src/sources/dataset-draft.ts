import { datasetType, inheritedAttributes, type WrittenValue, writtenRecord } from '../records/kosh.js';
import { checkDatasetType, checkMemberMetadata, type EnsembleView } from '../records/kosh-rules.js';
import { checkAttribute } from '../records/kosh-values.js';
import { describe, Problems } from '../records/problems.js';
import { rowsOf } from '../records/rows.js';
import type { Problem } from '../records/types.js';
import { type Draft, seen } from './drafts.js';
import type { Chunk, SourceContext, Unit } from './source.js';

/** The place of a membership that is no relationship of the input, but its naming of an ensemble. */
export const ensemblePointer = '/ensemble';

/** A dataset or an ensemble as Kosh's `create` makes it, as a line gives it. */
export interface DatasetParts {
  readonly id: string;
  readonly type: string | undefined;
  readonly name: string | undefined;
  readonly ensemble: string | undefined;
  /** In their order. */
  readonly metadata: ReadonlyMap<string, WrittenValue>;
}

/** Where a dataset comes from, and how what is wrong with it is told. */
export interface DatasetSource {
  readonly unit: Omit<Unit, 'content' | 'again'>;
  /** The chunk of it alone. */
  readonly again?: (() => Chunk) | undefined;
  refuse(problems: readonly Problem[], id: string): Unit;
}

/** A dataset that is made as `store.create` or `ensemble.create` make it: with creator, a name, and what it inherits. */
export function datasetDraft(parts: DatasetParts, source: DatasetSource, context: SourceContext): Draft {
  const { id, ensemble } = parts;
  const problems = checkParts(parts, context);
  if (problems.length > 0) return { unit: source.refuse(problems, id), isKosh: false };
  if (ensemble === undefined) return { unit: datasetUnit(parts, source, context), isKosh: false };
  return {
    id,
    ensemble,
    make: (view) => {
      const conflicts = view === null ? noEnsemble(ensemble) : view ? inMetadata(checkMemberMetadata(view, ofMember(parts))) : [];
      return conflicts.length > 0 ? source.refuse(conflicts, id) : datasetUnit(parts, source, context, view ?? undefined);
    },
  };
}

const noProblems: readonly Problem[] = [];

function checkParts({ type, ensemble, metadata }: DatasetParts, { info }: SourceContext): readonly Problem[] {
  const problems = new Problems('ERR_RECORD');
  if (type !== undefined && type !== info.ensemblesType && info.reservedTypes.includes(type)) {
    const expected = 'the type of a dataset or of ensembles';
    problems.add('/type', { message: 'Kosh keeps this type for itself', found: describe(type), expected });
  }
  const ofEnsemble = ensemble !== undefined && type !== undefined ? checkDatasetType(type, info) : [];
  const attributes = new Problems('ERR_RECORD');
  for (const [name, written] of metadata) checkAttribute(name, written.value, attributes);
  if (problems.none && ofEnsemble.length === 0 && attributes.none) return noProblems;
  return [...problems.list, ...ofEnsemble, ...inMetadata(attributes.list)];
}

/** Without the name: Kosh's `ensemble.create` refuses one in the metadata, and takes the parameter `name` for it; a line has no parameters. */
function ofMember({ metadata }: Pick<DatasetParts, 'metadata'>) {
  return Object.fromEntries([...metadata].flatMap(([name, { value }]) => (name === 'name' ? [] : [[name, value]])));
}

/** The rules speak of records, whose attributes are in `data`. */
function inMetadata(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, pointer: `/metadata${problem.pointer.replace(/^\/data(?=\/)/, '')}` }));
}

function noEnsemble(id: string): Problem[] {
  const problems = new Problems('ERR_ENSEMBLE');
  const message = `the record ${id} is not an ensemble`;
  problems.add('/ensemble', { message, found: JSON.stringify(id), expected: 'the id of an ensemble' });
  return problems.list;
}

function datasetUnit(parts: DatasetParts, source: DatasetSource, context: SourceContext, view?: EnsembleView): Unit {
  const { id, metadata, ensemble, name } = parts;
  const { info, creator } = context;
  const type = parts.type ?? datasetType;
  const isEnsemble = type === info.ensemblesType;
  const record = writtenRecord({
    id,
    type,
    metadata,
    creator,
    name: name ?? (isEnsemble ? 'Unnamed Ensemble' : 'Unnamed Dataset'),
    inherited: view && inheritedAttributes(view.attributes),
  });
  const mapped = rowsOf(record);
  if (!mapped.ok) return source.refuse(mapped.problems, id);
  const relationships =
    ensemble === undefined
      ? []
      : [{ subject: id, predicate: info.ensemblePredicate, object: ensemble, pointer: ensemblePointer }];
  return {
    ...source.unit,
    ...(ensemble === undefined ? {} : { again: source.again?.(), ...seen([ensemble], new Map(view && [[ensemble, view]])) }),
    content: {
      records: [{ id, type, rows: mapped.rows, pointer: '' }],
      relationships,
      rejects: [],
      read: { records: 1, relationships: relationships.length },
    },
  };
}
