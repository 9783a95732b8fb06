import type { FindingCode } from './finding.js';
import type { Answer, Order } from './orders.js';
import { Peer } from './peers.js';

/** A lock that is tried. */
export type Lock = Pick<Extract<Order, { readonly patienceMs: number }>, 'kind' | 'path'>;

/** What was found wrong with a lock. */
export interface LockFault {
  readonly code: FindingCode;
  /** Completes "its locks …". */
  readonly what: string;
  /** What was answered instead, when that says more. */
  readonly said?: string | undefined;
}

interface Step {
  readonly by: 'one' | 'other';
  readonly does: 'take' | 'look' | 'let go' | 'die';
  readonly answer: Answer['kind'];
  /** What it means that the answer is another one. */
  readonly else: string;
}

/** Each of the two holds the lock, lets go of it or dies with it, and the other one is kept out until then. */
const course: readonly Step[] = [
  { by: 'one', does: 'take', answer: 'done', else: 'cannot be taken' },
  { by: 'other', does: 'look', answer: 'busy', else: 'keep no other process out' },
  { by: 'one', does: 'let go', answer: 'done', else: 'cannot be let go of' },
  { by: 'other', does: 'take', answer: 'done', else: 'stay when they have been let go of' },
  { by: 'one', does: 'look', answer: 'busy', else: 'keep no other process out' },
  { by: 'other', does: 'die', answer: 'done', else: 'stay' },
  { by: 'one', does: 'take', answer: 'done', else: 'stay when the process that held them was killed' },
  { by: 'one', does: 'let go', answer: 'done', else: 'cannot be let go of' },
];

/** Longer than RFileLock needs to find a holder silent that it cannot look for. */
const patienceMs = 20_000;
/** Beyond that nothing is coming any more: a lock manager that cannot be reached. */
const answerMs = 30_000;

/**
 * Tries a lock between two processes, one after the other held, let go of and left behind by a kill.
 *
 * @returns undefined when it does all that it has to
 */
export async function tryLock(lock: Lock, signal: AbortSignal): Promise<LockFault | undefined> {
  using one = new Peer();
  using other = new Peer();
  const peers = { one, other };
  for (const step of course) {
    const answer = await take(step, lock, { peer: peers[step.by], signal });
    if (answer.kind === step.answer) continue;
    const code = step.does === 'look' && answer.kind === 'done' ? 'no exclusion' : 'unusable';
    return { code, what: step.else, said: answer.kind === 'failed' ? answer.said : undefined };
  }
  return undefined;
}

async function take(
  { does }: Step,
  lock: Lock,
  { peer, signal }: { readonly peer: Peer; readonly signal: AbortSignal },
): Promise<Answer> {
  if (does === 'die') {
    await peer.kill();
    return { kind: 'done' };
  }
  const order: Order = does === 'let go' ? { kind: 'let go' } : { ...lock, patienceMs: does === 'look' ? 0 : patienceMs };
  return peer.ask(order, answerMs, signal);
}
