import type { LoadConfig } from '../config/load-options.js';
import { IngestError } from '../errors.js';
import type { RefusedPlace } from '../kosh/verify-refused.js';
import { runLoad } from './coordinator.js';
import type { LoadHooks } from './load-hooks.js';
import type { LoadSummary } from './summary.js';
import { inThrowAwayFolder } from './throw-away-folder.js';

/**
 * Fills a store: plans chunks, has a pool of worker threads read, map and write them through the lock strategy, and adds up what became of
 * them. What cannot be loaded goes to the rejects file and does not stop the rest. Throws an `IngestError` when the load cannot go on;
 * what was committed until then stays, and the same load goes on from there. A dry run ({@link LoadConfig.dryRun}) does the same and writes nothing; with
 * {@link LoadConfig.watch} it goes on until the signal is aborted.
 */
export async function load(config: LoadConfig, hooks: LoadHooks = {}): Promise<LoadSummary> {
  if (config.dryRun) return inThrowAwayFolder((dryRunFolder) => runLoad({ ...config, dryRunFolder, journal: false }, hooks));
  if (config.watch !== undefined) return (await import('./watch.js')).watch(config, config.watch, hooks);
  return config.verify ? loadAndVerify(config, hooks) : runLoad(config, hooks);
}

async function loadAndVerify(config: LoadConfig, hooks: LoadHooks): Promise<LoadSummary> {
  if (config.inputs.includes('-')) {
    throw new IngestError('ERR_USAGE', '--verify: what comes from stdin cannot be read a second time', {
      hint: 'Write it to a file first, or leave --verify out.',
    });
  }
  const refused: RefusedPlace[] = [];
  const onRejects: LoadHooks['onRejects'] = (rejects) => {
    for (const { file, offset, recordId, pointer } of rejects) refused.push({ file, offset, recordId, pointer });
    hooks.onRejects?.(rejects);
  };
  const { verify } = await import('./verify.js');
  const summary = await runLoad(config, { ...hooks, onRejects });
  if (summary.stopped) return summary;
  const { signal, onWarning } = hooks;
  return { ...summary, verified: await verify({ ...config, withInputs: true }, { signal, onWarning, refused }) };
}
