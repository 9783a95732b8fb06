import type { DoctorConfig } from '../config/doctor-options.js';
import { messageOf } from '../errors.js';
import { isOnServer, storeName } from '../stores/store-location.js';
import { fileChecks } from './file-checks.js';
import { lookAtFile } from './file-place.js';
import { type Check, type Finding, type Level, worstOf } from './finding.js';
import { interrupted } from './peers.js';
import { recommendForFile } from './recommend-file.js';
import type { Recommendation } from './recommendation.js';
import { recommendForServer } from './server/recommend-server.js';
import { serverChecks } from './server/server-checks.js';
import { lookAtServer } from './server/server-place.js';

/** What `doctor` has to say about a store. */
export interface Report {
  /** As messages name it. */
  readonly store: string;
  readonly engine: 'SQLite' | 'MariaDB';
  readonly worst: Level;
  readonly findings: readonly Finding[];
  readonly recommendation: Recommendation;
}

/**
 * Looks at a store and its surroundings, changes nothing of it, and leaves nothing behind.
 *
 * @param signal ends it: rejects with `ERR_INTERRUPTED`
 */
export async function examine(config: DoctorConfig, signal: AbortSignal): Promise<Report> {
  const name = storeName(config.store);
  if (isOnServer(config.store)) {
    await using place = await lookAtServer(config.store, signal);
    const findings = await runChecks(serverChecks, place, signal);
    const recommendation = recommendForServer(place, findings);
    return { store: name, engine: 'MariaDB', worst: worstOf(findings), findings, recommendation };
  }
  using place = lookAtFile(config, signal);
  const findings = await runChecks(fileChecks, place, signal);
  const recommendation = recommendForFile(place, findings);
  return { store: name, engine: 'SQLite', worst: worstOf(findings), findings, recommendation };
}

/** One after the other: what one measures must not be what another one does. */
async function runChecks<Place>(checks: readonly Check<Place>[], place: Place, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, look } of checks) {
    if (signal.aborted) throw interrupted();
    try {
      for (const found of await look(place)) findings.push({ check: name, ...found });
    } catch (error) {
      if (signal.aborted) throw interrupted();
      // One that cannot be made must not keep the others from being seen.
      findings.push({ check: name, level: 'warning', found: `could not be looked at: ${messageOf(error)}` });
    }
  }
  return findings;
}
