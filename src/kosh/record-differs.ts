import { quoted } from '../records/problems.js';
import type { PreparedRecord, Reject } from '../sources/source.js';

/** Longest text of a value that is shown. */
const shownCharacters = 200;

/** Where a record of the input is another than the one in the store, and the two values as JSON; `of` instead of a place: what kind of record it meets. */
export type Disagreement =
  | { readonly pointer: string; readonly stored: string; readonly given: string }
  | { readonly of: string };

/** A record that cannot take the place of the one with its id, or go together with it. */
export function recordDiffers(
  file: string | null,
  { id, pointer }: Pick<PreparedRecord, 'id' | 'pointer'>,
  difference: Disagreement,
): Reject {
  const reject = { file, recordId: id, code: 'ERR_RECORD_DIFFERS' } as const;
  if ('of' in difference) {
    const message = `record ${id} is in the store with other content, as ${difference.of}`;
    const hint = 'Take the record out of the document, or give it another id.';
    return { ...reject, pointer, message, found: JSON.stringify(id), expected: 'an id of no such record', hint };
  }
  const place = difference.pointer;
  return {
    ...reject,
    pointer: pointer + place,
    message: `record ${id} is in the store with another ${place === '/type' ? 'type' : `value at ${quoted(place)}`}`,
    found: shown(difference.given),
    expected: shown(difference.stored),
    hint:
      place === '/type'
        ? 'Give the record another id, or the type that it has in the store.'
        : 'Give it the value of the store, or replace the record: --if-exists replace.',
  };
}

function shown(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
