import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../../support/mariadb-home.js';

const run = promisify(execFile);

/** The built library, or why there is none. */
export type Preload = { readonly library: string } | { readonly missing: string };

/** From package.json, by the package's own name: its place differs between the sources and `dist`. */
const source = join(
  dirname(createRequire(import.meta.url).resolve('kosh-ingest/package.json')),
  'bench',
  'stress',
  'preload',
  'preload.c',
);

/** Builds `preload.c` into a folder, with the compiler of this machine. */
export async function buildPreload(folder: string): Promise<Preload> {
  if (process.platform !== 'linux')
    return { missing: `a library that stands before the system's needs Linux, this is ${process.platform}` };
  const compiler = ['cc', 'gcc', 'clang'].find((name) => findProgram(name) !== undefined);
  if (compiler === undefined)
    return { missing: 'there is no C compiler (cc, gcc or clang), such as `apt-get install -y gcc libc6-dev` brings' };
  const library = join(folder, 'preload.so');
  try {
    await run(compiler, ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl']);
    return { library };
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string };
    return { missing: `${compiler} could not build it: ${(stderr || String(error)).trim().split('\n')[0]}` };
  }
}
