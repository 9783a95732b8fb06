import { checkKeys, checkText } from './arguments.js';
import { addCurve, type CurveOptions, checkCurve, curvesOf, removeCurve, type StoredCurve } from './calls/curves.js';
import { draftOf, storedRecord } from './calls/stored.js';
import type { CallOptions, StoreContext } from './context.js';

/** The curves of a dataset or an ensemble, in curve sets. Each call is one transaction. */
export class RecordCurves {
  readonly #context: StoreContext;
  readonly #id: string;

  constructor(context: StoreContext, id: string) {
    this.#context = context;
    this.#id = id;
  }

  /** Every curve, set by set, the independent ones of a set first. */
  list(options: CallOptions = {}): Promise<StoredCurve[]> {
    return this.#context.read(async (reader) => curvesOf(draftOf(await storedRecord(reader, this.#id))), options);
  }

  /**
   * Adds a curve and answers `set/name` (Kosh: `add_curve`). Throws `ERR_USAGE` for what is no list of finite numbers, `ERR_CURVE` when the set
   * has one of that name, `ERR_RECORD` when a curve or attribute of that name has other units or is a text.
   */
  async add(value: readonly number[], options: CurveOptions & CallOptions = {}): Promise<string> {
    const given = { ...options };
    const curve = checkCurve(value, given);
    return await this.#context.write((tx) => addCurve(tx, this.#id, { curve, options: given }, this.#context.info), given);
  }

  /**
   * Removes a curve, given as `set/name` or as `name` and `curveSet`, or a whole curve set, given as its name (Kosh:
   * `remove_curve_or_curve_set`). Throws `ERR_CURVE` when there is none, or when two are meant.
   */
  async remove(curve: string, options: { readonly curveSet?: string | undefined } & CallOptions = {}): Promise<void> {
    checkText('curve', curve);
    checkKeys(options, ['curveSet', 'signal']);
    const { curveSet } = options;
    if (curveSet !== undefined) checkText('curveSet', curveSet);
    await this.#context.write((tx) => removeCurve(tx, this.#id, { curve, curveSet }, this.#context.info), options);
  }
}
