export { loadConfig } from './config/load-config.js';
export type { LoadConfig } from './config/load-options.js';
export { type ErrorCode, type ExitCode, exitCodes, IngestError } from './errors.js';
export { type LoadHooks, load } from './ingest/coordinator.js';
export type { LoadProgress, LoadSummary, Spread, Tally } from './ingest/summary.js';
export type { Lease, LockStrategy, RunOptions } from './locks/lock-strategy.js';
export { lockStrategies } from './locks/registry.js';
export type { Reject } from './sources/source.js';
