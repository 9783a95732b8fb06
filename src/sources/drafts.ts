import { withAttributes } from '../records/add-attributes.js';
import { attributesOf, inheritedAttributes } from '../records/kosh.js';
import { checkJoin, type EnsembleView, type MemberView } from '../records/kosh-rules.js';
import type { DatumValue, Problem } from '../records/types.js';
import {
  type Part,
  type PreparedRecord,
  type PreparedRelationship,
  type Reject,
  rawOf,
  type SourceContext,
  type Unit,
} from './source.js';

/** What has been read of the input, but for what only the store can tell. */
export type Draft = DocumentDraft | DatasetDraft;

export interface DocumentDraft {
  readonly unit: Unit;
  /** An export of Kosh: attributes of its ensembles and of their members are compared. */
  readonly isKosh: boolean;
}

/** A dataset, never an ensemble, that is to be made in an ensemble. */
export interface DatasetDraft {
  readonly id: string;
  readonly ensemble: string;
  /** `null`: the id is that of a record that is no ensemble; undefined: there is no such record yet. */
  make(ensemble: EnsembleView | null | undefined): Unit;
}

/**
 * The units of a chunk, with what the ensembles that they name bring: from the store, else from the units of the chunk itself. A unit whose ensemble is in
 * neither says so ({@link Unit.unseen}).
 */
export async function unitsOf(drafts: readonly Draft[], context: SourceContext): Promise<Unit[]> {
  const joins = drafts.map((draft) => ('unit' in draft ? joinsOf(draft.unit, context) : []));
  const named = new Set([...drafts.flatMap((draft) => ('unit' in draft ? [] : draft.ensemble)), ...joins.flatMap(ensembleIds)]);
  const views = named.size > 0 ? await viewsOf([...named], drafts, context) : new Map<string, EnsembleView | null>();
  return drafts.map((draft, n) => {
    if (!('unit' in draft)) return draft.make(views.get(draft.ensemble));
    const own = joins[n] as readonly Join[];
    const joined = own.length > 0 ? withEnsembles(draft.unit, own, views) : draft.unit;
    return draft.isKosh ? checkedExport(joined, context) : joined;
  });
}

/** A record of a unit, and the ensembles outside of the unit that it is a member of. */
interface Join {
  readonly record: PreparedRecord;
  readonly memberships: readonly PreparedRelationship[];
}

function ensembleIds(joins: readonly Join[]): string[] {
  return joins.flatMap(({ memberships }) => memberships.map(({ object }) => object));
}

function joinsOf({ content }: Unit, { info }: SourceContext): Join[] {
  // A large document is written while it is read: its members are loaded as they stand.
  if (typeof content === 'function' || content.rejects.length > 0) return [];
  const memberships = content.relationships.filter(({ predicate }) => predicate === info.ensemblePredicate);
  if (memberships.length === 0) return [];
  const records = new Map(content.records.map((record) => [record.id, record]));
  const outside = new Map<string, PreparedRelationship[]>();
  for (const membership of memberships) {
    if (records.has(membership.object)) continue;
    const own = outside.get(membership.subject);
    if (own) own.push(membership);
    else outside.set(membership.subject, [membership]);
  }
  return [...outside].flatMap(([subject, own]) => {
    const record = records.get(subject);
    return record && !info.reservedTypes.includes(record.type) ? [{ record, memberships: own }] : [];
  });
}

async function viewsOf(ids: readonly string[], drafts: readonly Draft[], context: SourceContext) {
  const views = new Map(await context.ensembles(ids));
  const missing = new Set(ids.filter((id) => !views.has(id)));
  if (missing.size === 0) return views;
  for (const draft of drafts) {
    if (!('unit' in draft) || typeof draft.unit.content === 'function') continue;
    for (const record of draft.unit.content.records) {
      if (missing.has(record.id)) views.set(record.id, record.type === context.info.ensemblesType ? viewOf(record) : null);
    }
  }
  // No ensemble either, whatever becomes of it: also one that names itself.
  for (const draft of drafts) if (!('unit' in draft) && missing.has(draft.id) && !views.has(draft.id)) views.set(draft.id, null);
  return views;
}

function viewOf(record: PreparedRecord): EnsembleView {
  return { id: record.id, attributes: attributesOf(rawOf(record)) };
}

function withEnsembles(unit: Unit, joins: readonly Join[], views: ReadonlyMap<string, EnsembleView | null>): Unit {
  const content = unit.content as Part;
  const changed = new Map<string, PreparedRecord>();
  const rejects: Reject[] = [];
  for (const { record, memberships } of joins) {
    const ensembles = memberships.flatMap(({ object }) => views.get(object) ?? []);
    const joined = joinAll(record, ensembles);
    if ('problems' in joined) rejects.push(...rejectsOf(unit, record, joined.problems));
    else changed.set(record.id, joined);
  }
  const ids = new Set(ensembleIds(joins));
  return {
    ...unit,
    ...seen(ids, views),
    content: { ...content, records: content.records.map((record) => changed.get(record.id) ?? record), rejects },
  };
}

/** What a unit was told about its ensembles: the attributes that it was given, and which were not there. */
export function seen(
  ids: Iterable<string>,
  views: Pick<ReadonlyMap<string, EnsembleView | null>, 'get'>,
): Pick<Unit, 'ensembles' | 'unseen'> {
  const all = [...ids];
  const ensembles = all.flatMap((id) => {
    const view = views.get(id);
    return view ? [{ id, attributes: inheritedAttributes(view.attributes) }] : [];
  });
  return { ensembles, unseen: all.filter((id) => views.get(id) === undefined) };
}

/** Kosh's `ens.add`, ensemble after ensemble. */
function joinAll(record: PreparedRecord, ensembles: readonly EnsembleView[]): PreparedRecord | { problems: readonly Problem[] } {
  if (ensembles.length === 0) return record;
  const raw = rawOf(record);
  const attributes = new Map(attributesOf(raw));
  const before = new Set(attributes.keys());
  const problems: Problem[] = [];
  const joined: EnsembleView[] = [];
  for (const ensemble of ensembles) {
    const member: MemberView = { id: record.id, attributes, ensembles: joined };
    problems.push(...checkJoin(ensemble, member));
    for (const [name, value] of inheritedAttributes(ensemble.attributes)) if (!attributes.has(name)) attributes.set(name, value);
    joined.push(ensemble);
  }
  if (problems.length > 0) return { problems };
  const added = new Map<string, DatumValue>([...attributes].filter(([name]) => !before.has(name)));
  if (added.size === 0) return record;
  const mapped = withAttributes(raw, added);
  return mapped.ok ? { ...record, rows: mapped.rows } : mapped;
}

/** In one export of Kosh: members that disagree with their ensemble. In other documents they are loaded as they stand. */
function checkedExport(unit: Unit, { info }: SourceContext): Unit {
  const { content } = unit;
  if (typeof content === 'function' || content.rejects.length > 0) return unit;
  const memberships = content.relationships.filter(({ predicate }) => predicate === info.ensemblePredicate);
  if (memberships.length === 0) return unit;
  const records = new Map(content.records.map((record) => [record.id, record]));
  const views = new Map<string, EnsembleView>();
  const view = (record: PreparedRecord) => {
    const found = views.get(record.id) ?? viewOf(record);
    views.set(record.id, found);
    return found;
  };
  const rejects = memberships.flatMap(({ subject, object }) => {
    const member = records.get(subject);
    const ensemble = records.get(object);
    if (!member || ensemble?.type !== info.ensemblesType) return [];
    return rejectsOf(unit, member, checkJoin(view(ensemble), { ...view(member), ensembles: [] }));
  });
  return rejects.length > 0 ? { ...unit, content: { ...content, rejects } } : unit;
}

function rejectsOf({ file }: Unit, { id, pointer }: PreparedRecord, problems: readonly Problem[]): Reject[] {
  const hint = 'Give the member the value of its ensemble, or leave the attribute out.';
  return problems.map((problem) => ({ ...problem, file, recordId: id, pointer: pointer + problem.pointer, hint }));
}
