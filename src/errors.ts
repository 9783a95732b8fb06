/** How a command ends, by exit code. README, "Exit codes". */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  rejects: 3,
  broken: 4,
  lock: 5,
  interrupted: 130,
} as const;

/** How a command can end. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Every code that an error or a reject can carry, with the exit code it leads to when it ends a command. */
const codes = {
  ERR_USAGE: 'usage',
  ERR_CONFIG: 'usage',
  ERR_INPUT: 'failed',
  ERR_INPUT_CHANGED: 'failed',
  ERR_TOO_MANY_REJECTS: 'rejects',
  ERR_NOT_JSON: 'rejects',
  ERR_NOT_CSV: 'rejects',
  ERR_DOCUMENT: 'rejects',
  ERR_RECORD: 'rejects',
  ERR_RELATIONSHIP: 'rejects',
  ERR_RECORD_EXISTS: 'rejects',
  ERR_RECORD_DIFFERS: 'rejects',
  ERR_RELATIONSHIP_EXISTS: 'rejects',
  ERR_MISSING_ENDPOINT: 'rejects',
  ERR_ENSEMBLE_ATTRIBUTE: 'rejects',
  ERR_ENSEMBLE: 'rejects',
  ERR_RECORD_NOT_FOUND: 'failed',
  ERR_ASSOCIATION: 'failed',
  ERR_CURVE: 'failed',
  ERR_EXPORT: 'failed',
  ERR_STORE_OPEN: 'failed',
  ERR_STORE_NOT_SQLITE: 'failed',
  ERR_STORE_SCHEMA: 'failed',
  ERR_STORE_READ_ONLY: 'failed',
  ERR_STORE_FULL: 'failed',
  ERR_STORE: 'failed',
  ERR_STORE_BUSY: 'lock',
  ERR_STORE_UNAVAILABLE: 'failed',
  ERR_COMMIT_UNKNOWN: 'failed',
  ERR_LOCK_TIMEOUT: 'lock',
  ERR_LOCK_PATH: 'failed',
  ERR_LOCK_LOST: 'lock',
  ERR_RETRIES_EXHAUSTED: 'lock',
  ERR_WORKER: 'failed',
  ERR_INTERRUPTED: 'interrupted',
} as const satisfies Record<string, keyof typeof exitCodes>;

/** What an {@link IngestError} can be; stable. */
export type ErrorCode = keyof typeof codes;

/** What there is to say about an error besides its message. */
export interface ErrorDetails {
  /** What to do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The error of this package. Code branches on `code`, never on the message.
 * `message` says what is wrong and where, `hint` what to do.
 */
export class IngestError extends Error {
  override readonly name = 'IngestError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
  }

  /** The exit code of a command that this error ends. */
  get exitCode(): ExitCode {
    return exitCodes[codes[this.code]];
  }
}

/** An error as plain data: the class, code and hint of an Error thrown in a worker thread do not survive `postMessage`. */
export interface WireError {
  readonly code: string | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: WireError | undefined;
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function toWire(error: unknown): WireError {
  const { stack, hint, cause } = (error instanceof Error ? error : {}) as Partial<IngestError>;
  return {
    code: codeOf(error),
    message: messageOf(error),
    hint,
    stack,
    cause: cause === undefined ? undefined : toWire(cause),
  };
}

/** The counterpart of {@link toWire}: an {@link IngestError} when the code is one of ours, else an Error with the `code`. */
export function fromWire(wire: WireError): Error {
  const cause = wire.cause && fromWire(wire.cause);
  const known = wire.code !== undefined && wire.code in codes;
  const error = known
    ? new IngestError(wire.code as ErrorCode, wire.message, { ...(wire.hint ? { hint: wire.hint } : {}), cause })
    : Object.assign(new Error(wire.message, cause && { cause }), { code: wire.code });
  if (wire.stack) error.stack = wire.stack;
  return error;
}
