import type { VerifyTask } from '../../workers/protocol.js';
import { type Joined, readThrough } from '../kosh/transact.js';

/** Ids that are read at once. */
const idsAPage = 5000;
/** Records of one task, and bytes of their texts. */
const recordsATask = 500;
const bytesATask = 4 * 2 ** 20;

/** All records of a store as tasks, in the order of their ids: a page of ids is all that is held. */
export async function* storeTasks(joined: Joined, signal: AbortSignal): AsyncGenerator<VerifyTask> {
  for (let after: string | undefined; ; ) {
    const page = await readThrough(joined, (reader) => reader.recordsAfter(after, idsAPage), { signal });
    let ids: string[] = [];
    let bytes = 0;
    for (const record of page) {
      if (ids.length > 0 && (ids.length === recordsATask || bytes + record.bytes > bytesATask)) {
        yield { kind: 'verify', ids };
        ids = [];
        bytes = 0;
      }
      ids.push(record.id);
      bytes += record.bytes;
    }
    if (ids.length > 0) yield { kind: 'verify', ids };
    if (page.length < idsAPage) return;
    after = page.at(-1)?.id;
  }
}
