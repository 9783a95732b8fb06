/** What was compared. */
export type DifferenceKind =
  /** The engine's own check of its file or tables. */
  | 'integrity'
  /** A row that refers to no record. */
  | 'reference'
  /** The text of a record in the store that is no record. */
  | 'raw'
  /** A row against the one that the text of its record implies. */
  | 'row'
  /** A record of the inputs against the one in the store. */
  | 'record'
  /** A relationship of the inputs. */
  | 'relationship';

/** Something that is not as it should be. Plain data. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** The table it is in; null for what concerns the store as a whole. */
  readonly table: string | null;
  /** Of the record; of a relationship its subject. */
  readonly id: string | null;
  /**
   * For `raw` and `record` a JSON pointer into the record, for `row` the key of the row in its record and then the column: `/speed/value`. For
   * `relationship` its place in the input.
   */
  readonly pointer: string;
  /** As JSON, its start when it is long; null when there is nothing. */
  readonly found: string | null;
  readonly expected: string | null;
  /** The input that says what is expected; not there for what only the store says. */
  readonly file?: string | null;
}

/** Things that are worth saying and no difference. */
export interface VerifyNotes {
  /** Records whose libraries are named as Sina 1.15 names siblings (`a/b/x` for `b/x`). */
  siblingLibraries: number;
  /** Documents, or other units of the inputs, that cannot be loaded: they are not expected in the store. */
  notLoadable: number;
  /** Units that were left out because the load had refused them. */
  leftOut: number;
}

/** More differences are counted, not listed. */
export const listedDifferences = 1000;

/** Differences, as many as are listed, and how many more there are. */
export class Findings {
  readonly differences: Difference[] = [];
  more = 0;
  readonly notes: VerifyNotes = { siblingLibraries: 0, notLoadable: 0, leftOut: 0 };

  get count(): number {
    return this.differences.length + this.more;
  }

  add(difference: Difference): void {
    if (this.differences.length < listedDifferences) this.differences.push(difference);
    else this.more++;
  }

  /** Adds what was found elsewhere. */
  addAll({ differences, more, notes }: FindingsData): void {
    for (const difference of differences) this.add(difference);
    this.more += more;
    for (const key of Object.keys(notes) as (keyof VerifyNotes)[]) this.notes[key] += notes[key];
  }
}

/** As they are sent from thread to thread. */
export interface FindingsData {
  readonly differences: readonly Difference[];
  readonly more: number;
  readonly notes: Readonly<VerifyNotes>;
}
