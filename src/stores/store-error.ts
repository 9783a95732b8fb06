import { type ErrorCode, IngestError } from '../errors.js';

/** What an error of an engine is called here, and what the user can do. */
export interface Meaning {
  readonly code: ErrorCode;
  /** Completes `the store NAME …`. */
  readonly what: string;
  readonly hint: string;
}

/** The error for the user. `said` is what the engine says itself. */
export function storeError({ code, what, hint }: Meaning, store: string, said: string, cause: unknown): IngestError {
  return new IngestError(code, `the store ${store} ${what} (${said})`, { hint, cause });
}
