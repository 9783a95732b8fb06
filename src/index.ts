export type { Loaded } from '../workers/journal-text.js';
export type { Counts } from '../workers/protocol.js';
export { type CommandConfig, type ConfigLayers, loadConfig } from './config/load-config.js';
export type { LoadConfig, MaxErrors } from './config/load-options.js';
export { type VerifyCommandConfig, type VerifyConfig, verifyConfig } from './config/verify-config.js';
export { type ErrorCode, type ErrorDetails, type ExitCode, exitCodes, IngestError } from './errors.js';
export type { DryRunEstimate } from './ingest/dry-run-estimate.js';
export { load } from './ingest/load.js';
export type { LoadHooks } from './ingest/load-hooks.js';
export type { LoadProgress, LoadSummary, Spread, Tally } from './ingest/summary.js';
export { type VerifyHooks, verify } from './ingest/verify.js';
export type { VerifyProgress, VerifySummary } from './ingest/verify-summary.js';
export type { RecordAttributes } from './kosh/attributes.js';
export type { AssociateOptions, FileOfRecord } from './kosh/calls/associations.js';
export type { PreserveMemberships } from './kosh/calls/clone.js';
export type { NewRecord } from './kosh/calls/create-records.js';
export type { CurveOptions, StoredCurve } from './kosh/calls/curves.js';
export type { DocumentForm, ExportCounts, ExportForm } from './kosh/calls/export-document.js';
export type { ImportResult } from './kosh/calls/import-document.js';
export { type ConnectOptions, connect } from './kosh/connect.js';
export type { CallOptions } from './kosh/context.js';
export type { RecordCurves } from './kosh/curves.js';
export { Dataset } from './kosh/dataset.js';
export { Ensemble } from './kosh/ensemble.js';
export type { ExportedDocument, ExportFileOptions, ExportFilterOptions, ExportFormOptions } from './kosh/export.js';
export type { FindQuery } from './kosh/find.js';
export type { RecordRole, StatisticsOptions, StoreContents } from './kosh/statistics.js';
export { Store } from './kosh/store.js';
export type { UnfinishedLoad } from './kosh/unfinished-loads.js';
export type { ExistingCounts } from './kosh/unit-fate.js';
export type { Difference, DifferenceKind, VerifyNotes } from './kosh/verify-findings.js';
export type { RefusedPlace } from './kosh/verify-refused.js';
export type { LockOptions } from './locks/lock-options.js';
export type { Lease, LockStrategy, RunOptions } from './locks/lock-strategy.js';
export { lockStrategies } from './locks/registry.js';
export {
  allIn,
  anyIn,
  type Criterion,
  type DataRange,
  dataRange,
  exists,
  hasAll,
  hasAny,
} from './records/criteria.js';
export type { Metadata } from './records/kosh.js';
export type { DatumValue, Relationship } from './records/types.js';
export type { Shard } from './sources/shard.js';
export type { Reject } from './sources/source.js';
export type { RelationshipPattern } from './stores/connection.js';
export type {
  AttributeKind,
  AttributeStatistics,
  EngineStatistics,
  EnsembleStatistics,
  Listed,
} from './stores/statistics.js';
