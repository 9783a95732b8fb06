import { type Part, type Reject, rawOf, type Unit } from '../sources/source.js';

/** Rejects of a unit with the text of what is refused, and its place: as the source finds them, else from what was read. */
export async function describedRejects(unit: Unit, rejects: readonly Reject[]): Promise<readonly Reject[]> {
  const located = (await unit.locate?.(rejects)) ?? rejects;
  const { content } = unit;
  return typeof content === 'function' ? located : located.map((reject) => described(reject, content));
}

function described(reject: Reject, { records, relationships }: Part): Reject {
  if (reject.record !== undefined) return reject;
  const within = ({ pointer }: { pointer: string }) => pointer !== '' && `${reject.pointer}/`.startsWith(`${pointer}/`);
  const record = records.find((one) => one.id === reject.recordId || within(one));
  const relationship = relationships.find(within);
  if (record) return { ...reject, record: rawOf(record) };
  if (!relationship) return reject;
  const { subject, predicate, object } = relationship;
  return { ...reject, record: JSON.stringify({ subject, predicate, object }) };
}
