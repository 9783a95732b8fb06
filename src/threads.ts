/** The files of this package are run as they are (TypeScript, by way of tsx) or built. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Where the code of a thread is, and what Node needs to read it. */
export interface ThreadEntry {
  readonly url: URL;
  /** Options for Node; empty in the build. */
  readonly execArgv: { readonly execArgv?: string[] };
}

/**
 * The entry of a thread: `path`, without its extension, as seen from the module with the URL `from`.
 *
 * A thread does not inherit how the main thread reads TypeScript, and `--import tsx` finds tsx from the current directory only: so it is asked to register.
 */
export function threadEntry(path: string, from: string): ThreadEntry {
  return { url: new URL(`${path}.${extension}`, from), execArgv: extension === 'ts' ? readTypescript() : {} };
}

function readTypescript(): { readonly execArgv: string[] } {
  const register = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register();`;
  return { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(register)}`] };
}
