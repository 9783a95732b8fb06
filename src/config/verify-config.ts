import { IngestError } from '../errors.js';
import { type CommandConfig, type ConfigLayers, generatedKeys, loadConfig } from './load-config.js';
import type { LoadConfig } from './load-options.js';
import type { OptionKey } from './options.js';

/** Everything that a verification needs to know: what the load was told, as far as it says where the store is and what it should hold. */
export interface VerifyConfig extends LoadConfig {
  /** Whether the store is compared with what the inputs (or without any the generated job) imply, and not only with itself. */
  readonly withInputs: boolean;
  /** A rejects file of the load, whose units are not expected in the store. Default: none. */
  readonly refusedIn?: string | undefined;
}

/** A {@link VerifyConfig} with what only the command needs. */
export interface VerifyCommandConfig extends VerifyConfig, Pick<CommandConfig, 'json'> {}

/** What says what the store is compared with. */
const jobKeys: readonly OptionKey[] = ['inputs', ...generatedKeys];

/**
 * The configuration of a verification: as {@link loadConfig}, but that only flags name inputs, or a generated job: what a configuration file has for the
 * next load was not loaded yet. Likewise the rejects file, without a default.
 *
 * @throws IngestError as it does, and `ERR_USAGE` for a rejects file without inputs
 */
export function verifyConfig({ flags = {}, ...layers }: ConfigLayers): VerifyCommandConfig {
  const isGiven = (key: OptionKey) => flags[key] !== undefined && (flags[key] as readonly unknown[]).length !== 0;
  const config = loadConfig({ flags, ...layers });
  const withInputs = jobKeys.some(isGiven);
  const refusedIn = isGiven('rejects') ? config.rejects : undefined;
  if (refusedIn !== undefined && !withInputs) {
    throw new IngestError('ERR_USAGE', '--rejects: has no meaning without inputs: it says what of them is not expected', {
      hint: 'name the inputs of the load, or leave it out',
    });
  }
  return { ...config, refusedIn, inputs: withInputs ? config.inputs : [], withInputs };
}
