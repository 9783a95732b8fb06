import { createHash } from 'node:crypto';
import { membersOf } from './json-text.js';
import { type Attributes, isAttribute, type Metadata, valueText } from './kosh-values.js';
import type { Datum, DatumValue, SinaRecord } from './types.js';

export { type Attributes, checkMetadata, type Metadata, sameAttributes } from './kosh-values.js';

/** How a Kosh store names its things: the data of its store-info record. */
export interface StoreInfo {
  readonly sourcesType: string;
  readonly usersType: string;
  readonly groupsType: string;
  readonly loadersType: string;
  readonly ensemblesType: string;
  /** Predicate of the relationship from a dataset (subject) to its ensemble (object). */
  readonly ensemblePredicate: string;
  readonly reservedTypes: readonly string[];
}

/** Id of the store-info record: one for each store. */
export const storeInfoId = '__kosh_store_info__';

/** Type of the store-info record. */
export const storeInfoType = '__kosh_storeinfo__';

/** What Kosh 3.1 gives a new store (`utils.py` `update_store_and_get_info_record`). */
export const defaultStoreInfo: StoreInfo = {
  sourcesType: 'file',
  usersType: 'user',
  groupsType: 'group',
  loadersType: 'koshloader',
  ensemblesType: 'kosh_ensemble',
  ensemblePredicate: 'is a member of ensemble',
  reservedTypes: [storeInfoType, 'file', 'user', 'group', 'kosh_ensemble', 'koshloader'],
};

/** Type of a dataset when none is asked for. */
export const datasetType = 'dataset';

const attributeNames = {
  sourcesType: 'sources_type',
  usersType: 'users_type',
  groupsType: 'groups_type',
  loadersType: 'loaders_type',
  ensemblesType: 'ensembles_type',
  ensemblePredicate: 'ensemble_predicate',
  reservedTypes: 'reserved_types',
} as const satisfies Record<keyof StoreInfo, string>;

/** The record that makes a Sina store a Kosh store. */
export function storeInfoRecord(): SinaRecord {
  const { reservedTypes, ...types } = defaultStoreInfo;
  const attributes = new Map<string, DatumValue>();
  for (const [key, value] of Object.entries(types)) attributes.set(attributeNames[key as keyof StoreInfo], value);
  attributes.set('kosh_min_version', '1.2.1');
  attributes.set(attributeNames.reservedTypes, [...reservedTypes]);
  return koshRecord(storeInfoId, storeInfoType, attributes);
}

/** What a store-info record says. What it leaves out, or has in another type than Kosh writes, is as in a new store. */
export function storeInfoFrom(raw: string): StoreInfo {
  const attributes = attributesOf(raw);
  const info: Record<string, unknown> = { ...defaultStoreInfo };
  for (const [key, name] of Object.entries(attributeNames)) {
    const value = attributes.get(name);
    if (key === 'reservedTypes' ? isTexts(value) : typeof value === 'string') info[key] = value;
  }
  return info as unknown as StoreInfo;
}

function isTexts(value: DatumValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Id of a user's record, which is also the `creator` of what the user makes. */
export function userId(name: string): string {
  return createHash('md5').update(name).digest('hex');
}

/** The record of a user in a store whose types are the default ones. */
export function userRecord(name: string): SinaRecord {
  return koshRecord(userId(name), defaultStoreInfo.usersType, new Map([['username', name]]));
}

/** What a new dataset or ensemble is made of. */
export interface KoshRecordOptions {
  readonly id: string;
  /** Checked by the caller (`checkMetadata`). `id` and `_associated_data_` are no attributes; `creator` is replaced. */
  readonly metadata: Metadata;
  /** Id of the record of the user. */
  readonly creator: string;
  /** Default: `Unnamed Dataset`, `Unnamed Ensemble`. A `name` in the metadata wins. */
  readonly name?: string | undefined;
  readonly type?: string | undefined;
}

/** What a new dataset is made of. */
export interface DatasetRecordOptions extends KoshRecordOptions {
  /** Attributes of the ensemble that it is made in, see {@link inheritedAttributes}. */
  readonly inherited?: Attributes | undefined;
}

/** A dataset as Kosh leaves it in the store after `store.create` or `ensemble.create`, but without time stamps. */
export function datasetRecord({ inherited, ...options }: DatasetRecordOptions): SinaRecord {
  const attributes = ownAttributes(options, 'Unnamed Dataset');
  if (inherited) for (const [name, value] of inherited) attributes.set(name, value);
  return koshRecord(options.id, options.type ?? datasetType, attributes);
}

/** An ensemble as Kosh leaves it in the store after `store.create_ensemble`. */
export function ensembleRecord(options: KoshRecordOptions): SinaRecord {
  return koshRecord(options.id, options.type ?? defaultStoreInfo.ensemblesType, ownAttributes(options, 'Unnamed Ensemble'));
}

/** The record of an associated file (Kosh: `dataset.associate`). */
export function sourceRecord(id: string, type: string, attributes: Attributes): SinaRecord {
  return koshRecord(id, type, attributes);
}

function ownAttributes({ metadata, creator, name }: KoshRecordOptions, unnamed: string): Map<string, DatumValue> {
  const attributes = new Map<string, DatumValue>();
  for (const key of Object.keys(metadata)) if (isAttribute(key)) attributes.set(key, metadata[key] as DatumValue);
  attributes.set('creator', creator);
  if (!attributes.has('name')) attributes.set('name', name ?? unnamed);
  return attributes;
}

function koshRecord(id: string, type: string, attributes: Attributes): SinaRecord {
  return recordOf(id, type, new Map([...attributes].map(([name, value]) => [name, { value, text: valueText(value) }])));
}

/** An attribute with its value as it was written, which may be a number that no double can hold. */
export interface WrittenValue {
  readonly value: DatumValue;
  /** Compact JSON. */
  readonly text: string;
}

/** What a dataset or ensemble is made of whose metadata was read from a text. */
export interface WrittenRecordOptions extends Omit<KoshRecordOptions, 'metadata' | 'type'> {
  readonly metadata: ReadonlyMap<string, WrittenValue>;
  readonly type: string;
  readonly inherited?: Attributes | undefined;
}

/** As {@link datasetRecord} and {@link ensembleRecord}, for metadata that keeps the text of its values. `name` is the name when the metadata has none. */
export function writtenRecord({
  id,
  type,
  metadata,
  creator,
  name,
  inherited,
}: WrittenRecordOptions & { name: string }): SinaRecord {
  const written = (value: DatumValue): WrittenValue => ({ value, text: valueText(value) });
  const attributes = new Map<string, WrittenValue>();
  for (const [key, value] of metadata) if (isAttribute(key)) attributes.set(key, value);
  attributes.set('creator', written(creator));
  if (!attributes.has('name')) attributes.set('name', written(name));
  if (inherited) for (const [key, value] of inherited) if (!attributes.has(key)) attributes.set(key, written(value));
  return recordOf(id, type, attributes);
}

function recordOf(id: string, type: string, attributes: ReadonlyMap<string, WrittenValue>): SinaRecord {
  const data: Record<string, Datum> = {};
  const texts: string[] = [];
  for (const [name, { value, text }] of attributes) {
    // Assigned, "__proto__" would set the prototype.
    if (name === '__proto__') Object.defineProperty(data, name, { value: { value }, enumerable: true });
    else data[name] = { value };
    texts.push(`${JSON.stringify(name)}:{"value":${text}}`);
  }
  const raw =
    `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"data":{${texts.join(',')}},"curve_sets":{},"library_data":{}` +
    ',"files":{},"user_defined":{"kosh_information":{}}}';
  return { id, type, raw, data, curve_sets: {}, library_data: {}, files: {} };
}

/**
 * The attributes of a dataset or ensemble, in the order of its record; `creator` is the id of a user. Throws `ERR_NOT_JSON`
 * for a `raw` that is not the text of an object.
 */
export function attributesOf(source: string | SinaRecord): Map<string, DatumValue> {
  const attributes = new Map<string, DatumValue>();
  // From the text, because an object would move names such as "10" to the front.
  const data = membersOf(typeof source === 'string' ? source : source.raw).get('data') ?? '{}';
  for (const [name, text] of membersOf(data)) {
    const datum = JSON.parse(text) as Partial<Datum> | null;
    if (datum?.value !== undefined && isAttribute(name)) attributes.set(name, datum.value);
  }
  return attributes;
}

/** Attributes of an ensemble that its members do not take over (Kosh: `ensemble.py`). */
const notInherited: ReadonlySet<string> = new Set(['creator', 'id', 'name']);

/** Whether members take over an attribute of this name from their ensemble. */
export function isInherited(name: string): boolean {
  return !notInherited.has(name);
}

/** What a member takes over from its ensemble, in the order in which Kosh does: by name. */
export function inheritedAttributes(attributes: Attributes): Map<string, DatumValue> {
  const inherited = new Map<string, DatumValue>();
  for (const name of [...attributes.keys()].filter(isInherited).sort()) inherited.set(name, attributes.get(name) as DatumValue);
  return inherited;
}
