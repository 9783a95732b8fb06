import { codeOf } from '../errors.js';
import { attributesOf, inheritedAttributes, type StoreInfo } from '../records/kosh.js';
import { type Attributes, sameAttributes } from '../records/kosh-values.js';
import { type GrowingLists, mergeRecord } from '../records/merge-record.js';
import { ObjectText } from '../records/object-text.js';
import { membersOf } from '../records/parse.js';
import { contentOf } from '../records/record-content.js';
import { relationshipKey } from '../records/relationship-key.js';
import { rowsOfRaw } from '../records/rows-of-raw.js';
import type { Problem, Rows } from '../records/types.js';
import { type Part, type PreparedRecord, type PreparedRelationship, type Reject, rawOf } from '../sources/source.js';
import type { StoredRecord } from '../stores/connection.js';
import { controlledAttributes } from './ensemble-rules.js';
import { recordDiffers } from './record-differs.js';
import type { StoreView } from './store-view.js';
import { emptyExisting, type IfExists, listedIds } from './unit-fate.js';
import { recordTwice } from './unit-rejects.js';

/** How a unit meets what is there. */
export interface Meeting {
  readonly file: string | null;
  readonly ifExists: Exclude<IfExists, 'error'>;
  readonly info: StoreInfo;
  /** What the engine of the store cannot keep. */
  readonly problems: (rows: Rows) => readonly Problem[];
}

/** What becomes of a unit, as it is found out part by part. */
export class UnitPlan {
  readonly meeting: Meeting;
  readonly existing = emptyExisting();
  readonly rejects: Reject[] = [];
  /** Replaced and merged records, with their pointers. */
  readonly changed = new Map<string, string>();
  /** Ensembles among them, with what their members took over before. */
  readonly ensembles = new Map<string, Attributes>();
  /** Records that stay as they are, and new memberships, some of them of these. */
  readonly skipped = new Map<string, string>();
  readonly joins: PreparedRelationship[] = [];

  constructor(meeting: Meeting) {
    this.meeting = meeting;
  }

  count(way: 'skipped' | 'replaced' | 'merged', { id, type, pointer }: PreparedRecord): void {
    this.existing[way]++;
    this.existing.types.set(type, (this.existing.types.get(type) ?? 0) + 1);
    (way === 'skipped' ? this.skipped : this.changed).set(id, pointer);
  }

  differs(id: string): void {
    this.existing.different++;
    if (this.existing.differing.length < listedIds) this.existing.differing.push(id);
  }

  refuse(problems: readonly (Problem & Pick<Reject, 'hint'>)[], { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>): void {
    const { file } = this.meeting;
    this.rejects.push(...problems.map((problem) => ({ file, recordId: id, ...problem, pointer: pointer + problem.pointer })));
  }
}

/** What of a part is new. */
export type NewRows = Pick<Part, 'records' | 'relationships'>;

/** Finds out what becomes of a part, changes what is there already in the view, and answers what is not there. */
export async function meetExisting(view: StoreView, part: Part, plan: UnitPlan): Promise<NewRows> {
  const stored = await view.records(part.records.map(({ id }) => id));
  const seen = new Set<string>();
  const records: PreparedRecord[] = [];
  for (const record of part.records) {
    const other = stored.get(record.id);
    if (seen.size === seen.add(record.id).size) plan.rejects.push(recordTwice(plan.meeting.file, record));
    else if (other) await meet(view, { stored: other, record, plan });
    else records.push(record);
  }
  return { records, relationships: await newRelationships(view, part, plan) };
}

interface Pair {
  readonly stored: StoredRecord;
  readonly record: PreparedRecord;
  readonly plan: UnitPlan;
}

async function meet(view: StoreView, pair: Pair): Promise<void> {
  const { stored, record, plan } = pair;
  const { ifExists, info, file } = plan.meeting;
  const isKoshsOwn =
    info.reservedTypes.includes(stored.type) && stored.type !== info.ensemblesType && stored.type !== info.sourcesType;
  if (ifExists === 'skip' || isKoshsOwn) {
    const same = await isSame(view, pair);
    if (ifExists !== 'skip' && !same) {
      plan.rejects.push(recordDiffers(file, record, { of: 'a record that Kosh keeps for itself' }));
      return;
    }
    plan.count('skipped', record);
    if (!same) plan.differs(record.id);
  } else if (stored.type !== record.type) {
    const difference = { pointer: '/type', stored: JSON.stringify(stored.type), given: JSON.stringify(record.type) };
    plan.rejects.push(recordDiffers(file, record, difference));
  } else if (ifExists === 'replace') await replace(view, pair);
  else await merge(view, pair);
}

/** What a member took over from its ensembles is no difference. */
async function isSame(view: StoreView, { stored, record, plan }: Pair): Promise<boolean> {
  const given = rawOf(record);
  if (stored.raw === given) return true;
  if (stored.type !== record.type) return false;
  try {
    const content = contentOf(given);
    if (contentOf(stored.raw) === content) return true;
    const lacked = namesIn(stored.raw);
    for (const name of namesIn(given)) lacked.delete(name);
    if (lacked.size === 0) return false;
    const inherited = await controlledAttributes(view, record.id, plan.meeting.info);
    return (
      contentOf(
        stored.raw,
        [...lacked].filter((name) => inherited.has(name)),
      ) === content
    );
  } catch (error) {
    // Sina with the json of Python writes NaN, which is not JSON: no input that was accepted says the same.
    if (codeOf(error) !== 'ERR_NOT_JSON') throw error;
    return false;
  }
}

function namesIn(raw: string): Set<string> {
  const data = new ObjectText(raw).text('data') ?? '{}';
  return new Set(membersOf(data).keys());
}

async function replace(view: StoreView, { stored, record, plan }: Pair): Promise<void> {
  const raw = rawOf(record);
  plan.count('replaced', record);
  noteChange({ stored, record, plan }, raw);
  if (raw !== stored.raw) await view.put({ id: record.id, type: record.type, raw }, record.rows);
}

async function merge(view: StoreView, { stored, record, plan }: Pair): Promise<void> {
  const { info, file, problems } = plan.meeting;
  const merged = mergedOf(stored, rawOf(record), info);
  if (!merged) {
    plan.rejects.push(recordDiffers(file, record, { of: 'a record whose text is not JSON' }));
    return;
  }
  for (const conflict of merged.conflicts) plan.rejects.push(recordDiffers(file, record, conflict));
  if (merged.conflicts.length > 0) return;
  plan.count('merged', record);
  noteChange({ stored, record, plan }, merged.raw);
  if (!merged.changed) return;
  const mapped = rowsOfRaw(merged.raw);
  const wrong = mapped.ok ? problems(mapped.rows) : mapped.problems;
  plan.refuse(wrong, record);
  if (mapped.ok && wrong.length === 0) await view.put({ id: record.id, type: record.type, raw: merged.raw }, mapped.rows);
}

/** The datasets that use a file are listed in its record. */
const listsOfFile: GrowingLists = new Set(['/data/associated/value']);
const noLists: GrowingLists = new Set();

function mergedOf(stored: StoredRecord, given: string, info: StoreInfo) {
  try {
    return mergeRecord(stored.raw, given, stored.type === info.sourcesType ? listsOfFile : noLists);
  } catch (error) {
    if (codeOf(error) !== 'ERR_NOT_JSON') throw error;
    return undefined;
  }
}

function noteChange({ stored, record, plan }: Pair, raw: string): void {
  const { id } = record;
  if (record.type !== plan.meeting.info.ensemblesType || plan.ensembles.has(id)) return;
  const before = inheritedIn(stored.raw);
  if (!sameAttributes(before, inheritedIn(raw))) plan.ensembles.set(id, before);
}

function inheritedIn(raw: string): Attributes {
  try {
    return inheritedAttributes(attributesOf(raw));
  } catch {
    return new Map();
  }
}

async function newRelationships(view: StoreView, { relationships }: Part, plan: UnitPlan): Promise<PreparedRelationship[]> {
  if (relationships.length === 0) return [];
  const subjects = [...new Set(relationships.map(({ subject }) => subject))];
  const there = new Set((await view.relationships(subjects)).map(relationshipKey));
  return relationships.filter((relationship) => {
    if (there.size === there.add(relationshipKey(relationship)).size) {
      plan.existing.relationships++;
      return false;
    }
    if (relationship.predicate === plan.meeting.info.ensemblePredicate) plan.joins.push(relationship);
    return true;
  });
}
