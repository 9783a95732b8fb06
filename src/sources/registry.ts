import type { FilesSourceOptions } from './files.js';
import type { GeneratedOptions } from './generated.js';
import type { Source, SourceContext } from './source.js';
import type { Spool } from './spool.js';

export interface SourceOptions extends GeneratedOptions, FilesSourceOptions {
  readonly fromRejects: string | undefined;
}

/** The source that the options ask for: a mended rejects file, files when there are inputs, else generated ensembles and datasets. Only that one is imported. */
export async function createSource(options: SourceOptions, context: () => SourceContext, spool?: Spool): Promise<Source> {
  const { fromRejects, batchSize } = options;
  if (fromRejects !== undefined) {
    const { RejectsSource } = await import('./rejects-source.js');
    return new RejectsSource({ fromRejects, batchSize }, context);
  }
  if (options.inputs.length > 0) {
    const { FilesSource } = await import('./files.js');
    return new FilesSource(options, context, spool);
  }
  const { GeneratedSource } = await import('./generated.js');
  return new GeneratedSource(options, context);
}
