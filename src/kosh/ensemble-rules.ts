import { codeOf, messageOf } from '../errors.js';
import { attributesOf, inheritedAttributes, type StoreInfo } from '../records/kosh.js';
import { checkEnsembleAttribute, checkMemberAttribute, type EnsembleView } from '../records/kosh-rules.js';
import { type Attributes, sameValue } from '../records/kosh-values.js';
import { child, describe, quoted } from '../records/problems.js';
import type { DatumValue, Problem, Relationship } from '../records/types.js';
import type { StoredRecord } from '../stores/connection.js';
import { draftOf, pageSize, viewOf } from './calls/stored.js';
import type { UnitPlan } from './existing.js';
import type { StoreView } from './store-view.js';
import { listedRejects } from './unit-fate.js';

/**
 * Kosh's rules for what was replaced or merged: an ensemble and its members agree. A member is given what it lacks; what would disagree is refused. Called
 * when all parts of the unit have met the store.
 */
export async function settleEnsembles(view: StoreView, plan: UnitPlan): Promise<void> {
  try {
    await settle(view, plan);
  } catch (error) {
    // Sina with the json of Python writes NaN, which is not JSON.
    if (codeOf(error) !== 'ERR_NOT_JSON') throw error;
    const { file } = plan.meeting;
    const message = `an ensemble or a member of it has a text in the store that is not JSON: ${messageOf(error)}`;
    const hint = 'Replace that record first, or load this document with --if-exists skip.';
    plan.rejects.push({ file, recordId: null, pointer: '', code: 'ERR_ENSEMBLE_ATTRIBUTE', message, hint });
  }
}

async function settle(view: StoreView, plan: UnitPlan): Promise<void> {
  const changed = [...plan.changed];
  for (let at = 0; at < changed.length; at += pageSize) {
    await settleMembers(view, new Map(changed.slice(at, at + pageSize)), plan);
  }
  const joining = plan.joins.filter(({ subject }) => plan.skipped.has(subject));
  for (let at = 0; at < joining.length; at += pageSize) await refuseUnfit(view, joining.slice(at, at + pageSize), plan);
  for (const [id, before] of plan.ensembles) await reachMembers(view, { id, before }, plan);
}

/** The attributes that the ensembles of a record control. */
export async function controlledAttributes(view: StoreView, id: string, info: StoreInfo): Promise<Attributes> {
  const ensembles = await ensemblesOf(view, await view.relationships([id], info.ensemblePredicate), info);
  return new Map((ensembles.get(id) ?? []).flatMap(({ attributes }) => [...inheritedAttributes(attributes)]));
}

/** By the id of the member. */
async function ensemblesOf(
  view: StoreView,
  memberships: readonly Relationship[],
  info: StoreInfo,
): Promise<Map<string, EnsembleView[]>> {
  const stored = await view.records([...new Set(memberships.map(({ object }) => object))]);
  const views = new Map(
    [...stored.values()].filter(({ type }) => type === info.ensemblesType).map((one) => [one.id, viewOf(one)]),
  );
  const ensembles = new Map<string, EnsembleView[]>();
  for (const { subject, object } of memberships) {
    const ensemble = views.get(object);
    const others = ensembles.get(subject) ?? [];
    // A membership may be new and in the store at the same time: it was written a moment ago.
    if (ensemble && !others.includes(ensemble)) ensembles.set(subject, [...others, ensemble]);
  }
  return ensembles;
}

/** Records that were changed, by id, with their pointers. */
async function settleMembers(view: StoreView, pointers: ReadonlyMap<string, string>, plan: UnitPlan): Promise<void> {
  const { info } = plan.meeting;
  const ids = [...pointers.keys()];
  const joins = plan.joins.filter(({ subject }) => pointers.has(subject));
  const ensembles = await ensemblesOf(view, [...(await view.relationships(ids, info.ensemblePredicate)), ...joins], info);
  const records = await view.records([...ensembles.keys()]);
  for (const [id, own] of ensembles) {
    const record = records.get(id);
    if (record) await give(view, { record, ensembles: own, pointer: pointers.get(id) ?? '' }, plan);
  }
}

interface Member {
  readonly record: StoredRecord;
  readonly ensembles: readonly EnsembleView[];
  readonly pointer: string;
}

/** Gives a member what it lacks, or refuses it for what it has with another value. */
async function give(view: StoreView, { record, ensembles, pointer }: Member, plan: UnitPlan): Promise<void> {
  const { id } = record;
  const { problems, lacked } = fit(attributesOf(record.raw), ensembles);
  plan.refuse(problems, { id, pointer });
  if (problems.length === 0) await putWith(view, record, { attributes: lacked, pointer, plan });
}

function fit(attributes: Attributes, ensembles: readonly EnsembleView[]) {
  const problems: Problem[] = [];
  const lacked = new Map<string, DatumValue>();
  for (const ensemble of ensembles) {
    for (const [name, value] of inheritedAttributes(ensemble.attributes)) {
      const own = attributes.get(name) ?? lacked.get(name);
      if (own === undefined) lacked.set(name, value);
      else problems.push(...checkMemberAttribute(name, own, { ensembles: [ensemble] }));
    }
  }
  return { problems, lacked };
}

interface Giving {
  readonly attributes: Attributes;
  /** Of the record that is refused when the store cannot keep them. */
  readonly pointer: string;
  readonly plan: UnitPlan;
}

async function putWith(view: StoreView, record: StoredRecord, { attributes, pointer, plan }: Giving): Promise<void> {
  if (attributes.size === 0) return;
  const { id, type } = record;
  const draft = draftOf(record);
  draft.setAttributes(attributes);
  const rows = draft.rows();
  const problems = plan.meeting.problems(rows);
  plan.refuse(problems, { id, pointer });
  if (problems.length === 0) await view.put({ id, type, raw: draft.toString() }, rows);
}

/** A record that is to stay as it is joins an ensemble only when it has all that members have. */
async function refuseUnfit(view: StoreView, joining: UnitPlan['joins'], plan: UnitPlan): Promise<void> {
  const ensembles = await ensemblesOf(view, joining, plan.meeting.info);
  const records = await view.records([...ensembles.keys()]);
  for (const [id, own] of ensembles) {
    const pointer = plan.skipped.get(id) ?? '';
    const { problems, lacked } = fit(attributesOf(records.get(id)?.raw ?? '{}'), own);
    plan.refuse(problems, { id, pointer });
    for (const [name, value] of lacked) {
      const message = `record ${id} stays as it is in the store, without ${quoted(name)}, which members of its new ensemble have`;
      const problem = { code: 'ERR_ENSEMBLE_ATTRIBUTE', pointer: child('/data', name), message } as const;
      plan.refuse([{ ...problem, found: 'nothing', expected: describe(value), hint: 'Load it with --if-exists merge.' }], {
        id,
        pointer,
      });
    }
  }
}

interface ChangedEnsemble {
  readonly id: string;
  /** What members took over before. */
  readonly before: Attributes;
}

/** What is new in an ensemble reaches members that lack it, as in Kosh; members that have another value are in its way. */
async function reachMembers(view: StoreView, { id, before }: ChangedEnsemble, plan: UnitPlan): Promise<void> {
  const { info } = plan.meeting;
  const pointer = plan.changed.get(id) ?? '';
  const now = inheritedAttributes(attributesOf((await view.records([id])).get(id)?.raw ?? '{}'));
  const isNew = ([name, value]: [string, DatumValue]) => !before.has(name) || !sameValue(before.get(name) ?? null, value);
  const fresh = new Map([...now].filter(isNew));
  if (fresh.size === 0) return;
  for await (const page of view.members(id, info)) {
    const ids = page.filter((member) => !plan.changed.has(member));
    const ensembles = await ensemblesOf(view, await view.relationships(ids, info.ensemblePredicate), info);
    for (const record of (await view.records(ids)).values()) {
      const attributes = attributesOf(record.raw);
      const lacked = new Map([...fresh].filter(([name]) => !attributes.has(name)));
      const problems = [...fresh].flatMap(([name, value]) => {
        const own = attributes.get(name);
        const others = checkEnsembleAttribute(name, id, ensembles.get(record.id) ?? []);
        return own === undefined || sameValue(own, value) ? others : [inTheWay(record.id, { name, own, value }), ...others];
      });
      plan.refuse(problems, { id, pointer });
      if (problems.length === 0) await putWith(view, record, { attributes: lacked, pointer, plan });
    }
    if (plan.rejects.length > listedRejects) return;
  }
}

function inTheWay(memberId: string, { name, own, value }: { name: string; own: DatumValue; value: DatumValue }) {
  return {
    code: 'ERR_ENSEMBLE_ATTRIBUTE',
    pointer: child('/data', name),
    message: `member ${memberId} of the ensemble has another value of ${quoted(name)} in the store`,
    found: describe(value),
    expected: describe(own),
    hint: 'Replace the members in the same document, or keep the value.',
  } as const;
}
