import { IngestError, messageOf } from '../../src/errors.js';
import { judge } from './check/judge.js';
import type { RunEvent, StressEvent } from './events.js';
import { readHistory } from './history.js';
import type { RunResult } from './run-stress.js';

const cutOff = 'the history ends before the run did, and nobody has looked at the store at the end';

/** Judges a history that was saved. Throws `ERR_INPUT` for a file that is none. */
export function checkHistory(file: string): RunResult {
  const events = read(file);
  const run = events.find((event): event is RunEvent => event.e === 'run');
  if (!run) throw noHistory(file, 'it does not say which run it is of');
  const isWhole = events.some(({ e }) => e === 'final');
  const verdict = judge(events);
  const provesNothing = isWhole ? verdict.provesNothing : [cutOff, ...verdict.provesNothing];
  return { run, verdict: { ...verdict, provesNothing }, history: file, interrupted: false, isWhole };
}

function read(file: string): readonly StressEvent[] {
  let events: readonly StressEvent[];
  try {
    events = readHistory(file);
  } catch (cause) {
    throw noHistory(file, messageOf(cause), cause);
  }
  const wrong = events.findIndex((event) => typeof event?.e !== 'string' || !Number.isFinite(event.t));
  if (wrong >= 0) throw noHistory(file, `event ${wrong + 1} has no kind or no time`);
  return events;
}

function noHistory(file: string, why: string, cause?: unknown): IngestError {
  return new IngestError('ERR_INPUT', `--check: ${file} cannot be judged: ${why}`, {
    hint: 'Give a file that a run has saved: --history FILE, or the one that a run names when something is broken.',
    cause,
  });
}
