import { FilesSource, type FilesSourceOptions } from './files.js';
import { type GeneratedOptions, GeneratedSource } from './generated.js';
import { RejectsSource } from './rejects-source.js';
import type { Source, SourceContext } from './source.js';
import type { Spool } from './spool.js';

export interface SourceOptions extends GeneratedOptions, FilesSourceOptions {
  readonly fromRejects: string | undefined;
}

/** The source that the options ask for: a mended rejects file, files when there are inputs, else generated ensembles and datasets. */
export function createSource(options: SourceOptions, context: () => SourceContext, spool?: Spool): Source {
  const { fromRejects, batchSize } = options;
  if (fromRejects !== undefined) return new RejectsSource({ fromRejects, batchSize }, context);
  return options.inputs.length > 0 ? new FilesSource(options, context, spool) : new GeneratedSource(options, context);
}
