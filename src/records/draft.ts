import { type ErrorCode, IngestError } from '../errors.js';
import { isStamp } from './compare-json.js';
import { attributesOf } from './kosh.js';
import { type Attributes, type Metadata, valueText } from './kosh-values.js';
import { ObjectText } from './object-text.js';
import { quoted } from './problems.js';
import { rowsOfRaw } from './rows-of-raw.js';
import type { DatumValue, Problem, Rows } from './types.js';

/** A curve as it is added to a curve set. */
export interface CurveText {
  readonly value: readonly number[];
  readonly units?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

export type CurveSide = 'independent' | 'dependent';

/**
 * A stored record that is being changed, as Kosh changes it: what is changed is stamped in `user_defined.kosh_information`, by which Kosh's
 * unsynchronised sessions find out that somebody else was at work; all else in `raw` stands as it did.
 */
export class RecordDraft {
  readonly #record: ObjectText;
  readonly #stampS: string;

  /** Throws `ERR_STORE` when the text of the record is not JSON. */
  constructor(id: string, raw: string, now: () => number = Date.now) {
    try {
      this.#record = new ObjectText(raw);
    } catch (cause) {
      const hint = 'Sina with the json of Python writes NaN and Infinity, which are not JSON: replace the record.';
      throw new IngestError('ERR_STORE', `the text of record ${quoted(id)} in the store is not JSON`, { cause, hint });
    }
    this.#stampS = String(now() / 1000);
  }

  get attributes(): Attributes {
    return attributesOf(this.toString());
  }

  /** A new attribute is last, one that was there keeps its place and loses units and tags, as in Kosh. */
  setAttribute(name: string, value: DatumValue): void {
    this.#record.object('data').set(name, `{"value":${valueText(value)}}`);
    this.#stamp(`${name}_last_modified`);
  }

  setAttributes(attributes: Attributes | Metadata): void {
    const entries = attributes instanceof Map ? attributes : Object.entries(attributes as Metadata);
    for (const [name, value] of entries) this.setAttribute(name, value);
  }

  /** False when there was none. */
  deleteAttribute(name: string): boolean {
    if (!this.#record.object('data').delete(name)) return false;
    this.#stamp(`${name}_last_modified`);
    return true;
  }

  /** Uris of the record's files, with the id of the file's own record where Kosh made one. */
  get files(): Map<string, { readonly mimetype?: string; readonly kosh_id?: string }> {
    const files = this.#record.object('files');
    return new Map(files.keys().map((uri) => [uri, files.value(uri) as object]));
  }

  setFile(uri: string, mimetype: string, koshId: string): void {
    this.#record.object('files').set(uri, JSON.stringify({ mimetype, kosh_id: koshId }));
    this.#stamp(`${uri}___associated_last_modified`);
  }

  deleteFile(uri: string): void {
    if (this.#record.object('files').delete(uri)) this.#stamp(`${uri}___associated_last_modified`);
  }

  curveSets(): string[] {
    return this.#record.object('curve_sets').keys();
  }

  curves(set: string, side: CurveSide): string[] {
    return this.#record.object('curve_sets').has(set) ? this.#curves(set, side).keys() : [];
  }

  curve(set: string, side: CurveSide, name: string): CurveText {
    return this.#curves(set, side).value(name) as CurveText;
  }

  #curves(set: string, side: CurveSide): ObjectText {
    return this.#record.object('curve_sets').object(set).object(side);
  }

  addCurve(set: string, side: CurveSide, name: string, curve: CurveText): void {
    // Both sides have to be there, in Sina's order.
    this.#curves(set, 'independent');
    this.#curves(set, 'dependent');
    const parts = [`"value":[${curve.value.map(valueText).join(',')}]`];
    if (curve.units !== undefined) parts.push(`"units":${JSON.stringify(curve.units)}`);
    if (curve.tags !== undefined) parts.push(`"tags":${JSON.stringify(curve.tags)}`);
    this.#curves(set, side).set(name, `{${parts.join(',')}}`);
  }

  /** The set goes with its last curve, as in Kosh. */
  deleteCurve(set: string, side: CurveSide, name: string): void {
    this.#curves(set, side).delete(name);
    const orderKey = `${side}_order`;
    const curveSet = this.#record.object('curve_sets').object(set);
    const order = curveSet.value(orderKey);
    if (Array.isArray(order)) curveSet.set(orderKey, JSON.stringify(order.filter((other) => other !== name)));
    if (this.curves(set, 'independent').length + this.curves(set, 'dependent').length === 0) this.deleteCurveSet(set);
  }

  deleteCurveSet(set: string): void {
    this.#record.object('curve_sets').delete(set);
  }

  /** Makes it another record, of another creator. */
  becomeCopy(id: string, creator: string): void {
    this.#record.set('id', JSON.stringify(id));
    this.#record.object('data').set('creator', `{"value":${JSON.stringify(creator)}}`);
  }

  /** Without the stamps, as Kosh exports a record (`cleanup_sina_record_from_kosh_sync`). */
  clean(): void {
    // A record that Kosh never changed has no such section, and gets none.
    if (!this.#record.text('user_defined')?.startsWith('{')) return;
    const userDefined = this.#record.object('user_defined');
    if (!userDefined.has('kosh_information')) return;
    const information = userDefined.object('kosh_information');
    for (const key of information.keys()) {
      if (isStamp(key)) information.delete(key);
    }
  }

  #stamp(key: string): void {
    this.#record.object('user_defined').object('kosh_information').set(key, this.#stampS);
  }

  /** The rows of the changed record. Throws the code of the first problem when a store could not hold it. */
  rows(): Rows {
    const mapped = rowsOfRaw(this.toString());
    if (!mapped.ok) throw problemError(mapped.problems);
    return mapped.rows;
  }

  toString(): string {
    return this.#record.toString();
  }
}

/** Problems as one error, with the code of the first; `subject` says what is refused. */
export function problemError(problems: readonly Problem[], subject?: string): IngestError {
  const [first, ...others] = problems as [Problem, ...Problem[]];
  const more = others.map(({ message }) => `; ${message}`).join('');
  const hint = first.expected === undefined ? {} : { hint: `Expected ${first.expected}, found ${first.found}.` };
  return new IngestError(first.code as ErrorCode, `${subject ? `${subject}: ` : ''}${first.message}${more}`, hint);
}
