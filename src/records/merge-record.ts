import { membersOf } from './json-text.js';
import { ObjectText } from './object-text.js';
import { child } from './problems.js';
import { isWritersOwn } from './record-content.js';
import { sameJson } from './same-json.js';

/** A place at which two records do not agree. */
export interface Difference {
  /** JSON pointer inside the record. */
  readonly pointer: string;
  /** JSON text of what the store has. */
  readonly stored: string;
  readonly given: string;
}

/** A record of the store with what it lacked. */
export interface MergedRecord {
  readonly raw: string;
  /** Whether it lacked anything. */
  readonly changed: boolean;
  /** Where the two have other values: what is there stays. */
  readonly conflicts: readonly Difference[];
}

/** Lists that grow instead: JSON pointers. */
export type GrowingLists = ReadonlySet<string>;

/**
 * Gives the record `stored` what `given` has and it lacks, member by member, as the conservative merge of Kosh's import does; lists are one value. What says who wrote it
 * and when stays the store's; of the null that Sina writes for what is missing, either side gives way. New attributes are stamped, as Kosh does.
 * Throws `ERR_NOT_JSON` for a `stored` that is not the text of an object.
 */
export function mergeRecord(stored: string, given: string, grow: GrowingLists, now: () => number = Date.now): MergedRecord {
  const record = new ObjectText(stored);
  const merge = new Merge(grow);
  merge.objects(record, membersOf(given), '');
  const stamps = merge.added.flatMap((pointer) => attributeAt(pointer) ?? []);
  for (const name of stamps) {
    record
      .object('user_defined')
      .object('kosh_information')
      .set(`${name}_last_modified`, String(now() / 1000));
  }
  return { raw: record.toString(), changed: merge.added.length > 0, conflicts: merge.conflicts };
}

function attributeAt(pointer: string): string | undefined {
  const name = /^\/data\/([^/]+)/.exec(pointer)?.[1];
  return name?.replaceAll('~1', '/').replaceAll('~0', '~');
}

const curveSet = /\/curve_sets\/[^/]+$/;
const sides = ['independent', 'dependent'] as const;

class Merge {
  readonly added: string[] = [];
  readonly conflicts: Difference[] = [];
  readonly #grow: GrowingLists;

  constructor(grow: GrowingLists) {
    this.#grow = grow;
  }

  objects(stored: ObjectText, given: ReadonlyMap<string, string>, pointer: string): void {
    const orders = curveSet.test(pointer) ? this.#mergeOrders(stored, given, pointer) : new Set<string>();
    for (const [key, text] of given) {
      const place = child(pointer, key);
      if (!orders.has(key) && !isWritersOwn(place) && !(pointer === '' && text === 'null'))
        this.#member({ stored, key, text, place });
    }
  }

  #member({ stored, key, text, place }: { stored: ObjectText; key: string; text: string; place: string }): void {
    const own = stored.text(key);
    if (own === undefined || (own === 'null' && place.lastIndexOf('/') === 0)) {
      stored.set(key, text);
      this.added.push(place);
    } else if (own.startsWith('{') && text.startsWith('{')) {
      this.objects(stored.object(key), membersOf(text), place);
    } else if (!sameJson(own, text)) {
      if (this.#grow.has(place)) this.#lists(stored, key, { lists: [own, text].map(listOf), place });
      else this.conflicts.push({ pointer: place, stored: own, given: text });
    }
  }

  #lists(stored: ObjectText, key: string, { lists, place }: { lists: readonly unknown[][]; place: string }): void {
    const text = JSON.stringify([...new Set(lists.flat())]);
    if (text === stored.text(key)) return;
    stored.set(key, text);
    this.added.push(place);
  }

  /** The order of the curves of a set names those of both: what the store has first. Without one it is that of the curves. */
  #mergeOrders(stored: ObjectText, given: ReadonlyMap<string, string>, pointer: string): Set<string> {
    const merged = new Set<string>();
    for (const side of sides) {
      const key = `${side}_order`;
      if (!stored.has(key) && !given.has(key)) continue;
      const names = (order: string | undefined, curves = '{}') => (order ? listOf(order) : [...membersOf(curves).keys()]);
      const lists = [names(stored.text(key), stored.text(side)), names(given.get(key), given.get(side))];
      this.#lists(stored, key, { lists, place: child(pointer, key) });
      merged.add(key);
    }
    return merged;
  }
}

function listOf(text: string): unknown[] {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value : [value];
}
