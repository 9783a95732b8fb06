import { IngestError } from '../../errors.js';
import type { CurveSide, CurveText, RecordDraft } from '../../records/draft.js';
import type { StoreInfo } from '../../records/kosh.js';
import { describe, quoted } from '../../records/problems.js';
import type { Transaction } from '../../stores/connection.js';
import { checkKeys, checkText, isText } from '../arguments.js';
import { draftOf, storedHolder } from './stored.js';

/** Where a curve is put, and what is known of it (Kosh: `add_curve`). */
export interface CurveOptions {
  /** Default: the last of `curve_set_0`, `curve_set_1`, … that is there, else a new `curve_set_0`. */
  readonly curveSet?: string | undefined;
  /** Default: the first of `curve_0`, `curve_1`, … that is free in the set. */
  readonly curveName?: string | undefined;
  /** Default: true for the first independent curve of the set, then false. */
  readonly independent?: boolean | undefined;
  readonly units?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** A curve as it is kept. */
export interface StoredCurve {
  readonly curveSet: string;
  readonly curveName: string;
  readonly independent: boolean;
  readonly value: readonly number[];
  readonly units?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

const sides = ['independent', 'dependent'] as const;

/** Throws `ERR_USAGE` for a curve that a store cannot keep. */
export function checkCurve(value: readonly number[], options: CurveOptions): CurveText {
  checkKeys(options, ['curveSet', 'curveName', 'independent', 'units', 'tags', 'signal']);
  // A copy, because the caller may change it before it is written; it has no holes.
  const numbers = Array.isArray(value) || ArrayBuffer.isView(value) ? [...value] : undefined;
  if (!numbers || numbers.length === 0 || !numbers.every(Number.isFinite)) {
    const hint = 'A curve is a list of at least one finite number.';
    const wrong = numbers ? numbers.findIndex((item) => !Number.isFinite(item)) : -1;
    const found = wrong === -1 ? describe(value) : `${describe(numbers?.[wrong])} at index ${wrong}`;
    throw new IngestError('ERR_USAGE', `this is no curve: found ${found}`, { hint });
  }
  const { curveSet, curveName, units, tags } = options;
  for (const [name, text] of Object.entries({ curveSet, curveName, units })) if (text !== undefined) checkText(name, text);
  const isTexts = tags === undefined || (Array.isArray(tags) && tags.every(isText));
  if (!isTexts) throw new IngestError('ERR_USAGE', `tags must be a list of texts; found ${describe(tags)}`);
  return { value: numbers, units, tags: tags && [...tags] };
}

/** Adds a curve and answers `set/name`. Throws `ERR_CURVE` when the set has one of that name. */
export async function addCurve(
  tx: Transaction,
  id: string,
  { curve, options }: { readonly curve: CurveText; readonly options: CurveOptions },
  info: StoreInfo,
): Promise<string> {
  const draft = draftOf(await storedHolder(tx, id, info, 'to change'));
  const curveSet = options.curveSet ?? lastNumbered(draft.curveSets());
  const taken = new Set(sides.flatMap((side) => draft.curves(curveSet, side)));
  const curveName = options.curveName ?? firstFree(taken);
  if (taken.has(curveName)) {
    throw new IngestError(
      'ERR_CURVE',
      `curve set ${quoted(curveSet)} of ${quoted(id)} has a curve ${quoted(curveName)} already`,
      {
        hint: 'Give another curveName, or remove the curve first.',
      },
    );
  }
  const independent = options.independent ?? draft.curves(curveSet, 'independent').length === 0;
  draft.addCurve(curveSet, independent ? 'independent' : 'dependent', curveName, curve);
  await tx.replaceRecord(draft.rows());
  return `${curveSet}/${curveName}`;
}

function lastNumbered(sets: readonly string[]): string {
  let n = 0;
  while (sets.includes(`curve_set_${n + 1}`) && sets.includes(`curve_set_${n}`)) n++;
  return `curve_set_${n}`;
}

function firstFree(taken: ReadonlySet<string>): string {
  let n = 0;
  while (taken.has(`curve_${n}`)) n++;
  return `curve_${n}`;
}

/**
 * Removes a curve, `set/name` or `name` of `curveSet`, or a whole curve set (Kosh: `remove_curve_or_curve_set`). Throws `ERR_CURVE` when there
 * is none, or when more than one is meant.
 */
export async function removeCurve(
  tx: Transaction,
  id: string,
  { curve, curveSet }: { readonly curve: string; readonly curveSet?: string | undefined },
  info: StoreInfo,
): Promise<void> {
  const draft = draftOf(await storedHolder(tx, id, info, 'to change'));
  const isWanted = (set: string, name: string | undefined) =>
    curveSet === undefined ? curve === (name === undefined ? set : `${set}/${name}`) : set === curveSet && name === curve;
  const meant = draft
    .curveSets()
    .flatMap((set) => [
      ...(isWanted(set, undefined) ? [{ set, name: undefined, side: undefined }] : []),
      ...sides.flatMap((side) =>
        draft.curves(set, side).flatMap((name) => (isWanted(set, name) ? [{ set, name, side: side as CurveSide }] : [])),
      ),
    ]);
  const [only, ...others] = meant;
  const shown = curveSet === undefined ? curve : `${curveSet}/${curve}`;
  if (!only) {
    const hint = `It has ${listed(draft)}.`;
    throw new IngestError('ERR_CURVE', `${quoted(id)} has no curve or curve set ${quoted(shown)}`, { hint });
  }
  if (others.length > 0) {
    throw new IngestError('ERR_CURVE', `more than one curve of ${quoted(id)} is called ${quoted(shown)}`, {
      hint: 'Give the curveSet.',
    });
  }
  if (only.name === undefined) draft.deleteCurveSet(only.set);
  else draft.deleteCurve(only.set, only.side, only.name);
  await tx.replaceRecord(draft.rows());
}

function listed(draft: RecordDraft): string {
  const names = curvesOf(draft).map(({ curveSet, curveName }) => quoted(`${curveSet}/${curveName}`));
  return names.length === 0 ? 'no curves' : names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
}

export function curvesOf(draft: RecordDraft): StoredCurve[] {
  return draft.curveSets().flatMap((curveSet) =>
    sides.flatMap((side) =>
      draft.curves(curveSet, side).map((curveName) => ({
        curveSet,
        curveName,
        independent: side === 'independent',
        ...draft.curve(curveSet, side, curveName),
      })),
    ),
  );
}
