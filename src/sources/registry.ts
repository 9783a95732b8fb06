import { type GeneratedContext, type GeneratedOptions, GeneratedSource } from './generated.js';
import { SinaJsonSource } from './sina-json.js';
import type { Source } from './source.js';

export interface SourceOptions extends GeneratedOptions {
  readonly inputs: readonly string[];
}

/** The source that the options ask for: documents when there are inputs, else generated ensembles and datasets. */
export function createSource(options: SourceOptions, context: () => GeneratedContext): Source {
  return options.inputs.length > 0 ? new SinaJsonSource(options) : new GeneratedSource(options, context);
}
