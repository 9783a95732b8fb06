import type { LoadConfig } from '../config/load-options.js';
import { IngestError } from '../errors.js';

/** How a run stands. */
export interface Standing {
  /** Records that were read. */
  readonly read: number;
  /** Of these. What is refused before its records are known counts as one. */
  readonly refused: number;
  /** Lines in the rejects file. */
  readonly rejects: number;
  /** Of these what this run has refused. */
  readonly fresh: number;
  /** Nothing more will be read. */
  readonly atEnd: boolean;
}

/** A share says nothing before so many records have been read. */
const leastRead = 100;

const afterwards = 'what was refused can be mended in the rejects file afterwards (--from-rejects).';

const nothing = { read: 0, refused: 0, rejects: 0 } as const;

/** `ERR_TOO_MANY_REJECTS` when more was refused than the load may go on with (`onError`, `maxErrors`), else undefined. */
export function tooManyRejects(
  { onError, maxErrors, earlier = nothing }: Pick<LoadConfig, 'onError' | 'maxErrors' | 'earlier'>,
  { fresh, atEnd, ...own }: Standing,
) {
  const [read, refused, rejects] = [earlier.read + own.read, earlier.refused + own.refused, earlier.rejects + own.rejects];
  const error = (what: string, hint: string) => new IngestError('ERR_TOO_MANY_REJECTS', what, { hint });
  if (onError === 'stop' && fresh > 0) {
    return error('stopped because something was refused (--on-error stop)', `Go on with --on-error skip; ${afterwards}`);
  }
  if (!maxErrors) return undefined;
  const hint = `Go on with a larger --max-errors; ${afterwards}`;
  if ('count' in maxErrors) {
    return rejects > maxErrors.count ? error(`stopped: more than --max-errors ${maxErrors.count} were refused`, hint) : undefined;
  }
  const share = refused / Math.max(read, refused, 1);
  if (share <= maxErrors.share || (read < leastRead && !atEnd)) return undefined;
  const percent = (part: number) => `${Number((part * 100).toFixed(2))}%`;
  return error(
    `stopped with ${percent(share)} of ${read} records refused: more than --max-errors ${percent(maxErrors.share)}`,
    hint,
  );
}
